"""The command line: ``digitcnn``, or ``python -m digitcnn``."""

from collections.abc import Sequence

import click

from digitcnn import __version__
from digitcnn.cli.app import app
from digitcnn.cli.benchmark.group import benchmark
from digitcnn.cli.check import check
from digitcnn.cli.corrections import corrections
from digitcnn.cli.data import data
from digitcnn.cli.doctor import doctor
from digitcnn.cli.evaluate import evaluate
from digitcnn.cli.export import export
from digitcnn.cli.handwriting import handwriting
from digitcnn.cli.networks import networks
from digitcnn.cli.notebook import notebook
from digitcnn.cli.predict import predict
from digitcnn.cli.report import report
from digitcnn.cli.runs import runs
from digitcnn.cli.sweep import sweep
from digitcnn.cli.train import train
from digitcnn.errors import DigitcnnError

PROGRAM = "python -m digitcnn"


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.version_option(__version__, prog_name="digitcnn")
@click.pass_context
def cli(context: click.Context) -> None:
    """Train networks that read handwritten digits, and use them.

    A training makes a run: a network and everything known about it. One run (the starter) is
    included, so reading works at once:

    \b
        python -m digitcnn predict photo.png
        python -m digitcnn train
        python -m digitcnn runs

    To draw digits with the mouse, start the app: digitcnn app
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in (
    app,
    train,
    sweep,
    evaluate,
    check,
    predict,
    runs,
    report,
    notebook,
    export,
    networks,
    data,
    corrections,
    handwriting,
    benchmark,
    doctor,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code.

    0 for success, 1 if a command found something wrong, 2 if it could not be done (one sentence on
    standard error says why), 130 after Ctrl-C.
    """
    try:
        code = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        return 0
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else PROGRAM
        return _refuse(f"{error.format_message()} ({command} --help shows more.)")
    except click.ClickException as error:
        return _refuse(error.format_message())
    except DigitcnnError as error:
        return _refuse(str(error))
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nStopped.", err=True)
        return 130
    return code if isinstance(code, int) else 0


def _refuse(sentence: str) -> int:
    click.echo(click.style(sentence, fg="red"), err=True)
    return 2
