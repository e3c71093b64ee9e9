"""``export``: a run's network as files that other programs read."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitcnn.cli.terminal import home_option, json_option, native_messages_to, print_json

if TYPE_CHECKING:
    from digitcnn.runs.run import Run

_NAMES = ("keras", "tflite", "savedmodel", "onnx", "run", "page")


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to; created if missing.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(_NAMES),
    help="keras: for Keras. tflite: for LiteRT, on phones and here. savedmodel: for TensorFlow "
    "Serving. onnx: for ONNX Runtime; needs pip install tf2onnx onnxruntime. run: the run itself, "
    "to share, without pictures of digits. page: one HTML file to draw on, which reads offline. "
    "May be given several times; by default the first four.",
)
@home_option
@json_option
def export(run_id: str, folder: Path, formats: tuple[str, ...], home: Path, as_json: bool) -> None:
    """Write RUN's network for other programs.

    Each file is loaded again and checked against the run on 100 digits. All take digit images,
    float32 (n, 28, 28), 0 for paper to 255 for ink. savedmodel and onnx return "probabilities",
    exactly as the run does; keras and tflite are the bare network, which sees each digit in one
    view and whose confidence is not calibrated.
    """
    from digitcnn.inference import export as exports
    from digitcnn.runs.store import find_run

    run = find_run(home, run_id)
    done: list[dict[str, Any]] = []
    for name in formats or _NAMES[:4]:
        if name == "page":
            path = _page(run, folder)
            done.append({"format": name, "path": str(path), "difference": None})
            if not as_json:
                click.echo(f"{path}: opens in any browser and reads with {run.id}")
            continue
        with native_messages_to(os.devnull):
            made = exports.export(run, folder, name)
        done.append({"format": name, "path": str(made.path), "difference": made.difference})
        if not as_json:
            click.echo(
                f"{made.path}: agrees with {run.id} on {exports.N_CHECKED} digits (largest "
                f"difference {made.difference:.0e})"
            )
    if as_json:
        print_json(done)


def _page(run: "Run", folder: Path) -> Path:
    from digitcnn.report import page
    from digitcnn.system import durable

    with native_messages_to(os.devnull):
        content = page.make(run)
    path = folder / f"{run.id}.html"
    with durable.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    durable.write(path, content)
    return path
