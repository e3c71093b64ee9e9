"""``data``: the data sets that can be trained and evaluated on."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitcnn.cli.terminal import counting, home_option, json_option, print_json, table
from digitcnn.text import percent

if TYPE_CHECKING:
    from digitcnn.data.digits import Digits


@click.group(invoke_without_command=True)
@home_option
@json_option
@click.pass_context
def data(context: click.Context, home: Path, as_json: bool) -> None:
    """List the data sets; get, verify or show one; find duplicates and doubtful labels.

    Wherever a command takes a data set, it takes a name from this list or your own file.
    """
    if context.invoked_subcommand is not None:
        return
    from digitcnn.data.datasets import DATASETS, is_here

    rows = [
        {
            "name": source.name,
            "title": source.title,
            "licence": source.licence,
            "source": source.home_page,
            "training": source.n_training,
            "test": source.n_test,
            "download_mb": source.size_mb,
            "here": is_here(source.name, home),
        }
        for source in DATASETS.values()
    ]
    if as_json:
        print_json(rows)
        return
    header = ("name", "here", "training", "test", "MB", "licence", "what it is")
    shown = [
        (
            row["name"],
            "yes" if row["here"] else "no",
            f"{row['training']:,}",
            f"{row['test']:,}",
            row["download_mb"] or "–",
            row["licence"],
            row["title"],
        )
        for row in rows
    ]
    click.echo(table(header, shown, "llrrr"))


@data.command()
@click.argument("name")
@home_option
def get(name: str, home: Path) -> None:
    """Download the data set NAME, unless it is here already."""
    from digitcnn.data import datasets
    from digitcnn.system.download import in_tenths

    say: Callable[[str], None] = click.echo
    datasets.get(name, home, in_tenths(say, name))
    click.echo(f"{datasets.source(name).title} is on this machine.")


@data.command()
@click.argument("name")
@home_option
def verify(name: str, home: Path) -> None:
    """Compare the files of the data set NAME with their checksums, and read it."""
    from digitcnn.data import datasets

    digits, wanted = datasets.load(name, home), datasets.source(name)
    click.echo(f"{wanted.title}: {len(digits):,} test digits, as they should be.")
    if not all(checksum for _, checksum in wanted.files):
        click.echo(
            "There are no published checksums: format and number of each digit were compared."
        )


@data.command()
@click.argument("name")
@click.argument("picture", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--number",
    default=160,
    show_default=True,
    type=click.IntRange(1, 2_000),
    help="How many digits.",
)
@home_option
def sheet(name: str, picture: Path, number: int, home: Path) -> None:
    """Write a PICTURE of test digits of NAME, a data set or a file."""
    from digitcnn.data import joined
    from digitcnn.figures.sheets import save_sheet

    digits = joined.named(name, home).digits[:number]
    save_sheet(picture, digits.images, [str(label) for label in digits.labels])
    click.echo(f"{picture} shows {len(digits)} digits.")


@data.command()
@click.argument(
    "sources", nargs=-1, required=True, metavar="DRAWINGS...", type=click.Path(path_type=Path)
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write: .npz, .csv as on Kaggle (label, then 784 pixels), or .zip of PNG "
    "pictures with a folder for each digit.",
)
def drawings(sources: tuple[Path, ...], out: Path) -> None:
    """Write your DRAWINGS as a data set.

    DRAWINGS are files that you downloaded from Draw, under "Your handwriting", or the folder in
    which an operator keeps confirmed drawings. The file can be used wherever a data set can.
    """
    from digitcnn.data import drawing_files
    from digitcnn.system import durable

    found = drawing_files.read_all(sources)
    durable.write(out, drawing_files.packed(found, out.suffix.lower()))
    click.echo(f"{out} has {len(found)} drawings.")


@data.command()
@click.argument("name")
@click.option(
    "--against", metavar="NAME", help="Compare with this data set or file instead of itself."
)
@click.option(
    "--number",
    default=20,
    show_default=True,
    type=click.IntRange(1, 1_000),
    help="How many digits.",
)
@home_option
@json_option
def duplicates(name: str, against: str | None, number: int, home: Path, as_json: bool) -> None:
    """List near-duplicates and outliers among the digits of NAME, a data set or a file.

    With --against, lists digits that are almost the same picture as one in another data set: a test
    set that shares digits with the training set flatters. mnist-training stands for MNIST's
    training digits. Pixels are compared; 10,000 digits take some seconds, 60,000 about a minute on
    one core. The result is kept, and shown on Explore.
    """
    from digitcnn.data.digits import fingerprint
    from digitcnn.evaluation import duplicates as measure
    from digitcnn.inference import digits_process

    digits = _digits(name, home)
    others = None if against is None else _digits(against, home)
    known = digits if others is None else others
    marks = fingerprint(digits), "" if others is None else fingerprint(others)
    with counting("Comparing pictures") as tell:
        found = digits_process.find_nearest(digits, others, marks, home, tell)

    def told(places: Any) -> list[dict[str, Any]]:
        return [
            {
                "digit": int(place),
                "label": int(digits.labels[place]),
                "nearest": int(found.index[place]),
                "nearest_label": int(known.labels[found.index[place]]),
                "cosine": float(found.cosine[place]),
            }
            for place in places[:number]
        ]

    pairs = found.later() if others is None else found.pairs()
    n_labelled = int((digits.labels[pairs] != known.labels[found.index[pairs]]).sum())
    near, far = told(pairs), told(found.outliers(number))
    if as_json:
        figures = {"n": len(digits), "near_duplicates": len(pairs), "labels_differ": n_labelled}
        print_json({**figures, "pairs": near, "outliers": far})
        return
    header = ("digit", "label", "most like", "label", "cosine")
    for title, listed in (("Near-duplicates", near), ("Like no other", far)):
        rows = [(f"{one['digit']:,}", one["label"], f"{one['nearest']:,}", one["nearest_label"],
                 f"{one['cosine']:.4f}") for one in listed]  # fmt: skip
        click.echo(f"{title}\n\n{table(header, rows, 'rrrrr')}\n" if rows else f"{title}: none\n")
    click.echo(
        f"{len(pairs):,} of {len(digits):,} digits have a near-duplicate (cosine at least "
        f"{measure.ALIKE:g}); {n_labelled:,} of them have another label than it."
    )


@data.command()
@click.argument("name")
@click.option(
    "--number",
    default=20,
    show_default=True,
    type=click.IntRange(1, 1_000),
    help="How many digits.",
)
@home_option
@json_option
def doubts(name: str, number: int, home: Path, as_json: bool) -> None:
    """List the most doubtful labels among the training digits of NAME, a data set or a file.

    A run has memorised its training digits, wrong labels included. So five small networks are
    trained on four fifths of the digits each, and judge the labels of the fifth that they have not
    seen (cross-validation). 60,000 digits take about half a minute. The result is kept, and shown
    on Explore.
    """
    from digitcnn.data import joined, mnist
    from digitcnn.data.digits import fingerprint
    from digitcnn.inference import digits_process

    if name == "mnist":
        digits = mnist.load_part(mnist.find(home=home) or mnist.download(home), "train")
    else:
        digits = joined.training_digits(joined.absolute(name), home)
    with counting("Judging labels") as tell:
        found = digits_process.judge_labels(digits, fingerprint(digits), home, tell)
    rows = [
        {
            "digit": int(place),
            "label": int(digits.labels[place]),
            "read_as": int(found.suggested[place]),
            "self_confidence": float(found.self_confidence[place]),
            "confidently_other": bool(found.confidently_other[place]),
        }
        for place in found.order[:number]
    ]
    n_other = int(found.confidently_other.sum())
    if as_json:
        print_json({"n": len(digits), "confidently_other": n_other, "doubts": rows})
        return
    shown = [
        (f"{row['digit']:,}", row["label"], row["read_as"], percent(row["self_confidence"]),
         "confidently" if row["confidently_other"] else "")
        for row in rows
    ]  # fmt: skip
    header = ("digit", "label", "read as", "certainty of the label", "wrong")
    click.echo(table(header, shown, "rrrr"))
    click.echo(
        f"\n{n_other:,} of {len(digits):,} labels are confidently wrong, as judged by networks "
        "that were not trained on them."
    )


def _digits(name: str, home: Path) -> "Digits":
    """The test digits of a data set, all of a file, or MNIST's training digits."""
    from digitcnn.data import joined, mnist

    if name in ("mnist", "mnist-training"):
        part: Any = "train" if name.endswith("-training") else "test"
        return mnist.load_part(mnist.find(home=home) or mnist.download(home), part)
    return joined.named(name, home).digits
