"""What programs see of a link that somebody posts: they read the page as it is served and run no scripts.

Streamlit serves one file at all addresses. Here each page has a copy of its own, with a title, a description
and the tags that previews are made of. They come from the address alone: nothing is trained or looked up.
"""

import functools
import hashlib
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

import streamlit as st
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

INDEX = Path(st.__file__).with_name("static") / "index.html"
TITLE = "<title>Streamlit</title>"
SHARED = "session"
"""The parameter of links to sessions that the server keeps. What they hold isn't told to programs."""
MOST_PARAMETERS = 200
HOST = re.compile(r"([\w.-]+|\[[\da-f:]+\])(:\d+)?", re.ASCII | re.IGNORECASE)


class Previews:
    """Serves the pages' addresses. All other requests go on to `app`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._served = GZipMiddleware(_serve, minimum_size=500)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and _page(scope)
        await (self._served if is_page else self._app)(scope, receive, send)


async def _serve(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    before, after = _index()
    body = f"{before}{tags(_page(scope), scope['query_string'], _address(request))}{after}".encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = re.findall(r'"[^"]*"', request.headers.get("if-none-match", ""))
    headers = {"Cache-Control": "no-cache", "ETag": f"W/{tag}"}
    if tag in known:
        response = Response(status_code=304, headers=headers)
    else:
        response = Response(body, media_type="text/html", headers=headers)
    await response(scope, receive, send)


def tags(page: str, query: bytes, address: str = "") -> str:
    """The title and the tags, in HTML, of a page with the parameters of a query string."""
    from alternatives.pages import _frame, _title

    parameters, value, special = _parameters(query), None, ""
    if page != _title.SESSION and (parameters or not query):
        value, _ = _frame.PAGES[page].STATE.read(parameters)
        special = _title.name(value)
    elif SHARED in parameters:
        special = "shared session"
    elif page == _title.SESSION:  # its pins needn't be read to know their names
        special = _title.names([text for text in parameters.get("pin", ()) if text.isprintable()])
    title = _title.joined(special, _title.label(page))
    about = _title.description(page, value)
    named = {"description": about, "twitter:card": "summary"}
    properties = {"title": title, "description": about, "type": "website", "site_name": _title.PRODUCT}
    if address and SHARED not in parameters:
        properties["url"] = address
    return "\n    ".join(
        [
            f"<title>{escape(title)}</title>",
            *(f'<meta name="{key}" content="{escape(text)}" />' for key, text in named.items()),
            *(f'<meta property="og:{key}" content="{escape(text)}" />' for key, text in properties.items()),
        ]
    )


def _parameters(query: bytes) -> dict[str, list[str]]:
    """The parameters of a query string; none where there are more than a page reads."""
    from alternatives.state.linked import LONGEST_LINK

    if len(query) > LONGEST_LINK:
        return {}
    try:
        return parse_qs(query.decode("utf-8", "replace"), max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return {}


@functools.cache
def _index() -> tuple[str, str]:
    """The file that Streamlit serves, before its title and after it."""
    before, _, after = INDEX.read_text("utf-8").partition(TITLE)
    return before, after


def _page(scope: Scope) -> str:
    """The name of the page at an address; "" where there is none."""
    return _addresses().get(scope["path"].removeprefix(scope.get("root_path", "")), "")


@functools.cache
def _addresses() -> Mapping[str, str]:
    from alternatives.pages._title import ABOUT

    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{base}/" if base else "/"
    return {prefix: next(iter(ABOUT))} | {f"{prefix}{page}": page for page in ABOUT}


def _address(request: Request) -> str:
    """The whole address that was asked for; "" where a request doesn't say a host that could be one."""
    host, query = request.headers.get("host", ""), request.scope["query_string"].decode("ascii", "replace")
    if not HOST.fullmatch(host):
        return ""
    forwarded = request.headers.get("x-forwarded-proto", "")  # behind a proxy that ends the encryption
    scheme = forwarded if forwarded in ("http", "https") else request.url.scheme
    return f"{scheme}://{host}{request.url.path}{f'?{query}' if query else ''}"
