"""HTML and SVG from templates that escape all values: no text can become markup.

Runs can be given away: their names, layers and errors are others' words. Each room keeps its
templates in a folder ``templates`` of its own, most of them files of macros, each of which is one
part of a page. This module alone knows what is markup already; no other may say so.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

_PACKAGE = Path(__file__).parents[1]


def render(template: str, part: str = "", /, **values: Any) -> Markup:
    """A template, filled.

    Args:
        template: its file, by its way from the package's folder: "report/templates/report.html".
        part: the macro of it that is wanted; the whole file if none is named.
        values: what it is filled with; only what a template gave is taken as it stands.

    Raises:
        jinja2.UndefinedError: it needs a value that was not given.
    """
    found = _template(template)
    if not part:
        return Markup(found.render(values))
    filled: Markup = getattr(found.module, part)(**values)
    return filled


def script(code: str) -> Markup:
    """Our JavaScript for a page's script element, which it can't end."""
    return Markup(code.replace("</script", "<\\/script").replace("<!--", "<\\!--"))


# Compiling one takes some milliseconds; pages fill them again at every stroke.
@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["px"] = "{:.1f}".format  # coordinates, as fine as a screen shows
    # What pages carry as JSON is long: without spaces, and in the order in which it is given.
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return environment
