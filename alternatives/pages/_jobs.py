"""The one place where this server trains, tests claims and measures."""

import streamlit as st

from alternatives.claims.jobs import Outcomes
from alternatives.compare.jobs import Jobs
from alternatives.large_output.jobs import Jobs as Measurements
from alternatives.limits import Limits


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """All comparisons of this server, shared by its visitors."""
    return Jobs(Limits.from_environment())


@st.cache_resource(show_spinner=False)
def outcomes() -> Outcomes:
    """All claims that this server has tested, shared by its visitors."""
    return Outcomes()


@st.cache_resource(show_spinner=False)
def measurements() -> Measurements:
    """All measurements of this server, shared by its visitors."""
    return Measurements(Limits.from_environment())
