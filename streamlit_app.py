"""The web app, ``streamlit run streamlit_app.py``: page settings, navigation, and the guard."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from digitcnn.app.draw import page
from digitcnn.app.explore import page as explore
from digitcnn.app.guard import housekeeping
from digitcnn.app.guard.guard import Guard
from digitcnn.app.inside import page as inside
from digitcnn.app.train import page as train
from digitcnn.settings import log_level
from digitcnn.system import logs

_ICON = Path(__file__).parent / "assets" / "icon.svg"


def main() -> None:
    """Shows the page that the address names."""
    st.set_page_config(page_title="digitcnn", page_icon=str(_ICON), layout="wide")
    st.logo(str(_ICON), size="large")
    st.navigation(
        [
            page.as_page(),
            st.Page(train.page, title="Train", icon=":material/model_training:", url_path="train"),
            explore.as_page(),
            inside.as_page(),
        ],
        position="top",
    ).run()


logs.set_up(log_level())
if __name__ == "__main__":  # Streamlit takes this file for the script of every page,
    main()
else:  # and for the module in which it finds its server.
    app = st.App(__file__, middleware=[Middleware(Guard)], lifespan=housekeeping.running)
