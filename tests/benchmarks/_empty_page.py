"""What Streamlit takes by itself: a page with one control and one line, whose link says what it shows."""

import streamlit as st

number = st.slider("Number", 0, 1000, key="number")
st.query_params["number"] = str(number)
st.text(f"Number {number}")
