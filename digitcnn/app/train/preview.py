"""What a training works with: the network's layers, and digits as the network will see them."""

from html import escape

import streamlit as st

from digitcnn.app.shared import cache
from digitcnn.figures.image_url import png_url
from digitcnn.models.recipes import Recipe
from digitcnn.report.tables import network_layers_html
from digitcnn.settings import ASSETS

# Augmentation is TensorFlow's, which this process has not: python -m digitcnn handwriting
# --augmented assets/augmentation.png made the picture.
_AUGMENTATION = ASSETS / "augmentation.png"


def show(recipe: Recipe) -> None:
    """Places the preview of a training by that recipe."""
    layers, digits = st.tabs(["Layers", "Digits it will see"])
    with layers:
        st.html(network_layers_html(recipe.network))
    with digits:
        st.html(_digits_html(recipe))
        _styles(recipe)


def _digits_html(recipe: Recipe) -> str:
    if not recipe.augment:
        return (
            "<p>Every digit is seen as it was written, the same each time. Augmentation would "
            "change it a little each time.</p>"
        )
    url = png_url(_AUGMENTATION.read_bytes())
    return (
        f'<figure class="samples"><img src="{url}" alt="Ten digits as written, and below each, '
        'four versions of it: turned, slanted, larger or smaller, bolder or finer">'
        "<figcaption>On top, ten digits as written; below each, what augmentation makes of it "
        "four times. These are our own; every training digit gets the same treatment.</figcaption>"
        "</figure>"
    )


def _styles(recipe: Recipe) -> None:
    if not recipe.handwriting and not recipe.learned_digits:
        st.html("<p>Only MNIST's ways of writing: no made-up digits in styles that it lacks.</p>")
        return
    if recipe.handwriting:
        n = f"{recipe.handwriting:,}"
        st.html(f"<p>{n} of the digits are made up, in ways of writing that MNIST lacks.</p>")
        with st.expander("Show all writing styles", on_change="rerun", key="styles") as styles:
            if styles.open:
                st.html(_styles_html())
    if recipe.learned_digits:
        st.html(_learned_html(recipe.learned_digits))


def _learned_html(n: int) -> str:
    figures = "".join(
        f'<figure><img src="{url}" alt="Learned handwriting: six versions of the digit {digit}">'
        f"<figcaption>{digit}</figcaption></figure>"
        for digit, url in enumerate(cache.learned_pictures())
    )
    return (
        f"<p>{n:,} are drawn from a model of pen strokes that was fitted to digits of many people. "
        "None of them is anybody's own.</p>"
        f'<div class="styles">{figures}</div>'
    )


def _styles_html() -> str:
    sections = []
    for digit, styles in enumerate(cache.style_pictures()):
        figures = "".join(
            f'<figure><img src="{url}" alt=""><figcaption>{escape(name)}</figcaption></figure>'
            for name, url in styles
        )
        sections.append(f'<section><h3>{digit}</h3><div class="styles">{figures}</div></section>')
    return "".join(sections)
