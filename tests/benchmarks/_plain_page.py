"""What Streamlit itself takes for a first screen like ours: two charts of three points, six controls."""

import pandas as pd
import streamlit as st

with st.sidebar:
    st.selectbox("Data", ["one", "two"])
    st.slider("Noise", 0, 10)
    st.pills("Heads", ["one", "two", "three", "four"], selection_mode="multi", default=["one", "two"])
    st.select_slider("Rate", ["one", "two"])
    st.slider("Seeds", 1, 10)
    st.button("More")
st.header("Two charts")
points = pd.DataFrame({"x": [1, 2, 3], "y": [1, 3, 2]})
for column in st.columns(2):
    column.line_chart(points, x="x", y="y")
