"""A link as a QR code, drawn by the optional package segno."""

from importlib.util import find_spec

MOST_BYTES = 2_000
"""Longest link that has a QR code. In those of longer links a telephone can't tell the squares apart."""


def problem(link: str) -> str:
    """Why a link has no QR code here; "" if it has one."""
    if (n_bytes := len(link.encode())) > MOST_BYTES:
        return f"A QR code holds at most {MOST_BYTES:,} characters, and this link has {n_bytes:,}"
    if find_spec("segno") is None:
        return "QR codes need the package segno, which isn't installed here: pip install segno"
    return ""


def picture(link: str) -> str:
    """The code as the address of an SVG, black on white, with the white margin that readers need."""
    import segno

    return str(
        segno.make_qr(link, error="m").svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True)
    )
