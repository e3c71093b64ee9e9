"""What is free here, as the system's own files tell it; and when a training would not fit."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from digitcnn.system import resources


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A system that says what a test wants: writes a file below /proc or /sys/fs/cgroup."""
    monkeypatch.setattr(resources, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(resources, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(resources, "_free_by_limit", lambda: None)

    def say(path: str, text: object) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"{text}\n")

    say("proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable:    4000000 kB")
    return say


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="Linux's")
def test_free_memory_is_no_more_than_an_independent_count():
    assert 0 < resources.free_memory_mb() <= psutil.virtual_memory().available / 1e6 * 1.1 + 200


def test_machine_without_groups_has_what_it_says(system):
    assert resources.free_memory_mb() == pytest.approx(4096, abs=0.1)


def test_group_of_the_second_version_limits(system):
    system("proc/self/cgroup", "0::/app")
    system("cgroup/app/memory.max", 690_000_000)
    system("cgroup/app/memory.current", 300_000_000)
    system("cgroup/app/memory.stat", "anon 1\ninactive_file 100000000\nfile 2")
    assert resources.free_memory_mb() == pytest.approx(490)


def test_group_of_the_first_version_limits(system):
    system("proc/self/cgroup", "5:cpu:/x\n4:memory:/app")
    system("cgroup/memory/app/memory.limit_in_bytes", 690_000_000)
    system("cgroup/memory/app/memory.usage_in_bytes", 300_000_000)
    assert resources.free_memory_mb() == pytest.approx(390)


def test_group_around_ours_limits_too(system):
    system("proc/self/cgroup", "0::/outer/inner")
    system("cgroup/outer/inner/memory.max", "max")
    system("cgroup/outer/inner/memory.current", 1)
    system("cgroup/outer/memory.max", 500_000_000)
    system("cgroup/outer/memory.current", 450_000_000)
    assert resources.free_memory_mb() == pytest.approx(50)


def test_group_is_found_where_the_container_shows_it(system):
    system("proc/self/cgroup", "0::/kubepods/pod7/container")
    system("cgroup/memory.max", 690_000_000)
    system("cgroup/memory.current", 90_000_000)
    assert resources.free_memory_mb() == pytest.approx(600)


def test_no_limit_is_none(system):
    system("proc/self/cgroup", "4:memory:/")
    system("cgroup/memory/memory.limit_in_bytes", 9223372036854771712)
    system("cgroup/memory/memory.usage_in_bytes", 5)
    assert resources.free_memory_mb() == pytest.approx(4096, abs=0.1)


def test_nonsense_from_the_system_is_passed_over(system):
    system("proc/self/cgroup", "0::/../../../etc")
    system("cgroup/memory.max", "many")
    assert resources.free_memory_mb() == pytest.approx(4096, abs=0.1)


def test_training_that_does_not_fit_is_named_with_what_it_takes(system, tmp_path):
    system("proc/self/cgroup", "0::/")
    system("cgroup/memory.max", 690_000_000)
    system("cgroup/memory.current", 150_000_000)
    assert "540 MB are free" in resources.why_not_train(tmp_path)
    system("cgroup/memory.current", 0)
    system("cgroup/memory.max", 3_000_000_000)
    assert resources.why_not_train(tmp_path) == ""


def test_full_disk_is_named(system, tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "free_disk_mb", lambda folder: 12.0)
    assert "12 MB are free" in resources.why_not_train(tmp_path)


def test_disk_of_a_folder_that_is_not_there_yet_is_its_parents(tmp_path):
    free_mb = resources.free_disk_mb(tmp_path / "not" / "yet")
    assert free_mb == pytest.approx(psutil.disk_usage(str(tmp_path)).free / 1e6, rel=0.2)


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="Linux's")
def test_process_that_gives_way_is_nice_and_goes_first():
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as process:
        resources.give_way(process.pid, 10)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == 10
        assert int(Path(f"/proc/{process.pid}/oom_score_adj").read_text()) == 500
        autogroup = Path(f"/proc/{process.pid}/autogroup")
        assert not autogroup.exists() or autogroup.read_text().endswith("nice 10\n")
        process.communicate(b"\n")
