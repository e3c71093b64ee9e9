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
    live,
    messages,
    navigation,
    notes,
    panels,
    personal_model,
    run_line,
)
from digitcnn.app.shared.component_values import whole_number
from digitcnn.app.shared.reading import Reading
from digitcnn.errors import DigitcnnError
from digitcnn.inference import browser
from digitcnn.inference.photos import record
from digitcnn.inference.photos.found import OTHER
from digitcnn.inference.photos.reading import NoDigits
from digitcnn.inference.photos.result import NOTHING, PhotoDigit, PhotoMark, PhotoReading
from digitcnn.inference.recognizer import Prediction, Recognizer
from digitcnn.preprocessing import digit_image

_STYLE = Path(__file__).with_name("photo.css")
_TITLE = "From the photo to 28 × 28 pixels"
_TYPES = ["png", "jpg", "jpeg", "webp", "heic", "heif", "gif", "bmp", "tif", "tiff", "pdf"]

# What a digit or sign of a photo may be but a digit: its text, and what its button says.
_OTHERS = {
    **{text: photo_html.NAMES[text].capitalize() for text in (".", ",", "-", "/", ":", OTHER)},
    NOTHING: "Leave it out",
}

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
    live.keep()
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
    n_pages = 1 if photo.page is None else photo.page.n_pages
    if n_pages > photo_state.MOST:
        notes.quiet(
            f"The file has {n_pages} pages, of which the first {photo_state.MOST} are here. "
            "The command digitcnn predict reads up to 100."
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
        if photo.page is not None:
            with st.container(key="photo-unread"):
                page = photo.page
                st.html(photo_html.unread_html(page.jpeg, page.size, photo.name))
        _look(photo)
        _remover(photo)
        return
    chosen = _chosen_of(photo, reading)
    contents = photo_html.contents(reading)
    with st.container(key="photo-desk"):
        with st.container(key="photo-page"):
            with st.container(key="photo-picture"):
                st.html(photo_html.picture_html(reading, photo.name))
                _digits("boxes", contents, chosen)
            _lines(photo, reading, contents, chosen)
        with st.container(key="photo-digit"):
            _one(photo, reading, chosen, reader.recognizer)
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
    if photo.data is None or not photo.is_picture:
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


def _chosen_of(photo: Photo, reading: PhotoReading) -> int:
    """The place of what is looked at, in writing order: the first digit if nothing is chosen."""
    every = [one for row in reading.rows for one in row]
    if photo.chosen is not None:
        return min(photo.chosen, len(every) - 1)
    return next((place for place, one in enumerate(every) if not one.is_sign), 0)


def _one(photo: Photo, reading: PhotoReading, chosen: int, recognizer: Recognizer) -> None:
    """The panels of what is chosen, and where to take it."""
    one = [one for row in reading.rows for one in row][chosen]
    read = _read(one, recognizer)
    if one.is_sign or read.prediction is None:
        _sign(one, read.prediction)
    else:
        panels.show_answer(read)
    _correct(photo, one, read)
    if read.prediction is None:
        return
    image = read.prediction.digit_image
    with st.container(key="photo-tools", horizontal=True, gap="small"):
        if st.button("Look inside", key="photo-inside", icon=":material/network_node:"):
            canvas.DIGIT.show_picture(image)
            navigation.go("inside")
        if st.button(
            "Edit in Draw", key="photo-draw", icon=":material/draw:", on_click=_draw_over,
            args=(image,),
        ):  # fmt: skip
            st.rerun()  # Only this way's part of the page ran; another way is another part.
    panels.show_steps(read, _TITLE, photo_html.seen_html(one))


def _read(one: PhotoDigit | PhotoMark, recognizer: Recognizer) -> Reading:
    """What the network says to it; a sign is asked about only when somebody looks at it."""
    if isinstance(one, PhotoDigit):
        return Reading(one.prediction, one.steps)
    try:
        steps = digit_image.steps(one.found.raster)
    except DigitcnnError:
        return Reading(trouble="There is too little to see, or too much.")
    return Reading(recognizer.recognize(steps.centred), steps)


def _sign(one: PhotoDigit | PhotoMark, guess: Prediction | None) -> None:
    """What is no digit, as it stands in the photo."""
    with st.container(key="reading"):
        st.html(photo_html.sign_html(one, guess))
    with st.container(key="seen"):
        st.html(photo_html.seen_html(one))


def _correct(photo: Photo, one: PhotoDigit | PhotoMark, read: Reading) -> None:
    """Whether it was read correctly, and if not, what it is."""
    mine = personal_model.mine()
    image = None if read.prediction is None else read.prediction.digit_image
    keep = functools.partial(photo.correct, one, image)
    said = ""
    if one.corrected is not None:
        said = messages.one(int(one.text)) if one.is_digit else photo_html.NAMES[one.corrected]
    if one.corrected == NOTHING:
        says = "Left out, as you said."
    elif said:
        says = f"Kept as {said}."
    elif one.is_sign:
        says = "If it is a digit, or another sign, say so here."
    else:
        says = "Correct it and it adapts to your handwriting."
    confirm.ask(
        f"photo {photo.number} {one.box}",
        confirm.label(read) if isinstance(one, PhotoDigit) and not one.is_sign else None,
        lambda digit: keep(str(digit)),
        f"{says if said or not mine.trouble else ''} {mine.trouble}".strip(),
        confirm.Others(
            {text: caption for text, caption in _OTHERS.items() if text != one.text}, keep
        ),
    )


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
