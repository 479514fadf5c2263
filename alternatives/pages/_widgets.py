"""Controls as a selector of a style sheet: what neither paper nor a room has any use for."""

WIDGETS = """
.stMainBlockContainer .stElementContainer:has(> .stButton):not(:has([data-testid=stBaseButton-tertiary])),
.stMainBlockContainer :is(.stElementContainer, [data-testid=stLayoutWrapper]):has(> :is(
    .stDownloadButton, .stPageLink, .stPopover, .stSelectbox, .stMultiSelect, .stButtonGroup, .stSlider,
    .stNumberInput, .stTextInput, .stTextArea, .stCheckbox, .stRadio, .stFileUploader, .stBidiComponent,
    .stExpander
)):not(:has(> .stExpander > details[open])),
.stMainBlockContainer [data-testid=stTooltipIcon],
.stMainBlockContainer .st-key-take-away
"""
"""A tertiary button is a sentence that can be clicked on: that stays. So does what somebody has unfolded."""
