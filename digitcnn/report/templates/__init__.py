"""HTML from templates that escape whatever is filled in, so that no text can become markup.

Runs can be given away: their names, layers and errors are others' words. A room that shows HTML
keeps its templates in a folder of its own; the tables that reports and pages share are the macros
in ``tables.html`` here.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_HERE = Path(__file__).parent


def render(template: str, folder: Path = _HERE, **values: Any) -> Markup:
    """A template, filled.

    Args:
        template: its file's name.
        folder: where it is, unless here; it can import this folder's macros.
        values: what it is filled with; only what is ``Markup`` already is taken as it stands.
    """
    return Markup(_environment(folder).get_template(template).render(values))


@cache
def _environment(folder: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader([folder, _HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
    )
