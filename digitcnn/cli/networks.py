"""``networks``: which networks can be trained, and what they are made of."""

from typing import Any

import click

from digitcnn.cli.terminal import json_option, print_json, table


@click.command(short_help="List the networks, or the layers of one.")
@click.argument("name", required=False)
@json_option
def networks(name: str | None, as_json: bool) -> None:
    """List the networks that can be trained; with NAME, the layers of that one."""
    from digitcnn.models import networks as architectures

    names = [architectures.network(name).name] if name else list(architectures.NETWORKS)
    entries: list[dict[str, Any]] = [
        {
            "name": each,
            "parameters": int(architectures.parameters(each)),
            "summary": architectures.network(each).summary,
            "layers": architectures.layer_table(each),
        }
        for each in names
    ]
    if as_json:
        print_json(entries)
    elif name:
        click.echo(f"{entries[0]['name']}: {entries[0]['summary']}\n")
        rows = [
            (row["layer"], "×".join(map(str, row["shape"])), f"{row['parameters']:,}")
            for row in entries[0]["layers"]
        ]
        rows.append(("Total", "", f"{entries[0]['parameters']:,}"))
        click.echo(table(("layer", "output", "parameters"), rows, "lrr"))
    else:
        rows = [(entry["name"], f"{entry['parameters']:,}", entry["summary"]) for entry in entries]
        click.echo(table(("network", "parameters", ""), rows, "lrl"))
        click.echo("\npython -m digitcnn networks NAME shows the layers of one.")
