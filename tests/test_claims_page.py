"""The claims page without a browser: the list, an opened claim, its charts, and hostile links."""

import re
from base64 import b64decode
from xml.etree import ElementTree as ET

import pytest
from streamlit.testing.v1 import AppTest

from alternatives.charts import claims as drawn
from alternatives.charts import small
from alternatives.claims import CLAIMS, PARTS, SOURCES, VERDICTS, committed, numbers_of
from alternatives.claims.mechanism.formulas import pieces
from alternatives.claims.mechanism.view import View, finding, overview
from alternatives.experiments import Comparison
from alternatives.experiments.classes import ClassCounts
from alternatives.experiments.inside import Inside
from alternatives.heads import HEADS
from alternatives.large_output.measuring import LargeOutput
from alternatives.pages._shown import plain
from alternatives.pages.claims import typeset
from alternatives.shape import Shape
from tests.outcomes import of_each_claim, outcome_of, with_claim
from tests.test_compare_page import HOSTILE, charts, data_of, link_of, texts, widget

SCRIPT = """
from alternatives.pages import _navigation, claims, compare, shape
_navigation.show({"claims": claims, "shape": shape, "compare": compare})
"""


def open_page(**link):
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def opened(app):
    """The claims that can be opened."""
    return [each.key.removeprefix("open ") for each in app.main.button]


def pictures(app):
    """Each picture as a tree."""
    images = [image for row in app.main.get("image") for image in row.proto.imgs]
    return [ET.fromstring(b64decode(image.url.partition("base64,")[2])) for image in images]


def test_all_claims_at_a_glance():
    app = open_page()
    assert not app.exception
    recorded = committed().set_index("id")
    assert app.header[0].value == plain(finding(overview(View())))
    assert [each.value for each in app.main.subheader] == list(PARTS)
    assert opened(app) == list(CLAIMS)
    for name, claim in CLAIMS.items():
        row = recorded.loc[name]
        numbers = numbers_of(row, claim)
        deciding = claim.rule.deciding(numbers).quantity
        assert f"**{row['verdict']}**: {typeset(claim.reason(numbers))}" in texts(app)
        assert deciding.text(numbers[deciding]) in claim.reason(numbers)
        assert len(claim.reason(numbers).partition(" (")[0].split()) <= 14
        assert row["quantity"] == deciding.name
    labels = [each.label for each in app.main.button]
    assert labels == [f"**{typeset(claim.statement)}**" for claim in CLAIMS.values()]
    assert len(pictures(app)) == len(CLAIMS)
    assert str(recorded["date"].max()) in texts(app).replace("\\", "")


@pytest.mark.parametrize("name", CLAIMS)
def test_a_picture_shows_the_number_that_decides_beside_its_bound(name):
    claim = CLAIMS[name]
    numbers = numbers_of(committed().set_index("id").loc[name], claim)
    condition = claim.rule.deciding(numbers)
    number = numbers[condition.quantity]
    tree = ET.fromstring(small.picture(condition, number, claim.head))
    space = "{http://www.w3.org/2000/svg}"
    (dot,), (met,) = tree.iter(f"{space}circle"), tree.iter(f"{space}rect")
    at, left = float(dot.get("cx")), float(met.get("x"))
    assert 0 < at < small.WIDTH
    within = left <= at <= left + float(met.get("width"))
    assert within == (condition.state({condition.quantity: float(number)}) == "met")
    assert dot.get("fill") == HEADS.parse(claim.head).colour
    assert condition.quantity.text(number) in small.in_words(condition, number)


def test_formulas_are_set_and_words_are_not():
    assert typeset("[1, 2] gives p_x") == r"$[1, 2]$ gives p\_x"
    assert typeset("The derivative of softmax is ∂p_j/∂z_i = p_j (δ_ij − p_i).").count("$") == 2
    for claim in CLAIMS.values():
        for text in (claim.statement, claim.exceptions, claim.rule.proof):
            assert "".join(words for words, _ in pieces(text)) == text
            left = "".join(words for words, latex in pieces(text) if not latex)
            assert not re.search(r"[a-zδ]_[a-z]|∂", left.replace("make_classification", ""))


@pytest.mark.parametrize(
    ("key", "given"), [*[("source", key) for key in SOURCES], *[("verdict", verdict) for verdict in VERDICTS]]
)
def test_the_list_is_filtered(key, given):
    frame = overview(View(**{key: given}))
    assert len(frame) < len(CLAIMS)
    column = {"source": "sources", "verdict": "verdict"}[key]
    assert all(given in value for value in frame[column])
    app = open_page(**{key: given})
    assert not app.exception
    assert opened(app) == list(frame["id"])
    assert app.header[0].value == plain(finding(frame))


def test_a_claim_opens_with_all_that_belongs_to_it():
    app = open_page(claim="wrong and sure")
    claim = CLAIMS["wrong and sure"]
    assert not app.exception
    assert app.header[0].value == typeset(claim.statement)
    shown = texts(app)
    outcome = claim.run(0)
    for text in (claim.exceptions, outcome.sentence):
        assert typeset(text) in shown
    for condition in (*claim.rule.holds, *claim.rule.in_part):
        assert typeset(condition.judged(outcome.numbers)) in shown
    assert app.code[0].value == claim.code.rstrip()
    assert len(charts(app)) == 1
    assert [each.proto.page for each in app.main.get("page_link")] == ["shape"]


def test_another_seed_tests_it_again():
    app = open_page(claim="scale")
    next(each for each in app.main.button if "another seed" in each.label).click().run()
    assert not app.exception
    assert link_of(app) == {"claim": "scale", "seed": "1"}
    assert "with seed 1" in texts(app)
    widget_of = next(each for each in app.main.number_input if each.key == "claims seed")
    widget_of.set_value(7).run()
    assert link_of(app)["seed"] == "7"


def test_the_filter_is_a_control():
    app = open_page()
    widget(app, "selectbox", "claims source").set_value("A").run()
    assert link_of(app) == {"source": "A"}
    app.main.button[0].click().run()
    assert not app.exception
    assert link_of(app) == {"source": "A", "claim": "two classes"}
    next(each for each in app.main.button if each.label == "All claims").click().run()
    assert link_of(app) == {"source": "A"}


def test_hostile_links_give_a_list_and_a_sentence():
    """Every parameter gets every text, all of them at once; and each gets one text alone."""
    app = open_page()
    names = [*View.names().values(), "nonsense"]
    links = [dict.fromkeys(names, given[:1000]) for given in HOSTILE]  # a longer link isn't read at all
    links += [{name: HOSTILE[-1 - number]} for number, name in enumerate(names)]
    for link in links:
        app.query_params.clear()
        for name, given in link.items():
            app.query_params[name] = given
        app.run()
        assert not app.exception, link
        assert ("Not used" in texts(app)) == bool(View.from_link(link)[1]), link


@of_each_claim
def test_every_chart_is_valid_and_says_what_was_found(name):
    outcome = outcome_of(name)
    for spec in outcome.claim.charts:
        drawings = drawn.panels(outcome, spec)
        facets = 1 if spec.facet is None else outcome.frame[spec.facet].nunique()
        assert 1 <= len(drawings) <= facets
        for drawing in drawings:
            drawing.altair().to_dict()
            assert outcome.sentence in drawing.alt
            assert len(drawing.frame)
        domains = {(drawing.arguments["x"], drawing.arguments.get("y")) for drawing in drawings}
        assert len(domains) == 1


@pytest.mark.parametrize("name", [name for name, claim in CLAIMS.items() if claim.link()])
def test_the_link_elsewhere_is_understood(name):
    link = CLAIMS[name].link(3)
    pages = {
        "compare": Comparison,
        "shape": Shape,
        "inside": Inside,
        "large_output": LargeOutput,
        "number_of_classes": ClassCounts,
    }
    kind = pages[link.page]
    assert kind.from_link(link.parameters)[1] == ()


@with_claim("log probabilities")
def test_what_is_drawn_at_the_floor_is_told_as_a_bound():
    outcome = outcome_of("log probabilities")
    drawing, _ = drawn.panels(outcome, outcome.claim.charts[0])
    before = outcome.frame[outcome.frame["stage"] == "before training"]
    end = before.groupby("head", sort=False)["sum_of_logs"].last()
    assert end["sparsemax"] < -4000 < end["softmax"]
    assert "sparsemax at most −4,000" in drawing.alt
    assert "softmax at most" not in drawing.alt
    assert drawing.frame["y"].min() == -4000


def test_charts_have_data():
    for chart in charts(open_page(claim="sum to one")):
        assert len(data_of(chart))
