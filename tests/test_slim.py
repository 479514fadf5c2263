"""Slim SVG shows the same: every text, every visible mark, the same pixels."""

import xml.etree.ElementTree as ET

import pytest

from alternatives.charts.slim import SVG, slim

OPEN = f'<svg xmlns="{SVG}" version="1.1" width="20" height="10" viewBox="0 0 20 10">'


def slimmed(inside: str) -> ET.Element:
    return ET.fromstring(slim(f"{OPEN}{inside}</svg>".encode()))


def test_roles_labels_and_what_is_invisible_go() -> None:
    root = slimmed(
        '<g class="mark-symbol role-mark" role="graphics-object" aria-label="many words">'
        '<path d="M0,0h5v5h-5Z" aria-label="x: 0.123" pointer-events="none" fill="red"/>'
        '<path d="M0,0h5v5h-5Z" opacity="0"/><path d=""/><path d="M1,1h1" display="none"/><g class="empty"/>'
        "</g>"
    )
    (group,) = root
    (path,) = group
    assert path.attrib == {"d": "M0,0h5v5h-5Z", "fill": "red"}
    assert group.attrib == {}


def test_texts_keep_every_digit_and_places_two_decimals() -> None:
    root = slimmed('<text transform="translate(1.23456,-0.00789)" opacity="0.12345">0.123456</text>')
    (text,) = root
    assert text.text == "0.123456"
    assert text.attrib == {"transform": "translate(1.23,-0.01)", "opacity": "0.12"}


@pytest.mark.parametrize(("kind", "n_paths"), [("mark-rect", 2), ("mark-symbol", 3)])
def test_only_rectangles_are_joined_as_other_marks_may_lie_on_each_other(kind: str, n_paths: int) -> None:
    cells = [("M0,0h5v5h-5Z", "red"), ("M5,0h5v5h-5Z", "blue"), ("M10,0h5v5h-5Z", "red")]
    paths = "".join(f'<path d="{d}" fill="{fill}" opacity="0.5"/>' for d, fill in cells)
    (group,) = slimmed(f'<g class="{kind} role-mark">{paths}</g>')
    assert len(group) == n_paths
    for d, fill in cells:
        assert any(d in path.get("d", "") and path.get("fill") == fill for path in group)
