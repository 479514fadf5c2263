"""The dashboard: ``streamlit run app.py``, or ``serve`` of the command line."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from alternatives.pages._ending import ending

ending.listen()  # before the imports that take long

from alternatives.pages import _ahead, _closed, _preview  # noqa: E402

_ahead.prepare()
app = st.App(
    Path(_ahead.__file__).with_name("_frame.py"),
    lifespan=_ahead.lifespan,
    middleware=[Middleware(_closed.Closed), Middleware(_preview.Previews)],
)
