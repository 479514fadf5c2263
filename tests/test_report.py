"""The report: one file that opens without a network, and shows what strangers wrote as text."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from alternatives.charts import export
from alternatives.commands.program import main
from alternatives.experiments import Comparison
from alternatives.exports import Exports, Printed, Provenance, comparison, report, session, shape
from alternatives.sessions import Pin, Session
from alternatives.shape import Shape
from alternatives.versions import versions
from alternatives.wording import NO_BREAK

PROVENANCE = Provenance("https://a.place/compare?dataset=iris&seeds=2", "2026-11-30")
VOID = {"meta", "br", "img"}
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;</title></style>]]>--> **b** :small[<i>]"
)


class Document(HTMLParser):
    """The elements of a document, which must all be closed in their order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len({*names})
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))


@pytest.fixture(scope="module")
def own() -> Exports:
    state = Comparison("moons(samples=100)", ["softmax", "sigmoid"], n_seeds=2, n_epochs=2, learning_rate=0.1)
    return comparison.of(state.run(n_jobs=1))


@pytest.fixture(scope="module")
def document(own: Exports) -> Document:
    return Document(report.html("The title", [own], PROVENANCE))


def test_it_says_everything_that_the_page_says(own: Exports, document: Document) -> None:
    text = document.text.replace("\u00a0", " ")
    for expected in (*filter(None, own.finding), *own.method, own.command, PROVENANCE.made):
        assert re.sub(r"\s+", " ", expected) in text
    for name, version in versions().items():
        assert f"{name} {version}" in text
    for label, value in own.settings.items():
        assert f"{label} {value}" in text
    assert "results = comparison.run()" in text
    assert {"href": PROVENANCE.link, "rel": "noreferrer"} in document.all("a")


def test_every_chart_is_inside_with_its_text(own: Exports, document: Document) -> None:
    shown = [picture for picture in own.pictures.values() if picture.in_report]
    texts = [drawing.text for picture in shown for drawing in picture.charts()]
    images = document.all("img")
    assert {*texts} <= {image["alt"] for image in images}
    for image in images:
        assert str(image["src"]).startswith("data:image/svg+xml;base64,")
        assert 0 < int(image["width"] or 0) < 800


def test_nothing_in_it_can_run_or_be_fetched(document: Document) -> None:
    assert {name for name, _ in document.elements}.isdisjoint({"script", "iframe", "object", "link", "form"})
    policy = next(meta for meta in document.all("meta") if meta.get("http-equiv"))
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert "default-src 'none'" in str(policy["content"])
    assert "script" not in str(policy["content"])
    for name, attributes in document.elements:
        assert not any(attribute.startswith("on") for attribute in attributes)
        for source in ("src", "href"):
            if source in attributes and name != "a":
                assert str(attributes[source]).startswith("data:")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", HOSTILE, "//evil", "/compare?a=1&b=<i>"]
)
def test_what_strangers_write_stands_there_as_text(link: str) -> None:
    frame = pd.DataFrame({HOSTILE: [HOSTILE, "a  \n:small[b [c] <d>]"]}, index=[HOSTILE, "**bold** <u>"])
    exports = replace(
        shape.of(Shape(heads=["softmax"])),
        name=HOSTILE,
        finding=(HOSTILE, HOSTILE),
        method=[HOSTILE],
        printed={HOSTILE: Printed(HOSTILE, lambda: frame)},
        pictures={},
        command=HOSTILE,
        note=HOSTILE,
    )
    plain = replace(exports, name="a", finding=("a", "a"), method=["a"], command="a", note="a")
    plain = replace(
        plain, printed={"a": Printed("a", lambda: frame.set_axis(["a"], axis=1).map(lambda _: "a"))}
    )
    found = Document(report.html(HOSTILE, [exports, exports], Provenance(link, HOSTILE, {HOSTILE: HOSTILE})))
    usual = {name for name, _ in Document(report.html("a", [plain, plain], Provenance("a"))).elements}
    assert {name for name, _ in found.elements} <= usual | {"strong", "small", "br"}
    assert all(str(each["href"]).startswith("#part-") for each in found.all("a"))
    assert found.text.count("<script>alert(1)</script>") >= 12


def test_names_of_pins_are_no_markdown() -> None:
    name = "**bold** :red[red]"
    shown = [Pin(name, Shape()), Pin("b", Shape(shift=1.0))]
    text = report.html("a", session.of(Session(tuple(shown)), shown, {})[:1], Provenance("a"))
    assert f'<th scope="col">{name}</th>' in text.replace(NO_BREAK, " ")


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        (
            "**97 %**, better  \n:small[+0.1 (−0.2 to +0.3)]",
            "<strong>97 %</strong>, better<br><small>+0.1 (−0.2 to +0.3)</small>",
        ),
        (":small[a :green[✓ **b**] c]", '<small>a <span class="green">✓ <strong>b</strong></span> c</small>'),
        ("**never closed", "**never closed"),
        (":small[never closed", ":small[never closed"),
        (":small[a [b] c] d", "<small>a [b] c</small> d"),
        ("<b>**<i>**", "&lt;b&gt;<strong>&lt;i&gt;</strong>"),
    ],
)
def test_cells_are_set_as_on_the_page(markdown: str, html: str) -> None:
    assert report._cell(markdown).replace("\u00a0", " ") == html


def test_without_the_optional_package_it_says_what_is_missing(
    own: Exports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "find_spec", lambda name: None)
    found = Document(report.html("x", [own], PROVENANCE))
    assert found.all("img") == []
    assert "pip install -r requirements-pictures.txt" in found.text


def test_the_command_line_writes_it(
    tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "find_spec", lambda name: None)  # charts take seconds
    file = tmp_path / "report.html"
    options = ["--heads", "softmax", "--seeds", "2", "--epochs", "2", "--learning-rate", "0.1", "--quiet"]
    assert main(["compare", "--dataset", "iris", *options, "--report", str(file)]) == 0
    found = Document(file.read_text("utf-8"))
    assert "iris, softmax, 2 seeds" in found.text
    assert "/compare?dataset=iris" in found.text
    assert main(["compare", *options, "--csv", str(file), "--report", str(file)]) == 2
    assert "--csv and --report must differ" in capsys.readouterr().err


def test_parts_are_found_from_the_top_and_only_the_whole_has_a_script() -> None:
    shown = [Pin(name, Shape(heads=["softmax"], shift=float(i))) for i, name in enumerate(["one", "two"])]
    exports = [replace(each, pictures={}) for each in session.of(Session(tuple(shown)), shown, {})]
    found = Document(report.html(exports[0].name, exports, PROVENANCE))
    places = [f"#{part['id']}" for part in found.all("section")]
    assert [each["href"] for each in found.all("a") if str(each["href"]).startswith("#")] == places
    assert len(places) == 2
    assert found.text.count("from alternatives.shape import Shape") == 1
    assert found.text.count(exports[0].name) == 2  # the document's title and its heading


def test_a_report_of_maps_is_small() -> None:
    exports = shape.of(Shape())
    text = report.html("x", [exports], PROVENANCE)
    n_images = len(Document(text).all("img"))
    assert n_images > 15
    assert len(text) < 22_000 * n_images


def test_the_key_of_small_charts_has_room_for_its_names() -> None:
    key, *charts = report._images(shape.of(Shape()).pictures["Jacobian"])
    assert key.width > charts[0].width
