"""``doctor``: is everything as it should be, and what to do if not."""

from dataclasses import asdict
from pathlib import Path

import click

from digitcnn.cli.terminal import home_option, json_option, print_json


@click.command()
@click.option("--quick", is_flag=True, help="Leave out starting TensorFlow, which takes seconds.")
@home_option
@json_option
def doctor(quick: bool, home: Path, as_json: bool) -> int:
    """Check the installation, and say what to do.

    Looks at versions, packages, settings, disk, memory, MNIST and runs, reads the sample digits,
    and writes to the home folder. Ends with exit code 1 if something is not as it should be.
    """
    from digitcnn import doctor as examination

    checks = []
    for check in examination.examine(home, quick):
        checks.append(check)
        if not as_json:
            mark = click.style("ok ", fg="green") if check.ok else click.style("NO ", fg="red")
            click.echo(f"{mark} {check.name:12} {check.found}")
            if check.advice:
                click.echo(f"{'':16} {check.advice}")
    ok = all(check.ok for check in checks)
    if as_json:
        print_json({"ok": ok, "checks": [asdict(check) for check in checks]})
    else:
        click.echo("\nAll is as it should be." if ok else "\nSomething is not as it should be.")
    return int(not ok)
