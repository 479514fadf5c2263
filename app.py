"""The dashboard: ``streamlit run app.py``."""

import gc

import streamlit as st

from alternatives.pages import _navigation, claims, compare, inside, large_output, shape

ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke-width="4">
<path d="M3 28C17 28 21 21 29 4" stroke="#006eb0"/><path d="M3 9Q16 45 29 9" stroke="#c24f00"/></svg>"""


@st.cache_resource(show_spinner=False)
def settle_imports() -> None:
    """Keep what the imports made out of the garbage collection that follows every run, 115 ms of it."""
    gc.collect()
    gc.freeze()


def main() -> None:
    """Show the page that is asked for."""
    st.set_page_config("Softmax alternatives", page_icon=ICON, layout="wide")
    settle_imports()
    pages = {
        "compare": compare.page,
        "shape": shape.page,
        "claims": claims.page,
        "inside": inside.page,
        "large_output": large_output.page,
    }
    _navigation.show(pages)


if __name__ == "__main__":
    main()
