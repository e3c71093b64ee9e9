"""The script of the page: live paper, replay and the browser's reader in one.

A component's own code goes along with every message to it, that is with every stroke. So it is only
a loader, and the script is fetched once, as the network is.
"""

import functools
from pathlib import Path

from streamlit.runtime import Runtime

from digitcnn.inference import browser

_FOLDER = Path(__file__).parent

LOADER = browser.script(_FOLDER / "page_script.js")
_PARTS = {"paper": "live.js", "replay": "replay_panel.js"}


def part(name: str) -> dict[str, str | None]:
    """What a component with ``LOADER`` is told, so that a part of the script makes it work.

    Args:
        name: of the part, a function that the script exports: "paper" or "replay".
    """
    return {"script": address(_script(), "application/javascript", "script"), "part": name}


def address(data: bytes, mimetype: str, name: str) -> str | None:
    """Where the browser gets ``data``, below the app's own address; ``None`` without a server.

    Args:
        data: the content.
        mimetype: of the content.
        name: of the file for this session; the same name with other content takes its place.
    """
    if not Runtime.exists():
        return None
    return Runtime.instance().media_file_mgr.add(data, mimetype, name)


@functools.cache
def _script() -> bytes:
    paths = [_FOLDER / name for name in _PARTS.values()]
    return browser.script(*paths, exports=tuple(_PARTS)).encode()
