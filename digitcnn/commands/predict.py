"""``predict``: read the digits in pictures."""

import os
from pathlib import Path
from typing import Any

import click

from digitcnn.commands.terminal import (
    home_option,
    json_option,
    native_messages_to,
    percent,
    print_json,
    table,
)
from digitcnn.errors import DigitcnnError


@click.command()
@click.argument(
    "images", nargs=-1, required=True, metavar="IMAGE...", type=click.Path(path_type=Path)
)
@click.option(
    "--run", "run_id", metavar="RUN", help="Id of the run to read with; else that in use."
)
@home_option
@json_option
def predict(images: tuple[Path, ...], run_id: str | None, home: Path, as_json: bool) -> int:
    """Read the digit in each picture.

    IMAGE is a picture with one digit on even paper: a drawing, a scan, a screenshot; dark on
    light or light on dark, in any size and format (PNG, JPEG, WebP, ...).
    """
    from digitcnn.recognizer import Recognizer
    from digitcnn.runs import current_run, find_run
    from digitcnn.settings import settings

    if run_id is None:
        run, complaints = current_run(home)
        for complaint in complaints:
            click.echo(complaint, err=True)
    else:
        run = find_run(home, run_id)
    with native_messages_to(os.devnull):
        recognizer = Recognizer(run, settings().backend)
    readings = [_reading(recognizer, path) for path in images]
    if as_json:
        print_json(readings)
    else:
        click.echo(
            table(("picture", "digit", "sure", "or else"), [_row(r) for r in readings], "lrrl")
        )
    failures = [reading["error"] for reading in readings if "error" in reading]
    for failure in failures:
        click.echo(click.style(failure, fg="red"), err=True)
    return 2 if failures else 0


def _reading(recognizer: Any, path: Path) -> dict[str, Any]:
    from digitcnn import preprocess
    from digitcnn.pictures import read_picture

    try:
        prediction = recognizer.recognize(preprocess.digit_image(read_picture(path)))
    except preprocess.EmptyDrawing:
        error = f"{path.name} is blank."
    except DigitcnnError as trouble:
        error = str(trouble) if path.name in str(trouble) else f"{path.name}: {trouble}"
    else:
        return {
            "path": str(path),
            "label": prediction.label,
            "probabilities": [float(p) for p in prediction.probabilities],
            "is_digit": prediction.is_digit,
        }
    return {
        "path": str(path),
        "label": None,
        "probabilities": None,
        "is_digit": None,
        "error": error,
    }


def _row(reading: dict[str, Any]) -> tuple[str, ...]:
    if reading["label"] is None:
        return (reading["path"], "–", "–", "could not be read")
    probabilities, label = reading["probabilities"], reading["label"]
    runner_up = max((d for d in range(10) if d != label), key=probabilities.__getitem__)
    if not reading["is_digit"]:
        guess = f"does not look like a digit (best guess {label})"
        return (reading["path"], "–", percent(probabilities[label], 1), guess)
    other = f"{runner_up} ({percent(probabilities[runner_up], 1)})"
    return (reading["path"], str(label), percent(probabilities[label], 1), other)
