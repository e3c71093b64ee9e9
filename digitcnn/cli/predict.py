"""``predict``: read the digits in pictures."""

import os
from pathlib import Path
from typing import Any

import click

from digitcnn.cli.terminal import home_option, json_option, native_messages_to, print_json, table
from digitcnn.errors import DigitcnnError
from digitcnn.text import percent


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
    """Read the digits in each picture.

    IMAGE is a photo of numbers on paper, in one line or many, or a picture of one digit: a
    drawing, a scan, a screenshot; dark on light or light on dark, in any size and format (PNG,
    JPEG, WebP, HEIC, ...). A digit that can't be read with certainty is shown as "?".
    """
    from digitcnn.inference.recognizer import Recognizer
    from digitcnn.runs.store import current_run, find_run
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
        _show(readings)
    failures = [reading["error"] for reading in readings if "error" in reading]
    for failure in failures:
        click.echo(click.style(failure, fg="red"), err=True)
    return 2 if failures else 0


def _reading(recognizer: Any, path: Path) -> dict[str, Any]:
    from digitcnn.inference.photos.picture import read_file
    from digitcnn.preprocessing import digit_image

    reading: dict[str, Any] = {
        "path": str(path),
        "label": None,
        "probabilities": None,
        "is_digit": None,
        "lines": [],
        "digits": [],
    }
    try:
        read = read_file(path, recognizer)
    except digit_image.EmptyDrawing:
        return {**reading, "error": f"{path.name} is blank."}
    except DigitcnnError as trouble:
        error = str(trouble) if path.name in str(trouble) else f"{path.name}: {trouble}"
        return {**reading, "error": error}
    reading["lines"] = read.texts
    reading["digits"] = [
        _digit(digit, number) for number, line in enumerate(read.lines) for digit in line
    ]
    if len(read.digits) == 1:
        prediction = read.digits[0].prediction
        reading["label"] = prediction.label
        reading["probabilities"] = [float(p) for p in prediction.probabilities]
        reading["is_digit"] = prediction.is_digit
    return reading


def _digit(digit: Any, line: int) -> dict[str, Any]:
    prediction = digit.prediction
    return {
        "line": line,
        "box": dict(zip(("x", "y", "width", "height"), digit.box, strict=True)),
        "label": prediction.label,
        "confidence": prediction.confidence,
        "is_digit": prediction.is_digit,
        "probabilities": [float(p) for p in prediction.probabilities],
    }


def _show(readings: list[dict[str, Any]]) -> None:
    """One digit a picture as a table; pictures of several as their lines."""
    single = [r for r in readings if r["label"] is not None or not r["digits"]]
    if single:
        header = ("picture", "digit", "sure", "or else")
        click.echo(table(header, [_row(r) for r in single], "lrrl"))
    for reading in readings:
        if reading["label"] is not None or not reading["digits"]:
            continue
        if len(readings) > 1:
            click.echo(click.style(reading["path"], bold=True))
        for line in reading["lines"]:
            click.echo(line)


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
