"""The Draw page and another one, to go away from it and come back."""

import streamlit as st

from digitcnn.app.draw import page


def elsewhere() -> None:
    st.title("Elsewhere")


st.navigation(
    [st.Page(page.page, title="Draw", default=True), st.Page(elsewhere, title="Elsewhere")],
    position="top",
).run()
