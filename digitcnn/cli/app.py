"""``app``: starts the web app of an installed package or a checkout."""

import subprocess
import sys
from pathlib import Path

import click

# Within the package once it is installed, else at the top level.
_PLACES = (Path(__file__).resolve().parents[1], Path(__file__).resolve().parents[2])


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8501,
    show_default=True,
    help="Port to listen on.",
)
@click.argument("options", metavar="[STREAMLIT OPTIONS]...", nargs=-1, type=click.UNPROCESSED)
def app(port: int, options: tuple[str, ...]) -> int:
    """Start the web app.

    STREAMLIT OPTIONS, such as --server.headless=true, go to Streamlit. Ctrl-C ends the app.
    """
    entry = next(p / "streamlit_app.py" for p in _PLACES if (p / "streamlit_app.py").is_file())
    command = [sys.executable, "-m", "streamlit", "run", str(entry), f"--server.port={port}"]
    # For this machine only, wherever the package is installed; the options may override it.
    command.append("--server.address=127.0.0.1")
    with subprocess.Popen([*command, *options]) as server:
        while True:
            try:
                return server.wait()
            except KeyboardInterrupt:
                pass  # The server got it as well, and shuts down by itself.
