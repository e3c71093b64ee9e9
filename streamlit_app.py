"""The web app: ``streamlit run streamlit_app.py``. Page settings and navigation, nothing else."""

from pathlib import Path

import streamlit as st

from digitcnn.app.draw import page
from digitcnn.app.explore import page as explore
from digitcnn.app.inside import page as inside
from digitcnn.app.train import page as train
from digitcnn.settings import log_level
from digitcnn.system import logs

_ICON = Path(__file__).parent / "assets" / "icon.svg"

logs.set_up(log_level())
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
