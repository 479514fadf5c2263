"""The one place where this server trains, and tests claims."""

import streamlit as st

from alternatives.claims.jobs import Outcomes
from alternatives.compare.jobs import Jobs
from alternatives.limits import Limits


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """All comparisons of this server, shared by its visitors."""
    return Jobs(Limits.from_environment())


@st.cache_resource(show_spinner=False)
def outcomes() -> Outcomes:
    """All claims that this server has tested, shared by its visitors."""
    return Outcomes()
