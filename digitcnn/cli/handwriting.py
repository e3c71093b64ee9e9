"""``handwriting``: the digits that are made up for training."""

import os
from pathlib import Path

import click

from digitcnn.cli.terminal import json_option, native_messages_to, print_json, table


@click.command(short_help="Show the handwriting that is made up for training.")
@click.option(
    "--sheet",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a picture with samples of each style, a row a style.",
)
@click.option(
    "--augmented",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a picture of ten digits as written, and below each what augmentation makes of it.",
)
@click.option(
    "--samples",
    default=16,
    show_default=True,
    type=click.IntRange(1, 100),
    help="How many samples of each style.",
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), help="Other seed, other hands."
)
@json_option
def handwriting(
    sheet: Path | None, augmented: Path | None, samples: int, seed: int, as_json: bool
) -> None:
    """List the ways of writing that the network is taught beyond MNIST's."""
    from digitcnn.data.handwriting import style_samples
    from digitcnn.data.styles import STYLES

    styles = [{"style": name, "label": label} for name, (label, _) in STYLES.items()]
    if sheet is not None:
        from digitcnn.figures.sheets import save_sheet

        images = style_samples(samples, seed)
        captions = [
            f"{style['label']} {style['style']}" if column == 0 else ""
            for style in styles
            for column in range(samples)
        ]
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
