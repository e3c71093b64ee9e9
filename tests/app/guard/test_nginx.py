"""Two replicas behind nginx, by the configuration that is there to be copied."""

import asyncio
import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from digitcnn.benchmarks.robustness.faults.bench import good_run
from digitcnn.benchmarks.robustness.visitor import Visitor
from digitcnn.benchmarks.speed import browser
from digitcnn.data import samples
from digitcnn.models import recipes
from digitcnn.runs import lock, progress, store
from tests.places import ROOT

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx (Debian: nginx-light)")


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


@contextlib.contextmanager
def nginx(folder, replicas, change=lambda conf: conf):
    """nginx before those servers; its address."""
    port = free_port()
    conf = (ROOT / ".github" / "nginx.conf").read_text(encoding="utf-8")
    conf = conf.replace("listen 80", f"listen 127.0.0.1:{port}")
    for given, replica in zip(("127.0.0.1:8501", "127.0.0.1:8502"), replicas, strict=True):
        conf = conf.replace(given, replica.url.removeprefix("http://"))
    conf = re.sub(
        r"http \{",
        "http { access_log off; "
        + " ".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        ),
        conf,
        count=1,
    )
    conf = f"daemon off; pid {folder}/pid; error_log {folder}/errors;\n{change(conf)}"
    (folder / "nginx.conf").write_text(conf)
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def replicas(home):
    variables = {"DIGITCNN_HOME": str(home), "DIGITCNN_TRAINING": "off"}
    with browser.serve(browser.APP, variables) as one, browser.serve(browser.APP, variables) as two:
        yield one, two


async def draw(url: str, **options) -> str | None:
    async with Visitor(url, **options) as visitor:
        await visitor.open()
        return (await visitor.draw(samples.sample(4))).label


def test_replicas_read_behind_it(replicas, tmp_path):
    with nginx(tmp_path, replicas) as url:
        for host in range(1, 5):  # other addresses reach other replicas
            assert asyncio.run(draw(url, local_addr=(f"127.0.3.{host}", 0))) == "4"
        with urllib.request.urlopen(url, timeout=20) as page:
            assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
        foreign = urllib.request.Request(url, headers={"Origin": "http://evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(foreign, timeout=20)


def looks(url: str, page: str) -> tuple[str, set[str]]:
    """What a page says to a new visitor, and its buttons' keys."""

    async def look():
        async with Visitor(url) as visitor:
            return (await visitor.open(page)).text, set(visitor.buttons)

    return asyncio.run(look())


def test_replicas_know_each_others_runs_and_trainings(replicas, home):
    before = store.current_run(home)[0]
    run = good_run(home, "of-both")
    try:
        for replica in replicas:
            assert run.name in looks(replica.url, "")[0]
    finally:
        store.remove(home, run.id)
    assert all(before.name in looks(replica.url, "")[0] for replica in replicas)
    with lock.hold(home):
        folder = store.new_training(home, "seen-by-both")
        told = progress.Progress(folder.name, os.getpid(), started=time.time())
        told.recipe = recipes.recipe("fast").to_dict()
        told.write(folder)
        try:
            for replica in replicas:
                assert "cancel" in looks(replica.url, "train")[1]
        finally:
            shutil.rmtree(folder)


def test_a_proxy_that_hides_the_name_or_the_upgrade_is_told(replicas, tmp_path):
    def hides(header):
        return lambda conf: re.sub(rf"proxy_set_header {header} .*;", "", conf)

    with nginx(tmp_path, replicas, hides("Host")) as url:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(url, timeout=20)
        assert refused.value.code == 403 and b"does not answer to the name" in refused.value.read()
    with nginx(tmp_path, replicas, hides("Upgrade")) as url, browser.chromium() as context:
        page = context.new_page()
        page.goto(url)
        notice = page.get_by_role("alert").filter(has_text="can't connect")
        notice.wait_for(timeout=60_000)
        assert "Host and Upgrade" in notice.inner_text()
        page.goto(replicas[0].url)
        page.locator("canvas.upper-canvas").wait_for(timeout=60_000)
        page.wait_for_timeout(13_000)
        assert not page.locator("#not-connected").count()


def test_a_killed_replica_costs_a_reload_and_no_confirmed_drawing(replicas, tmp_path):
    """The last test: one of the two is no more."""
    with nginx(tmp_path, replicas) as url, browser.chromium() as context:
        said = [replica.said() for replica in replicas]
        page = context.new_page()
        page.goto(url)
        page.locator(browser.CANVAS).wait_for(timeout=60_000)
        browser.draw(page, samples.sample(3))
        page.locator(".digit", has_text="3").first.wait_for(timeout=60_000)
        page.locator(".st-key-teach-right button:enabled").click(timeout=60_000)
        kept = page.locator(".st-key-teach", has_text="Kept as a 3")
        kept.wait_for(timeout=60_000)
        page.wait_for_timeout(500)
        served_by = next(
            replica
            for replica, before in zip(replicas, said, strict=True)
            if '"reading"' in replica.said()[len(before) :]
        )
        served_by.process.kill()
        served_by.process.wait(20)
        page.reload()
        page.locator(browser.CANVAS).wait_for(timeout=60_000)
        kept.wait_for(timeout=60_000)  # by the other replica, which never saw it drawn
