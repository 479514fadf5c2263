"""Makes pictures of Vega-Lite specifications, in a process of its own.

vl-convert runs a JavaScript engine. Within a server it would take 100 MB for good, and no other thread could
run while it draws. Standard input has the format and the specifications as JSON, standard output gets a list
of the pictures in Base64. `export.converted` starts it as a file, so it imports nothing of the package.
"""

import base64
import json
import sys
from typing import Any

PIXELS = 2.0
"""Pixels of a PNG for each of the chart's own, as on a sharp screen."""


def convert(kind: str, specification: dict[str, Any]) -> bytes:
    """A picture of a specification, which has its data inside: nothing is fetched."""
    import vl_convert

    if kind == "svg":
        return vl_convert.vegalite_to_svg(specification, allowed_base_urls=[]).encode()
    return vl_convert.vegalite_to_png(specification, scale=PIXELS, allowed_base_urls=[])


if __name__ == "__main__":
    request = json.load(sys.stdin)
    pictures = [convert(request["kind"], each) for each in request["specifications"]]
    json.dump([base64.b64encode(picture).decode() for picture in pictures], sys.stdout)
