"""Who a visitor is, where what people may use is counted."""

import streamlit as st

from alternatives.serving.limits import network_of


def visitor() -> str:
    """The network that this run's visitor comes from; an empty text for the server's own machine."""
    return network_of(st.context.ip_address or "")
