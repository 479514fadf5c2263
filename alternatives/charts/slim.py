"""SVG without what an image of it doesn't need: a map of thousands of cells becomes a tenth of its size.

Vega writes for a page on which marks are pointed at and read aloud one by one. An image in a report has one
text and no pointer. So roles, labels and what is invisible can go; places need no more than hundredths of a
pixel; and neighbouring cells that look alike can be one path.
"""

import re
import xml.etree.ElementTree as ET

DECIMALS = 2
"""Of pixels and opacities."""
SVG = "http://www.w3.org/2000/svg"
MANY_DECIMALS = re.compile(rf"-?\d*\.\d{{{DECIMALS + 1},}}(?:e-?\d+)?")
UNSEEN = ("class", "pointer-events")
"""Attributes that nothing looks at; beside them, those of roles and labels."""
USUAL = {("opacity", "1"), ("stroke-width", "1"), ("font-weight", "normal"), ("transform", "translate(0,0)")}
"""Attributes that say what holds without them; nothing around them says otherwise."""
CELLS = "mark-rect"
"""The class of a group of rectangles, which never lie on each other."""

ET.register_namespace("", SVG)
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def slim(svg: bytes) -> bytes:
    """The same picture in fewer bytes."""
    root = ET.fromstring(svg)
    _clean(root)
    return ET.tostring(root)


def _clean(element: ET.Element) -> None:
    is_of_cells = CELLS in element.get("class", "").split()
    for name in list(element.attrib):
        if name in UNSEEN or name == "role" or name.startswith("aria-"):
            del element.attrib[name]
        elif name not in ("xmlns", "version"):
            element.set(name, MANY_DECIMALS.sub(_rounded, element.attrib[name]))
            if (name, element.get(name)) in USUAL:
                del element.attrib[name]
    for child in list(element):
        _clean(child)
        if _is_nothing(child):
            element.remove(child)
    if is_of_cells:
        _merge(element)


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match[0]):.{DECIMALS}f}".rstrip("0").rstrip(".")


def _is_nothing(element: ET.Element) -> bool:
    if element.get("display") == "none" or element.get("opacity") == "0":
        return True
    if element.tag == f"{{{SVG}}}g":
        return not len(element)
    return element.tag == f"{{{SVG}}}path" and element.get("d", "") in ("", "M0,0h0v0h0Z")


def _merge(cells: ET.Element) -> None:
    """Join the paths of cells that look alike."""
    firsts: dict[frozenset[tuple[str, str]], ET.Element] = {}
    for cell in list(cells):
        look = frozenset((name, value) for name, value in cell.attrib.items() if name != "d")
        first = firsts.setdefault(look, cell)
        if first is not cell:
            first.set("d", first.get("d", "") + cell.get("d", ""))
            cells.remove(cell)
