"""Who a visitor is, where what people may use is counted."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from alternatives.serving.limits import network_of


def visitor() -> str:
    """The network that this run's visitor comes from; empty for the server's own machine."""
    if get_script_run_ctx(suppress_warning=True) is None:  # what the server does for all
        return ""
    return network_of(st.context.ip_address or "")
