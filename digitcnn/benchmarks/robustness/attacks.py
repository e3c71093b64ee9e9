"""The attacks of a hostile visitor, each against a running server.

A process of its own, ``python -m digitcnn.benchmarks.robustness.attacks NAME URL SECONDS``: whoever
attacks must not slow down the honest visitors by computing in their process. Attackers have other
addresses of this machine, where the system has them (Linux: all of 127.0.0.0/8).
"""

import asyncio
import contextlib
import io
import random
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from digitcnn.benchmarks.robustness.visitor import VisitFailed, Visitor

ORIGIN = "http://attack.example"


async def brackets(url: str, seconds: float) -> None:
    """Canvas messages of nothing but brackets: 19 MB, 3.9 MB, and 0.9 MB of them."""
    sizes = [19_000_000, 3_900_000, 900_000]
    await _again(seconds, lambda n: _say(url, n, _report("[" + "[]," * (sizes[n % 3] // 3) + "0]")))


async def reruns(url: str, seconds: float) -> None:
    """Five sessions that ask for the page a thousand times a second."""

    async def one(number: int) -> None:
        async with _visitor(url, number) as visitor:
            await visitor.open()
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                for _ in range(20):
                    await visitor.say(_rerun(visitor))
                await asyncio.sleep(0.02)

    await _all(one(number) for number in range(5))


async def sockets(url: str, seconds: float) -> None:
    """A hundred sessions of one address, each asking for the page ten times a second."""

    async def one(_: int) -> None:
        async with _visitor(url, 0) as visitor:
            await visitor.open()
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                await visitor.say(_rerun(visitor))
                await asyncio.sleep(0.1)

    await _all(one(number) for number in range(100))


async def drawings(url: str, seconds: float) -> None:
    """Five drawings of 49,000 points again and again, and five of 3,900, of a session each."""

    async def one(number: int) -> None:
        n = 49_000 if number % 2 else 3_900
        points = [["L", random.uniform(0, 280), random.uniform(0, 280)] for _ in range(n)]
        path = [["M", 1, 1], *points]
        async with _visitor(url, number) as visitor:
            await visitor.open()
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                path.append(["L", len(path) % 280, 1])  # another drawing each time
                del path[1]
                await visitor.report({"objects": [{"type": "path", "path": path}]})

    await _all(one(number) for number in range(10))


async def origins(url: str, seconds: float) -> None:
    """Handshakes from another site's page, and for another host's name."""

    async def one(number: int) -> None:
        from websockets.asyncio.client import connect
        from websockets.typing import Origin

        with contextlib.suppress(Exception):
            async with connect(
                url.replace("http", "ws", 1) + "/_stcore/stream",
                origin=Origin(ORIGIN),
                open_timeout=seconds,
                **_from(number),
            ):
                pass

    await _again(seconds, lambda n: _all(one(n * 5 + number) for number in range(5)))


async def uploads(url: str, seconds: float) -> None:
    """Uploads of 19.9 MB that no widget waits for."""
    await _again(seconds, lambda n: _put(url, n, 19_900_000))


async def photos(url: str, seconds: float) -> None:
    """Five sessions that upload 20 × 20 zigzags, which may be cut into thousands of parts."""
    await _upload_again(url, seconds, "", "way=photo", _zigzags)


async def digits(url: str, seconds: float) -> None:
    """Five sessions that have 40,000 digits evaluated, or as many as they may."""

    await _upload_again(url, seconds, "explore", "", lambda n: bars(40_000 if n % 2 else 10_000, n))


async def names(url: str, seconds: float) -> None:
    """Requests for the addresses of files: a million, and such with names of 3 MB and of 6."""
    from streamlit.proto.BackMsg_pb2 import BackMsg

    requests = [BackMsg(), BackMsg(), BackMsg()]
    requests[0].file_urls_request.file_names.extend(["a"] * 1_000_000)
    requests[1].file_urls_request.file_names.append("a" * 3_000_000)
    requests[2].file_urls_request.file_names.extend(["a" * 100] * 60_000)
    await _again(seconds, lambda n: _say(url, n, requests[n % 3]))


async def silence(url: str, seconds: float) -> None:
    """400 connections that say nothing, and 400 pages that are opened and say nothing."""
    host, port = url.removeprefix("http://").split(":")
    async with contextlib.AsyncExitStack() as stack:
        for number in range(400):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(
                    host, int(port), local_addr=_from(number % 5).get("local_addr")
                )
                stack.callback(writer.close)
        for number in range(400):
            with contextlib.suppress(Exception):
                await stack.enter_async_context(_visitor(url, number % 5))
        await asyncio.sleep(seconds)


async def caches(url: str, seconds: float) -> None:
    """Messages that would empty what all visitors share, or end the server."""
    from streamlit.proto.BackMsg_pb2 import BackMsg

    kinds = [
        BackMsg(clear_cache=True),
        BackMsg(debug_shutdown_runtime=True),
        BackMsg(set_run_on_save=True),
    ]
    await _again(seconds, lambda n: _say(url, n, *kinds * 3))


ATTACKS: dict[str, Callable[[str, float], Coroutine[Any, Any, None]]] = {
    attack.__name__: attack
    for attack in (
        brackets,
        reruns,
        sockets,
        drawings,
        origins,
        uploads,
        photos,
        digits,
        names,
        silence,
        caches,
    )
}


def _from(number: int) -> dict[str, Any]:
    """Options of a connection that comes from attacker ``number``."""
    if not sys.platform.startswith("linux"):
        return {}
    return {"local_addr": (f"127.66.6.{1 + number % 250}", 0)}


def _visitor(url: str, number: int) -> Visitor:
    return Visitor(url, local_addr=_from(number).get("local_addr"))


def _rerun(visitor: Visitor, state: str = "") -> Any:
    from streamlit.proto.BackMsg_pb2 import BackMsg

    message = BackMsg()
    message.rerun_script.query_string = ""
    if state:
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id, widget.json_value = visitor.canvas, state
    return message


def _report(value: str) -> Callable[[Visitor], Any]:
    state = f'{{"drawing": {{"raw": {value}, "data": null}}}}'
    return lambda visitor: _rerun(visitor, state)


async def _say(url: str, number: int, *messages: Any) -> None:
    async with _visitor(url, number) as visitor:
        await visitor.open()
        for message in messages:
            await visitor.say(message(visitor) if callable(message) else message)
        await asyncio.sleep(0.2)


async def _upload_again(
    url: str, seconds: float, page: str, address: str, file: Callable[[int], tuple[bytes, str]]
) -> None:
    """Five sessions that upload file after file to the uploader of a page."""

    async def one(number: int) -> None:
        end, n = time.monotonic() + seconds, number
        while time.monotonic() < end:
            with contextlib.suppress(VisitFailed, TimeoutError):
                async with _visitor(url, number) as visitor:
                    while time.monotonic() < end:
                        await visitor.open(page, address)
                        await visitor.upload(*file(n))
                        n += 1
            await asyncio.sleep(0.1)

    await _all(one(number) for number in range(5))


def bars(n_digits: int, n: int = 0) -> tuple[bytes, str]:
    """A file of digits that are a bar each, and its name; each number another one."""
    images = np.zeros((n_digits, 28, 28), np.uint8)
    images[:, 4:24, 10 + n % 8] = 200 + n % 50
    packed = io.BytesIO()
    np.savez_compressed(packed, images=images, labels=np.arange(n_digits, dtype=np.uint8) % 10)
    return packed.getvalue(), "digits.npz"


def ones(n: int) -> tuple[bytes, str]:
    """A picture of ``n`` ones, a PNG file, and its name."""
    picture = Image.new("L", (40 + 60 * n, 120), 255)
    pen = ImageDraw.Draw(picture)
    for place in range(n):
        pen.line([(45 + 60 * place, 20), (50 + 60 * place, 100)], fill=0, width=8)
    return _png(picture), "ones.png"


def _zigzags(n: int) -> tuple[bytes, str]:
    """A picture of 400 zigzags, a PNG file, and its name; each number another one."""
    width, height, teeth, apart = 80, 24 + n % 7, 8, 14
    picture = Image.new("1", (20 * (width + apart), 20 * (height + apart)), 1)
    pen = ImageDraw.Draw(picture)
    for place in range(400):
        x = place % 20 * (width + apart) + apart // 2
        y = place // 20 * (height + apart) + apart // 2
        corners = [(x + i * width // teeth, y + i % 2 * height) for i in range(teeth + 1)]
        pen.line(corners, fill=0, width=3)
    return _png(picture), "zigzags.png"


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


async def _put(url: str, number: int, n_bytes: int) -> None:
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(
        host, int(port), local_addr=_from(number).get("local_addr")
    )
    head = (
        f"PUT /_stcore/upload_file/session-{number}/file-{number} HTTP/1.1\r\n"
        f"Host: {host}:{port}\r\nCookie: _streamlit_xsrf=2|00000000|00000000|0\r\n"
        f"X-Xsrftoken: 2|00000000|00000000|0\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Content-Length: {n_bytes}\r\n\r\n"
    )
    try:
        writer.write(head.encode() + b"x" * n_bytes)
        await writer.drain()
        await reader.read(1000)
    finally:
        writer.close()


async def _all(each: Any) -> None:
    await asyncio.gather(*each, return_exceptions=True)


async def _again(seconds: float, once: Callable[[int], Awaitable[None]]) -> None:
    """Repeats an action, whatever the server answers."""
    end, n = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(max(0.1, end - time.monotonic())):
                await once(n)
        n += 1
        await asyncio.sleep(0.01)


async def _together(url: str, seconds: float) -> None:
    await _all(attack(url, seconds) for attack in ATTACKS.values())


if __name__ == "__main__":
    _, _name, _url, _seconds = sys.argv
    _attack = _together if _name == "together" else ATTACKS[_name]
    asyncio.run(_attack(_url, float(_seconds)))
