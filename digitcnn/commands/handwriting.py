"""``handwriting``: the digits that are made up for training."""

from pathlib import Path

import click

from digitcnn.commands.terminal import json_option, print_json, table


@click.command()
@click.option(
    "--sheet",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a picture with samples of each style, a row a style.",
)
@click.option("--samples", default=16, show_default=True, type=click.IntRange(1, 100))
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@json_option
def handwriting(sheet: Path | None, samples: int, seed: int, as_json: bool) -> None:
    """List the ways of writing that the network is taught beyond MNIST's."""
    from digitcnn.handwriting import style_samples
    from digitcnn.styles import STYLES

    styles = [{"style": name, "label": label} for name, (label, _) in STYLES.items()]
    if sheet is not None:
        from digitcnn.sheets import save_sheet

        images = style_samples(samples, seed)
        captions = [
            f"{style['label']} {style['style']}" if column == 0 else ""
            for style in styles
            for column in range(samples)
        ]
        save_sheet(sheet, images.reshape(-1, 28, 28), captions, samples)
    if as_json:
        print_json(styles)
        return
    click.echo(table(("digit", "style"), [(row["label"], row["style"]) for row in styles]))
    if sheet is not None:
        click.echo(f"\n{sheet} shows {samples} of each.")
