"""The colours of figures; paper, fonts and text colour are left to the page's theme.

So each must stand out on light and dark ground alike: at least 3:1 on both.
"""

CHOSEN_COLOR, OTHER_COLOR = "#4a6be0", "#85868c"

# Told apart by place and label too.
DIGIT_COLORS = (
    "#4a6be0", "#c2621f", "#2a8f5c", "#a555c4", "#85868c",
    "#cc4462", "#148a98", "#8f7c0c", "#7376e8", "#8a6a4f",
)  # fmt: skip
