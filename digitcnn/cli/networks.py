"""``networks``: the networks that can be trained, built in or saved."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitcnn.cli.terminal import home_option, json_option, print_json, table

if TYPE_CHECKING:
    from digitcnn.models.networks import Network

_SHOW = "show"


class _Networks(click.Group):
    """A group in which ``networks NAME`` means ``networks show NAME``."""

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if arguments[0] not in self.commands:
            arguments = [_SHOW, *arguments]
        return super().resolve_command(context, arguments)


@click.group(
    cls=_Networks,
    invoke_without_command=True,
    short_help="List the networks, or the layers of one; add one of your own.",
    subcommand_metavar="[NAME | COMMAND [ARGS]...]",
)
@home_option
@json_option
@click.pass_context
def networks(context: click.Context, home: Path, as_json: bool) -> None:
    """List the networks that can be trained; with NAME, the layers of that one.

    A network of your own is described by a file, JSON or YAML:

    \b
        {"name": "my-net", "layers": [
          {"kind": "conv", "filters": 16, "kernel": 3, "stride": 2},
          {"kind": "relu", "name": "block_1"},
          {"kind": "conv", "filters": 16, "kernel": 3}, "norm",
          {"kind": "add", "of": "block_1"}, "relu",
          {"kind": "maxpool", "width": 2}, "flatten",
          {"kind": "dropout", "rate": 0.2},
          {"kind": "dense", "units": 10}]}

    "networks export NAME" writes any network as such a file, to start from. The editor on the
    Train page makes them as well.
    """
    context.obj = home, as_json
    if context.invoked_subcommand is None:
        _list(home, as_json)


@networks.command(_SHOW)
@click.argument("name")
@json_option
@click.pass_obj
def show(options: tuple[Path, bool], name: str, as_json: bool) -> None:
    """Show the layers of the network NAME, which may be a file."""
    from digitcnn.runs import custom_networks

    home, as_json_before = options
    entry = _entry(custom_networks.asked(home, name))
    if as_json or as_json_before:
        print_json([entry])
        return
    click.echo(f"{entry['name']}: {entry['summary']}\n")
    rows = [
        (row["layer"], "×".join(map(str, row["shape"])), f"{row['parameters']:,}")
        for row in entry["layers"]
    ]
    rows.append(("Total", "", f"{entry['parameters']:,}"))
    click.echo(table(("layer", "output", "parameters"), rows, "lrr"))


@networks.command()
@click.argument("source", metavar="FILE|RUN")
@click.option("--name", help="Name to save it under; by default the one in the file.")
@click.option("--replace", is_flag=True, help="Replace the saved network of that name.")
@click.pass_obj
def add(options: tuple[Path, bool], source: str, name: str | None, replace: bool) -> None:
    """Save the network in FILE, or that of RUN, under its name."""
    from dataclasses import replace as changed

    from digitcnn.models import description, network_file
    from digitcnn.models import networks as architectures
    from digitcnn.runs import custom_networks, store

    home, _ = options
    if network_file.is_file(source):
        found = network_file.load(Path(source), name or "")
    else:
        card = store.find_run(home, source).card
        found = card.custom_network or architectures.network(card.network)
        found = changed(found, name=description.proper_name(name or found.name))
    custom_networks.save(home, found, replace)
    click.echo(
        f"{found.name} is saved: {architectures.parameters(found):,} parameters. "
        f"To train it: python -m digitcnn train --network {found.name}"
    )


@networks.command()
@click.argument("name")
@click.pass_obj
def remove(options: tuple[Path, bool], name: str) -> None:
    """Delete the saved network NAME; runs trained with it stay."""
    from digitcnn.runs import custom_networks

    custom_networks.remove(options[0], name)
    click.echo(f"{name} is removed. Runs trained with it stay and keep its description.")


@networks.command()
@click.argument("name")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, .json or .yaml; by default JSON to standard output.",
)
@click.pass_obj
def export(options: tuple[Path, bool], name: str, output: Path | None) -> None:
    """Write the network NAME, built in or saved, as a file to start from."""
    from digitcnn.models import network_file
    from digitcnn.runs import custom_networks
    from digitcnn.system import durable

    found = custom_networks.asked(options[0], name)
    if output is None:
        click.echo(network_file.written(found), nl=False)
        return
    if output.suffix.lower() not in network_file.ENDINGS:
        endings = ", ".join(network_file.ENDINGS)
        raise network_file.UnreadableNetwork(f"{output.name} must end in {endings}.")
    durable.write(output, network_file.written(found, output.name).encode())
    click.echo(f"{output} describes {found.name}. Give it another name before you add it.")


def _list(home: Path, as_json: bool) -> None:
    from digitcnn.models import networks as architectures
    from digitcnn.runs import custom_networks

    saved = custom_networks.saved(home)
    own = [each.network for each in saved if each.network]
    entries = [_entry(each) for each in [*architectures.NETWORKS.values(), *own]]
    if as_json:
        print_json(entries)
        return
    rows = [(entry["name"], f"{entry['parameters']:,}", entry["summary"]) for entry in entries]
    click.echo(table(("network", "parameters", ""), rows, "lrl"))
    for each in saved:
        if each.reason:
            click.echo(f"{each.name}: damaged. {each.reason}", err=True)
    click.echo("\npython -m digitcnn networks NAME shows the layers of a network.")


def _entry(network: "Network") -> dict[str, Any]:
    from digitcnn.models import networks as architectures

    return {
        "name": network.name,
        "parameters": int(architectures.parameters(network)),
        "summary": network.summary,
        "layers": architectures.layer_table(network),
        "custom": network.name not in architectures.NETWORKS,
    }
