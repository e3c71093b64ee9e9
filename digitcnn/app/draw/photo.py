"""Photos of digits: uploaded or taken, every digit found, read, and opened like a drawing."""

import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from digitcnn.app.draw import (
    camera,
    confirm,
    downloads,
    personal_model_panel,
    photo_html,
    photo_state,
)
from digitcnn.app.draw.photo_state import Photo
from digitcnn.app.shared import (
    cache,
    canvas,
    messages,
    navigation,
    notes,
    panels,
    personal_model,
    run_line,
)
from digitcnn.app.shared.component_values import whole_number
from digitcnn.app.shared.reading import Reading
from digitcnn.inference import browser
from digitcnn.inference.photos import record
from digitcnn.inference.photos.reading import NoDigits, PhotoDigit, PhotoReading

_STYLE = Path(__file__).with_name("photo.css")
_TITLE = "From the photo to 28 × 28 pixels"
_TYPES = ["png", "jpg", "jpeg", "webp", "heic", "heif", "gif", "bmp", "tif", "tiff", "pdf"]

# Session state: the number of the uploader, which is a new one after every photo, so that the
# server keeps no file that has been read.
_UPLOADS = "photo uploads"

_COMPONENT = st.components.v2.component(
    "digitcnn-photo",
    js=browser.script(Path(__file__).with_name("photo.js")),
    html='<div class="photo-digits"></div>',
    isolate_styles=False,
)


def show(reader: cache.Reader) -> None:
    """Places where photos come from, and what ``reader`` reads in the one that is open."""
    st.html(_STYLE)
    _source()
    photo = photo_state.opened()
    if photo is None:
        with st.container(key="reading"):
            st.html(photo_html.invitation_html())
    else:
        _choices(photo)
        _photo(photo, reader)
    run_line.show(reader)


def _source() -> None:
    """The uploader and the cameras."""
    state = st.session_state
    with st.container(key="photo-source"):
        files = st.file_uploader(
            "Photos of digits",
            type=_TYPES,
            accept_multiple_files=True,
            label_visibility="collapsed",
            key=f"photo-upload-{state.get(_UPLOADS, 0)}",
        )
        camera.buttons()
        camera.show()
    if files:
        _take(files)


def _take(files: Sequence[UploadedFile]) -> None:
    """Reads new files, and begins anew with an uploader that holds none."""
    state = st.session_state
    with st.spinner("Looking for digits …"):
        for file in files[-photo_state.MOST :]:
            photo_state.add(file.getvalue(), file.name)
    _let_go(files)
    state[_UPLOADS] = state.get(_UPLOADS, 0) + 1
    st.rerun()


def _let_go(files: Sequence[UploadedFile]) -> None:
    """Has the server forget files now; by itself it keeps them as long as the session lives."""
    context = get_script_run_ctx()
    manager = None if context is None else context.uploaded_file_mgr
    if context is not None and isinstance(manager, MemoryUploadedFileManager):
        for file in files:
            manager.remove_file(context.session_id, file.file_id)


def _choices(photo: Photo) -> None:
    """Which photo is looked at, where there are several."""
    photos = photo_state.photos()
    if len(photos) < 2:
        return
    names = {kept.number: kept.name for kept in photos}
    key = "photo-choice"
    st.session_state[key] = photo.number
    st.selectbox(
        "Photo",
        list(names),
        format_func=lambda number: names[number],
        key=key,
        on_change=lambda: photo_state.open_(st.session_state[key]),
    )


def _photo(photo: Photo, reader: cache.Reader) -> None:
    """A photo with its boxes, its lines, and the digit that is chosen; or what is wrong with it."""
    trouble, reading = photo.trouble, None
    if photo.page is not None:
        try:
            reading = photo.reading(reader)
        except NoDigits as error:
            trouble = str(error)
    if reading is None:
        with st.container(key="reading"):
            st.html(photo_html.trouble_html(trouble or ""))
        _look(photo)
        _remover(photo)
        return
    chosen = min(photo.chosen, len(reading.digits) - 1)
    contents = photo_html.contents(reading)
    with st.container(key="photo-desk"):
        with st.container(key="photo-page"):
            with st.container(key="photo-picture"):
                st.html(photo_html.picture_html(reading, photo.name))
                _digits("boxes", contents, chosen)
            _lines(photo, reading, contents, chosen)
        with st.container(key="photo-digit"):
            _digit(photo, reading, chosen)
    personal_model_panel.show(personal_model.mine())


def _lines(photo: Photo, reading: PhotoReading, contents: str, chosen: int) -> None:
    notes.status(photo_html.counted(reading))
    _digits("lines", contents, chosen)
    with st.container(key="photo-text"):
        st.code("\n".join(reading.texts), language=None, wrap_lines=True)
    _downloads(photo, reading)
    _look(photo)
    _remover(photo)


def _downloads(photo: Photo, reading: PhotoReading) -> None:
    """The reading as files, with what was corrected."""
    stem = Path(photo.name).stem or "photo"
    text = "\n".join(reading.texts)
    downloads.place("photo", stem, text, record.to_csv(reading), record.to_plain(reading))


def _look(photo: Photo) -> None:
    """Turning and cropping."""
    if photo.data is None:
        return
    view = photo.page.view if photo.page is not None else photo.view
    with st.container(key="photo-look", horizontal=True, gap="small"):
        st.button(
            "Turn", key="photo-turn", icon=":material/rotate_90_degrees_cw:",
            help="By 90° clockwise", on_click=photo.look,
            args=(replace(view, turn=view.turn % 360 + 90, crop=(0.0, 0.0, 1.0, 1.0)),),
        )  # fmt: skip
        with st.popover("Crop", icon=":material/crop:"):
            left, right = st.slider(
                "From left to right, %", 0, 100, (0, 100), key=f"photo-crop-x-{photo.number}"
            )
            top, bottom = st.slider(
                "From top to bottom, %", 0, 100, (0, 100), key=f"photo-crop-y-{photo.number}"
            )
            st.button(
                "Read this part", key="photo-crop", on_click=photo.look,
                disabled=right - left < 2 or bottom - top < 2,
                args=(replace(view, crop=(left / 100, top / 100, right / 100, bottom / 100)),),
            )  # fmt: skip


def _correct(photo: Photo, digit: PhotoDigit, read: Reading) -> None:
    """Whether a digit was read correctly, and if not, what it is."""
    mine = personal_model.mine()
    said = messages.one(digit.corrected) if digit.corrected is not None else ""
    says = f"Kept as {said}." if said else "Correct it and it adapts to your handwriting."
    confirm.ask(
        f"photo {photo.number} {digit.box}",
        confirm.label(read),
        functools.partial(photo.correct, digit),
        f"{says if said or not mine.trouble else ''} {mine.trouble}".strip(),
    )


def _digit(photo: Photo, reading: PhotoReading, chosen: int) -> None:
    """The panels of the digit that is chosen, and where to take it."""
    digit = reading.digits[chosen]
    read = Reading(digit.prediction, digit.steps)
    panels.show_answer(read)
    _correct(photo, digit, read)
    with st.container(key="photo-tools", horizontal=True, gap="small"):
        if st.button("Look inside", key="photo-inside", icon=":material/network_node:"):
            canvas.DIGIT.show_picture(digit.prediction.digit_image)
            navigation.go("inside")
        if st.button(
            "Edit in Draw", key="photo-draw", icon=":material/draw:", on_click=_draw_over,
            args=(digit.prediction.digit_image,),
        ):  # fmt: skip
            st.rerun()  # Only this way's part of the page ran; another way is another part.
    panels.show_steps(read, _TITLE, photo_html.seen_html(digit))


def _draw_over(image: NDArray[np.uint8]) -> None:
    canvas.DIGIT.show_picture(image)
    st.session_state[navigation.WAY] = "digit"


def _digits(mode: str, contents: str, chosen: int) -> None:
    key = f"photo-{mode}"
    # In a list: in a dict Streamlit would look for data frames.
    _COMPONENT(key=key, data=[mode, contents, chosen], on_open_change=lambda: _chosen(key))


def _chosen(key: str) -> None:
    place, photo = whole_number(st.session_state[key].get("open")), photo_state.opened()
    if place is not None and photo is not None and place >= 0:
        photo.chosen = place


def _remover(photo: Photo) -> None:
    st.button(
        "Remove this photo", key="photo-remove", icon=":material/delete:", type="tertiary",
        on_click=photo_state.remove, args=(photo.number,),
    )  # fmt: skip
