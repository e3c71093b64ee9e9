"""What a training works with: the network's layers, and digits as the network will see them."""

from functools import partial

import streamlit as st

from digitcnn.app.shared import cache
from digitcnn.figures.image_url import png_url
from digitcnn.models.recipes import Recipe
from digitcnn.report.tables import network_layers_html
from digitcnn.settings import ASSETS
from digitcnn.system.templates import render

_render = partial(render, "app/train/templates/preview.html")

# Augmentation is TensorFlow's, which this process has not: python -m digitcnn handwriting
# --augmented assets/augmentation.png made the picture.
_AUGMENTATION = ASSETS / "augmentation.png"


def show(recipe: Recipe) -> None:
    """Places the preview of a training by that recipe."""
    layers, digits = st.tabs(["Layers", "Digits it will see"])
    with layers:
        st.html(network_layers_html(recipe.architecture))
    with digits:
        st.html(_digits_html(recipe))
        _styles(recipe)


def _digits_html(recipe: Recipe) -> str:
    if not recipe.augment:
        return _render(
            "plain",
            text="Every digit looks the same each time it is seen. Augmentation would change it a "
            "little each time.",
        )
    return _render("augmentation", url=png_url(_AUGMENTATION.read_bytes()))


def _styles(recipe: Recipe) -> None:
    if not recipe.handwriting and not recipe.learned_digits:
        text = "Only MNIST's writing styles: no synthetic digits in styles that it lacks."
        st.html(_render("plain", text=text))
        return
    if recipe.handwriting:
        n = f"{recipe.handwriting:,}"
        text = f"{n} of the digits are synthetic, in writing styles that MNIST lacks."
        st.html(_render("plain", text=text))
        with st.expander("Show all writing styles", on_change="rerun", key="styles") as styles:
            if styles.open:
                st.html(_render("styles", digits=cache.style_pictures()))
    if recipe.learned_digits:
        n = f"{recipe.learned_digits:,}"
        st.html(_render("learned", n=n, urls=cache.learned_pictures()))
