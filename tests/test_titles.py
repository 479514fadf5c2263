"""Titles of pages, previews of links, and QR codes."""

import asyncio
import gzip
import random
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

import pytest
from streamlit import config

from alternatives import Comparison
from alternatives.claims import CLAIMS
from alternatives.claims.mechanism.view import View
from alternatives.experiments.classes import ClassCounts
from alternatives.experiments.inside import Inside
from alternatives.large_output.measuring import LargeOutput
from alternatives.pages import _address, _frame, _preview, _qr, _title
from alternatives.paper import PaperView
from alternatives.sessions import Session
from alternatives.shape import Shape
from alternatives.stories import Position
from alternatives.sweeps import SweepView

TITLES = [
    ("compare", Comparison(label_noise=0.2), "digits, 20 % label noise · Compare · "),
    ("compare", Comparison(), "digits · Compare · "),
    ("inside", Inside("gate"), "gate on local rules · Inside · "),
    ("shape", Shape(), "logits 1, 2, −3 · Shape · "),
    ("number_of_classes", ClassCounts(n_seeds=5), "Gaussian mixture, 5 seeds · Number of classes · "),
    ("claims", View(), "Claims · "),
    ("claims", View(claim="many classes"), "With many classes softmax wins · Claims · "),
    ("claims", View(verdict="holds"), "verdict holds · Claims · "),
    ("large_output", LargeOutput(), "Taylor softmax, up to 1,000,000 classes · Large output · "),
    ("stories", Position(), "Stories · "),
    ("stories", Position(story="blurry-cat", step=2), "Blurry cat and sharp cat · Stories · "),
    ("sweeps", SweepView(), "Label noise · Sweeps · "),
    ("sweeps", SweepView(measure="accuracy"), "Label noise, measure accuracy · Sweeps · "),
    ("sweeps", SweepView(only={"head": ("sigmoid",)}), "Label noise, only head sigmoid · Sweeps · "),
    ("the_paper", PaperView(), "The paper · "),
    ("the_paper", PaperView(measure="log loss"), "measure log loss · The paper · "),
    ("side_by_side", Session(), "Side by side · "),
    ("side_by_side", Session.of({"a": Comparison(), "b": Shape()}), "a and b · Side by side · "),
]
ALL = ["title", "meta", "meta", "meta", "meta", "meta", "meta"]


class Tags(HTMLParser):
    """The elements of a text, and the texts in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.said: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert given.keys() <= {"name", "property", "content"}
        self.elements.append(tag)
        self.said[given.get("name") or given.get("property") or tag] = given.get("content") or ""

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.said["title"] = data


def tags(page: str, query: str, address: str = "") -> Tags:
    return Tags(_preview.tags(page, query.encode(), address))


def test_every_page_says_what_it_shows() -> None:
    assert _title.ABOUT.keys() == _frame.PAGES.keys()
    assert next(iter(_title.ABOUT)) == next(iter(_frame.PAGES))


@pytest.mark.parametrize(("page", "value", "title"), TITLES)
def test_a_title_says_what_is_special(page: str, value: Any, title: str) -> None:
    assert _title.joined(_title.name(value), _title.label(page)) == f"{title}Softmax alternatives"


def test_titles_of_all_claims_differ_and_fit() -> None:
    names = [_title.name(View(claim=claim)) for claim in CLAIMS]
    assert len({*names}) == len(CLAIMS)
    assert max(map(len, names)) <= 80


@pytest.mark.parametrize(("page", "value", "title"), TITLES)
def test_a_link_has_the_title_of_its_page(page: str, value: Any, title: str) -> None:
    link = value.to_link()
    query = link if isinstance(link, str) else "&".join(f"{k}={quote(v)}" for k, v in link.items())
    found = tags(page, query, "https://a.example/x?y=1&z=2")
    assert found.elements == [*ALL, "meta"]
    assert found.said["title"] == found.said["og:title"] == f"{title}Softmax alternatives"
    assert found.said["description"] == found.said["og:description"] == _title.description(page, value)
    assert found.said["og:url"] == "https://a.example/x?y=1&z=2"


def test_descriptions_list_the_settings() -> None:
    found = tags("compare", "label_noise=0.2&seeds=5").said["description"]
    assert found == f"{_title.ABOUT['compare']} 5 seeds; 20 % label noise"


def test_hostile_links_stay_text() -> None:
    draw = random.Random(0)
    alphabet = [
        *"<>\"'&=;%~,()/\\ab0\x00\x1b\n",
        "script",
        "</title>",
        "%3C",
        "%22",
        "%0A",
        "\u202e",
        "é",
        "\udc80",
    ]
    names = ["pin", "heads", "dataset", "claim", "source", "session_", "logits", "note", "utm_x", "<b>"]
    for _ in range(1500):
        page = draw.choice([*_title.ABOUT])
        pairs = [(draw.choice(names), "".join(draw.choices(alphabet, k=draw.randrange(9)))) for _ in range(3)]
        query = "&".join(map("=".join, pairs)).encode("utf-8", "surrogateescape")
        found = Tags(_preview.tags(page, query))
        assert found.elements == ALL
        assert found.said["title"].endswith(f"{_title.label(page)} · Softmax alternatives")
        assert "\u202e" not in found.said["title"]


@pytest.mark.parametrize("query", ["heads=" + "A" * 524_000, "a=1&" * 2_499, "%" * 9_000, "=&" * 4_000])
@pytest.mark.parametrize("page", _title.ABOUT)
def test_long_links_have_the_pages_title(page: str, query: str) -> None:
    assert tags(page, query).elements == ALL


def test_a_shared_session_says_only_that_it_is_one() -> None:
    text = _preview.tags("side_by_side", b"session=SECRET&pin=SECRET", "http://a/side_by_side?session=SECRET")
    assert "SECRET" not in text
    assert Tags(text).said["title"] == "shared session · Side by side · Softmax alternatives"


def answer(path: str, method: str = "GET", scheme: str = "http", **headers: str) -> SimpleNamespace:
    """What the server's outermost layer answers; status 299 where it passes the request on."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    path, _, query = path.partition("?")
    given = {"host": "a.example"} | {name.replace("_", "-"): text for name, text in headers.items()}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "scheme": scheme,
        "headers": [(name.encode(), text.encode()) for name, text in given.items()],
        "root_path": "",
    }
    asyncio.run(_preview.Previews(app)(scope, receive, send))
    head = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
    return SimpleNamespace(status=sent[0]["status"], headers=head, body=b"".join(m["body"] for m in sent[1:]))


@pytest.fixture
def base_path() -> Iterator[str]:
    config.set_option("server.baseUrlPath", "/soft/max/")
    _preview._addresses.cache_clear()
    yield "/soft/max"
    config.set_option("server.baseUrlPath", "")
    _preview._addresses.cache_clear()


def test_pages_are_served_as_streamlit_serves_them_but_for_their_head() -> None:
    before, _, after = _preview.INDEX.read_text("utf-8").partition("<title>Streamlit</title>")
    assert after  # else Streamlit's file has another title
    found = answer("/compare?seeds=4")
    assert (found.status, found.headers["cache-control"]) == (200, "no-cache")
    assert int(found.headers["content-length"]) == len(found.body)
    text = found.body.decode()
    assert text.startswith(before)
    assert text.endswith(after)
    assert Tags(text[len(before) : -len(after)]).said["title"].startswith("digits, 4 seeds · Compare")
    assert gzip.decompress(answer("/compare?seeds=4", accept_encoding="gzip").body) == found.body


def test_a_page_that_is_known_isnt_sent_again() -> None:
    tag = answer("/shape").headers["etag"]
    assert answer("/shape", if_none_match=f'"x", {tag}').status == 304
    assert answer("/shape", if_none_match=tag).body == b""
    assert answer("/shape?scale=2", if_none_match=tag).status == 200


@pytest.mark.parametrize("path", ["/_stcore/health", "/static/js/x.js", "/compare/", "/nope", "/favicon.png"])
def test_all_else_is_passed_on(path: str) -> None:
    assert answer(path).status == 299
    assert answer("/compare", method="POST").status == 299


def test_pages_below_a_base_path(base_path: str) -> None:
    assert answer("/compare").status == answer("/soft/max").status == 299
    assert b"Shape" in answer(f"{base_path}/shape").body
    assert b"digits" in answer(f"{base_path}/").body


def test_the_address_is_whole() -> None:
    def url(**given: str) -> list[str]:
        return re.findall('og:url" content="(.*?)"', answer("/shape?scale=2&shift=1", **given).body.decode())

    assert url() == ["http://a.example/shape?scale=2&amp;shift=1"]
    assert url(x_forwarded_proto="https") == ["https://a.example/shape?scale=2&amp;shift=1"]
    assert url(host='a"><script>') == []


@pytest.mark.parametrize("base", ["http://a.example", "https://a.example:8501/soft/max"])
@pytest.mark.parametrize("shown", ["", "/", "/compare", "/side_by_side"])
def test_addresses_to_pass_on_are_whole(base: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_address.st, "context", SimpleNamespace(url=base + shown))
    assert _address.address("shape") == f"{base}/shape"
    assert _address.address("side_by_side", {"x": ["1 & 2"]}) == f"{base}/side_by_side?x=1+%26+2"
    assert _address.address("compare") == f"{base}/{'compare' if shown.strip('/') else ''}"


def test_qr_codes_are_black_on_white_with_a_margin() -> None:
    link = "https://a.example/compare?label_noise=0.2"
    picture = _qr.picture(link)
    assert picture.startswith("data:image/svg+xml")
    drawn = ET.fromstring(unquote(picture.partition(",")[2]))
    ground, code = drawn
    assert ground.attrib["fill"] == "#fff"
    assert code.attrib["stroke"] == "#000"
    assert code.attrib["d"].startswith("M4 4.5h7")  # the finder pattern, behind four white modules
    width = int(drawn.attrib["viewBox"].split()[2])
    assert (width - 8 - 17) % 4 == 0


def test_links_without_a_qr_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _qr.problem("https://a.example/" + "x" * 1000) == ""
    assert "this link has 2,018" in _qr.problem("https://a.example/" + "x" * 2000)
    assert _qr.picture("https://a.example/" + "x" * (_qr.MOST_BYTES - 18))
    monkeypatch.setattr(_qr, "find_spec", lambda name: None)
    assert "segno" in _qr.problem("https://a.example/")
