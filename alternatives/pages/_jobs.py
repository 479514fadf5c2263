"""The one place where this server trains, tests claims and measures."""

import streamlit as st

from alternatives import experiments as inside
from alternatives.claims.jobs import Outcomes
from alternatives.large_output.jobs import Jobs as Measurements
from alternatives.serving.comparisons import Jobs
from alternatives.serving.inside import Jobs as InsideJobs
from alternatives.serving.limits import Limits


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """All comparisons of this server, shared by its visitors."""
    return Jobs(Limits.from_environment())


@st.cache_resource(show_spinner=False)
def hidden() -> InsideJobs[inside.Hidden, inside.HiddenResults]:
    """All experiments on hidden layers."""
    return InsideJobs(Limits.from_environment())


@st.cache_resource(show_spinner=False)
def by_width() -> InsideJobs[inside.ByWidth, inside.Widths]:
    """All experiments on the width of hidden layers."""
    return InsideJobs(Limits.from_environment())


@st.cache_resource(show_spinner=False)
def attention() -> InsideJobs[inside.Attention, inside.AttentionResults]:
    """All experiments on attention."""
    return InsideJobs(Limits.from_environment())


@st.cache_resource(show_spinner=False)
def gate() -> InsideJobs[inside.Gate, inside.GateResults]:
    """All experiments on a gate."""
    return InsideJobs(Limits.from_environment())


@st.cache_resource(show_spinner=False)
def outcomes() -> Outcomes:
    """All claims that this server has tested, shared by its visitors."""
    return Outcomes()


@st.cache_resource(show_spinner=False)
def measurements() -> Measurements:
    """All measurements of this server, shared by its visitors."""
    return Measurements(Limits.from_environment())


def in_line(ahead: int) -> str:
    """How many wait for a worker before somebody."""
    return f"Waiting for {ahead} other{'s' * (ahead > 1)}"
