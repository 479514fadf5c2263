"""The one place where this server trains."""

import streamlit as st

from alternatives.compare.cost import Limits
from alternatives.compare.jobs import Jobs


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """All comparisons of this server, shared by its visitors."""
    return Jobs(Limits.from_environment())
