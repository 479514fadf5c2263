"""Sources as links."""

import re

import pytest

from alternatives.claims import SOURCES
from alternatives.datasets import DATASETS
from alternatives.heads import HEADS
from alternatives.pages._cited import cited
from alternatives.pages._shown import plain


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Hui and Belkin 2020, arXiv 2006.07322; more", "https://arxiv.org/abs/2006.07322"),
        ("arXiv:1511.05042.", "https://arxiv.org/abs/1511.05042"),
        ("“Why?” (Stack Overflow 37588632)", "https://stackoverflow.com/q/37588632"),
        ("Cross Validated 12", "https://stats.stackexchange.com/q/12"),
        ("Data Science 12", "https://datascience.stackexchange.com/q/12"),
        ("UCI Machine Learning Repository 109", "https://archive.ics.uci.edu/dataset/109"),
        ("(doi:10.1111/j.1469-1809.1936.tb02137.x).", "https://doi.org/10.1111/j.1469-1809.1936.tb02137.x"),
        ("see https://example.org/a_b?c=1.", "https://example.org/a_b?c=1"),
    ],
)
def test_what_names_a_place_is_a_link_to_it(text: str, address: str) -> None:
    assert re.findall(r"\]\(([^)]*)\)", cited(text)) == [address]
    assert re.sub(r"\[((?:\\.|[^\]])*)\]\([^)]*\)", r"\1", cited(text)) == plain(text)


def test_other_text_is_as_it_is_written() -> None:
    for text in ("Bridle 1990", "**bold** [link](javascript:alert(1))", "arXiv", "Stack Overflow"):
        assert cited(text) == plain(text)


def test_what_the_pages_cite() -> None:
    sources = [*map(str, SOURCES.values()), *(head.source for head in HEADS.values())]
    assert sum("](https://" in cited(source) for source in sources) >= 9
    assert "](https://archive.ics.uci.edu/dataset/80)" in cited(DATASETS["digits"].source)
