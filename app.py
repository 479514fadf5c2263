"""The dashboard: ``streamlit run app.py``."""

import streamlit as st

from alternatives.pages import _ahead

app = st.App("alternatives/pages/_frame.py", lifespan=_ahead.lifespan)
