"""``predict``: read the digits in pictures."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitcnn.cli.terminal import (
    home_option,
    json_option,
    native_messages_to,
    print_json,
    ray_option,
    table,
)
from digitcnn.errors import DigitcnnError
from digitcnn.text import percent

if TYPE_CHECKING:
    from digitcnn.inference.recognizer import Recognizer

_MOST_PAGES = 100


@click.command()
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option(
    "--run", "run_id", metavar="RUN", help="Id of the run to use; by default the one in use."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a row for each picture to a .csv, .jsonl or .parquet file; if interrupted, the "
    "same command resumes.",
)
@click.option(
    "--layout",
    type=click.Choice(["rows", "submission"]),
    default="rows",
    show_default=True,
    help="Layout of --out; submission: ImageId and Label, as for Kaggle's Digit Recognizer.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="With --out, number of processes; by default one per processor.",
)
@ray_option("With --out, read")
@home_option
@json_option
def predict(
    images: tuple[str, ...],
    run_id: str | None,
    out: Path | None,
    layout: str,
    workers: int | None,
    cluster: str | None,
    home: Path,
    as_json: bool,
) -> int:
    """Read the digits in each picture.

    IMAGE is a photo of numbers on paper, in one or more lines, or a picture of one digit (a
    drawing, a scan, a screenshot), dark on light or light on dark, of any size and format (PNG,
    JPEG, WebP, HEIC, ...), or a PDF or TIFF of up to 100 pages. A page that lies on its side is
    rotated. A digit that can't be read is shown as "?", any other sign as "\u00b7"; digits with a
    confidence below 90% are listed after their line.

    IMAGE may be a folder, which is searched recursively; a pattern in quotes, such as
    "scans/**/*.png"; a .txt file with one path per line, or - for such a list on standard input;
    with --ray also an address, such as s3://bucket/scans. With --out, it may also be a table of
    digits: CSV like Kaggle's test.csv, .npy or .npz.
    """
    from digitcnn.cli import predicting
    from digitcnn.inference.bulk import sources
    from digitcnn.inference.recognizer import Recognizer
    from digitcnn.runs.store import current_run, find_run
    from digitcnn.settings import settings

    if run_id is None:
        run, complaints = current_run(home)
        for complaint in complaints:
            click.echo(complaint, err=True)
    else:
        run = find_run(home, run_id)
    if cluster is not None and out is None:
        raise click.UsageError("--ray needs --out, the file to write the rows to.")
    if out is not None and cluster is not None:
        return predicting.to_file(predicting.asked(images), run, out, layout, workers, cluster)
    paths = sources.pictures(images, sys.stdin)
    if out is not None:
        return predicting.to_file(paths, run, out, layout, workers)
    with native_messages_to(os.devnull):
        recognizer = Recognizer(run, settings().backend)
        readings = [reading for path in paths for reading in _readings(recognizer, path)]
    if as_json:
        print_json(readings)
    else:
        _show(readings)
    for reading in readings:
        if left_out := reading.get("pages_left_out"):
            name, n_pages = Path(reading["path"]).name, _MOST_PAGES + left_out
            complaint = f"{name} has {n_pages} pages; the first {_MOST_PAGES} were read."
            click.echo(complaint, err=True)
    failures = [reading["error"] for reading in readings if "error" in reading]
    for failure in failures:
        click.echo(click.style(failure, fg="red"), err=True)
    return 2 if failures else 0


def _readings(recognizer: "Recognizer", path: Path) -> list[dict[str, Any]]:
    """What was read in a picture file, page by page."""
    first, n_pages = _reading(recognizer, path, 0)
    readings = [first]
    for page in range(1, min(n_pages, _MOST_PAGES)):
        readings.append(_reading(recognizer, path, page)[0])
    if n_pages > 1:
        for page, reading in enumerate(readings):
            reading |= {"page": page + 1, "is_of_many": True}
    if n_pages > _MOST_PAGES:
        readings[-1]["pages_left_out"] = n_pages - _MOST_PAGES
    return readings


def _reading(recognizer: "Recognizer", path: Path, page: int) -> tuple[dict[str, Any], int]:
    """What was read in a page, and how many pages there are."""
    from digitcnn.inference.photos import record
    from digitcnn.inference.photos.picture import n_pages, read_file
    from digitcnn.preprocessing import digit_image

    reading: dict[str, Any] = {
        "path": str(path),
        "label": None,
        "probabilities": None,
        "is_digit": None,
        "lines": [],
        "digits": [],
        "marks": [],
    }
    try:
        read = read_file(path, recognizer, page)
    except digit_image.EmptyDrawing:
        return {**reading, "error": f"{path.name} is blank."}, n_pages(path)
    except DigitcnnError as trouble:
        n = n_pages(path)
        name = path.name if n == 1 else f"{path.name}, page {page + 1}"
        error = str(trouble) if path.name in str(trouble) else f"{name}: {trouble}"
        return {**reading, "error": error}, n
    reading |= record.to_plain(read)
    if len(read.digits) == 1:
        prediction = read.digits[0].prediction
        reading["label"] = prediction.label
        reading["probabilities"] = [float(p) for p in prediction.probabilities]
        reading["is_digit"] = prediction.is_digit
    return reading, read.n_pages


def _show(readings: list[dict[str, Any]]) -> None:
    """Pictures of one digit as a table, pictures of several as lines."""
    single = [r for r in readings if _is_single(r)]
    if single:
        header = ("picture", "digit", "sure", "or else")
        click.echo(table(header, [_row(r) for r in single], "lrrl"))
    for reading in readings:
        if _is_single(reading):
            continue
        if len(readings) > 1:
            click.echo(click.style(_name(reading), bold=True))
        for number, line in enumerate(reading["lines"]):
            click.echo(line + _doubts(reading, number))


def _name(reading: dict[str, Any]) -> str:
    several = reading.get("page") and reading.get("is_of_many")
    return f"{reading['path']}, page {reading['page']}" if several else reading["path"]


def _doubts(reading: dict[str, Any], line: int) -> str:
    """The uncertain digits of a line, in words; empty if there are none."""
    digits = [digit for digit in reading["digits"] if digit["line"] == line]
    doubts = [
        f"digit {place}, {digit['label']}: {_how_sure(digit)}"
        for place, digit in enumerate(digits, start=1)
        if digit["is_digit"] and digit["is_uncertain"]
    ]
    return f"   (not sure: {'; '.join(doubts)})" if doubts else ""


def _how_sure(digit: dict[str, Any]) -> str:
    from digitcnn.inference.photos.result import UNCERTAIN

    if digit["confidence"] < UNCERTAIN:
        return percent(digit["confidence"])
    return "touches its neighbour"


def _is_single(reading: dict[str, Any]) -> bool:
    return (reading["label"] is not None and not reading["marks"]) or not reading["digits"]


def _row(reading: dict[str, Any]) -> tuple[str, ...]:
    if reading["label"] is None:
        return (_name(reading), "–", "–", "could not be read")
    probabilities, label = reading["probabilities"], reading["label"]
    runner_up = max((d for d in range(10) if d != label), key=probabilities.__getitem__)
    if not reading["is_digit"]:
        guess = f"does not look like a digit (best guess {label})"
        return (_name(reading), "–", percent(probabilities[label], 1), guess)
    other = f"{runner_up} ({percent(probabilities[runner_up], 1)})"
    return (_name(reading), str(label), percent(probabilities[label], 1), other)
