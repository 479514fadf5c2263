"""Pages in print: where they are from."""

import re

import pytest

from alternatives.pages import _print
from tests.test_compare_page import SMALL, open_app


@pytest.mark.parametrize(
    "text", ['a "quoted" \\ name', "</style><script>", "line\nline", "ε = 1, 20 %", "x" * 5000]
)
def test_a_text_stays_within_its_string(text):
    quoted = _print._quoted(text)
    assert re.fullmatch(r'"(?:[a-zA-Z0-9 ]|\\[0-9a-f]+ )*"', quoted)
    read = re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), quoted[1:-1])
    assert read == text


def test_the_day_is_in_words():
    assert re.fullmatch(r"\d{1,2} [A-Z][a-z]+ \d{4}", _print.today())


def test_each_page_says_on_paper_where_it_is_from():
    app = open_app(**SMALL)
    said = [each.proto.body for each in app.get("html") if "::before" in each.proto.body]
    assert any(_print._quoted("Softmax alternatives: Compare. ")[1:-1] in each for each in said)
    assert any("dataset\\3d iris" in each for each in said)
