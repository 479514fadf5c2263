"""Controls as selectors of a style sheet: what neither paper nor a room has any use for."""

BUTTONS = (
    ".stMainBlockContainer .stElementContainer:has(> .stButton)"
    ":not(:has([data-testid=stBaseButton-tertiary])):not([class*=st-key-stories-choice])"
)
"""Buttons but tertiary ones, which are sentences that can be clicked on, and the choices of a question."""
OTHERS = """
.stMainBlockContainer :is(.stElementContainer, [data-testid=stLayoutWrapper]):has(> :is(
    .stDownloadButton, .stPageLink, .stPopover, .stSelectbox, .stMultiSelect, .stButtonGroup, .stSlider,
    .stNumberInput, .stTextInput, .stTextArea, .stCheckbox, .stRadio, .stFileUploader, .stBidiComponent,
    .stExpander
)):not(:has(> .stExpander > details[open])),
.stMainBlockContainer :is(.st-key-take-away, [class*=st-key-about-controls])
"""
"""Everything else, and what is said about it. What somebody has unfolded stays."""
WIDGETS = f"{BUTTONS}, {OTHERS}"
