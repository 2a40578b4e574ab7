"""Commands that a signal ends: devices stop, all processes end, nothing is half written."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from cli_rig import COMMAND, trace_of

MATRIX = [*COMMAND, "matrix", "pick_and_place", "--quantity", "100000", "--arms", "ur5e,gp7,irb-120", "--jobs", "2"]


def children_of(group: int) -> list[int]:
    """Return the processes (without zombies) of a process group."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, _, pgrp = folder.joinpath("stat").read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if int(pgrp) == group and state != "Z":
                found.append(int(folder.name))
    return found


def wait_until(holds: Any, process: subprocess.Popen[str], patience: float = 60.0) -> None:
    end = time.monotonic() + patience
    while not holds():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def wait_until_gone(group: int) -> None:
    end = time.monotonic() + 60.0
    while children_of(group):
        assert time.monotonic() < end, f"left over: {children_of(group)}"
        time.sleep(0.05)


def kill_group(group: int) -> None:
    for pid in children_of(group):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("world", "speed", "quantity", "number"),
    [
        ("physics", "max", 100_000, signal.SIGINT),
        ("physics", "1", 10, signal.SIGTERM),
        ("kinematic", "1", 10, signal.SIGHUP),
    ],
)
def test_a_signal_ends_a_run(tmp_path: Path, world: str, speed: str, quantity: int, number: int) -> None:
    trace, result = tmp_path / "trace.jsonl", tmp_path / "result.json"
    options = ["--world", world, "--speed", speed, "--quantity", str(quantity)]
    process = subprocess.Popen(
        [*COMMAND, "run", "pick_and_place", *options, "--trace", str(trace), "--json", str(result)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_until(lambda: trace.exists() and '"command":"move_' in trace.read_text(), process)
        os.killpg(process.pid, number)
        out, err = process.communicate(timeout=60)
    finally:
        kill_group(process.pid)
    assert process.returncode == 128 + number, (out, err)
    assert out == ""
    assert err == f"cellkit: interrupted: all devices were stopped; the trace so far is in {trace}\n"
    events = trace_of(trace)
    closed = [event["source"] for event in events if event["what"] == "closed"]
    assert set(closed) == {"robot", "hand", "vision", "station"}
    begun = sum(event["what"] == "command" for event in events)
    ended = sum(event["what"] in ("done", "aborted", "failed") for event in events)
    assert begun == ended, "a command was left open"
    assert [one.name for one in tmp_path.iterdir()] == ["trace.jsonl"], "no result of half a run"


def ends() -> list[Any]:
    """Return every signal, early and late, to the process and to its group; long are all but one of each."""
    quick = [(signal.SIGINT, False, True), (signal.SIGTERM, True, False), (signal.SIGHUP, False, False)]
    every = [
        (number, early, to_group)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for early in (False, True)
        for to_group in (False, True)
    ]
    return [pytest.param(*row, marks=[] if row in quick else [pytest.mark.long]) for row in every]


@pytest.mark.parametrize(("number", "early", "to_group"), ends())
def test_a_signal_ends_a_matrix_and_its_processes(tmp_path: Path, number: int, early: bool, to_group: bool) -> None:
    result = tmp_path / "matrix.json"
    process = subprocess.Popen(
        [*MATRIX, "--json", str(result)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        # Parent, multiprocessing's own tracker, the process that is copied, and its copies; early: one of these.
        wait_until(lambda: len(children_of(process.pid)) >= (4 if early else 5), process)
        if not early:
            time.sleep(1.5)  # the workers run, or still start on a slow machine: both must work
        (os.killpg if to_group else os.kill)(process.pid, number)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 128 + number, (out, err)
        assert err == "cellkit: interrupted: all runs were ended\n"
        assert out == ""
        assert list(tmp_path.iterdir()) == []
        wait_until_gone(process.pid)
    finally:
        kill_group(process.pid)


def test_the_processes_of_a_matrix_do_not_outlive_a_killed_parent() -> None:
    process = subprocess.Popen(MATRIX, stdout=subprocess.DEVNULL, text=True, start_new_session=True)
    try:
        wait_until(lambda: len(children_of(process.pid)) >= 5, process)
        process.kill()
        process.wait()
        wait_until_gone(process.pid)
    finally:
        kill_group(process.pid)
