"""The web app, ``streamlit run streamlit_app.py``: page settings, navigation, and the guard."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from digitcnn.app.draw import page as draw
from digitcnn.app.explore import page as explore
from digitcnn.app.guard import housekeeping
from digitcnn.app.guard.guard import Guard
from digitcnn.app.inside import page as inside
from digitcnn.app.learn import page as learn
from digitcnn.app.shared import navigation
from digitcnn.app.train import page as train
from digitcnn.settings import log_level
from digitcnn.system import logs

_ICON = Path(__file__).parent / "assets" / "icon.svg"


def main() -> None:
    """Shows the page that the address names."""
    st.logo(str(_ICON), size="large")
    navigation.show(
        str(_ICON),
        draw=draw.page,
        train=train.page,
        explore=explore.page,
        inside=inside.page,
        learn=learn.page,
    )


logs.set_up(log_level())
if __name__ == "__main__":  # Streamlit runs this file as the script of every page,
    main()
else:  # and imports it as the module that defines its server.
    app = st.App(__file__, middleware=[Middleware(Guard)], lifespan=housekeeping.running)
