"""Whole addresses of pages on this server, by whatever name it is reached."""

from urllib.parse import urlencode, urlsplit

import streamlit as st

from alternatives.pages._link import Link
from alternatives.pages._title import ABOUT


def address(page: str, parameters: Link | None = None) -> str:
    """The address of a page, with the parameters of a link. The server may be below a path.

    The first page is at the root, too, and stays there where that is shown.
    """
    here = urlsplit(st.context.url or "")
    folder, _, shown = here.path.rstrip("/").rpartition("/")
    base = folder if shown in ABOUT else here.path.rstrip("/")
    name = "" if shown not in ABOUT and page == next(iter(ABOUT)) else page
    query = urlencode(parameters or {}, doseq=True)
    return here._replace(path=f"{base}/{name}", query=query, fragment="").geturl()
