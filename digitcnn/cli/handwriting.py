"""``handwriting``: synthetic digits for training."""

import os
from pathlib import Path

import click
import numpy as np

from digitcnn.cli.terminal import json_option, native_messages_to, print_json, table


@click.group(
    short_help="Show the synthetic handwriting used for training; fit its stroke model.",
    invoke_without_command=True,
)
@click.option(
    "--sheet",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a picture with samples of each style, one row per style, then of the digits "
    "sampled from the stroke model.",
)
@click.option(
    "--augmented",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a picture of ten digits, with augmented versions below each.",
)
@click.option(
    "--samples",
    default=16,
    show_default=True,
    type=click.IntRange(1, 100),
    help="Samples per style.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Random seed.")
@json_option
@click.pass_context
def handwriting(
    context: click.Context,
    sheet: Path | None,
    augmented: Path | None,
    samples: int,
    seed: int,
    as_json: bool,
) -> None:
    """List the handwriting styles that the network is taught beyond MNIST's."""
    if context.invoked_subcommand:
        return
    from digitcnn.data import stroke_model
    from digitcnn.data.handwriting import learned_samples, style_samples
    from digitcnn.data.styles import STYLES

    styles = [{"style": name, "label": label} for name, (label, _) in STYLES.items()]
    if sheet is not None:
        from digitcnn.figures.sheets import save_sheet

        images = np.concatenate(
            [
                style_samples(samples, seed),
                learned_samples(samples, stroke_model.load(), seed),
            ]
        )
        titles = [f"{style['label']} {style['style']}" for style in styles]
        titles += [f"{digit} learned" for digit in stroke_model.DIGITS]
        captions = [title if not column else "" for title in titles for column in range(samples)]
        save_sheet(sheet, images.reshape(-1, 28, 28), captions, samples)
    if augmented is not None:
        from digitcnn.system import durable
        from digitcnn.training.samples import augmentation_png

        with native_messages_to(os.devnull):
            durable.write(augmented, augmentation_png())
    if as_json:
        print_json(styles)
        return
    click.echo(table(("digit", "style"), [(row["label"], row["style"]) for row in styles]))
    if sheet is not None:
        click.echo(f"\n{sheet} shows {samples} of each.")


@handwriting.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The .npz file to write, for train --stroke-model.",
)
@json_option
def fit(files: tuple[Path, ...], output: Path, as_json: bool) -> None:
    """Fit the stroke model to FILES of pen digits or letters.

    Training digits are then sampled from it, and letters that the network is to refuse. Each
    component of the model stands for at least 25 drawings. Needs scikit-learn.
    """
    from digitcnn.benchmarks.accuracy import stroke_file
    from digitcnn.data import stroke_model_fit
    from digitcnn.system import durable

    drawings = []
    for path in files:
        read = stroke_file.read_characters(path)
        drawings += [(str(read.labels[i]), read.ink(i)) for i in range(len(read))]
    model = stroke_model_fit.fit(drawings)
    content = model.to_bytes()
    durable.write(output, content)
    figures = {
        "path": str(output),
        "drawings": len(drawings),
        "components": len(model),
        "fewest_drawings": model.fewest,
        "characters": model.labels,
        "kb": len(content) / 1000,
    }
    if as_json:
        print_json(figures)
        return
    click.echo(
        f"{output}: {len(model)} components for {len(model.labels)} characters, from "
        f"{len(drawings):,} drawings, at least {model.fewest} each; {figures['kb']:.0f} kB."
    )
