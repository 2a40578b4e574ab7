"""``cellkit serve`` for newcomers and service managers: errors are reported, and devices are stopped first."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest
from cli_rig import Call

from tests.hears_signals import HEARS

PATIENCE = 60.0


def process_of(*arguments: str) -> subprocess.Popen[str]:
    code = HEARS + "from cellkit.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refused(*arguments: str) -> str:
    """Return the one line of a process of its own: these errors come when a gateway process has begun, or begins."""
    process = process_of("serve", *arguments)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (2, ""), err
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothere"], "unknown scenario 'nothere'"),
        (["pick_and_place", "--insecure-loopback", "--host", "0.0.0.0"], "serves 127.0.0.1 only"),
        (["pick_and_place", "--rate", "0"], "--rate 0: expected 0.1 to 100 Hz"),
        (["pick_and_place", "--record-rate", "5000"], "--record-rate 5000"),
        (["pick_and_place", "--speed", "max"], "other programs run in real time"),
        (["pick_and_place", "--on-owner-lost", "panic"], "expected stop or finish"),
        (["pick_and_place", "--nodesets", "/nowhere"], "/nowhere: --nodesets: no such folder"),
        (["pick_and_place", "--history", "/nowhere/h.db"], "no folder /nowhere"),
        (["pick_and_place", "--history-of", "*"], "needs a file for the history"),
        (["pick_and_place", "--arm", "ur50"], "ur50"),
        (["pick_and_place", "--port", "70000"], "--port 70000"),
    ],
)
def test_bad_input_is_one_line(cellkit: Call, arguments: list[str], says: str) -> None:
    assert says in cellkit("serve", *arguments).complaint()


OPEN = ("pick_and_place", "--insecure-loopback", "--port", "0")


def test_what_only_the_gateway_can_tell_is_one_line_too(tmp_path: Path) -> None:
    broken = tmp_path / "history.db"
    broken.write_text("no database", encoding="utf-8")
    assert str(broken) in refused(*OPEN, "--history", str(broken))
    assert broken.read_text(encoding="utf-8") == "no database"


@pytest.mark.long
def test_a_history_of_nothing_is_told_by_the_gateway_too(tmp_path: Path) -> None:
    told = refused(*OPEN, "--history", str(tmp_path / "new.db"), "--history-of", "MotionDevices/nobody/*")
    assert "the path of no value matches" in told


def test_a_port_that_is_taken_is_named() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port}" in refused("pick_and_place", "--insecure-loopback", "--port", str(port))


def started(*options: str) -> tuple[subprocess.Popen[str], dict[str, object]]:
    process = process_of("serve", *OPEN, "--json", *options)
    assert process.stdout is not None
    return process, json.loads(_line(process.stdout))


def _line(stream: IO[str]) -> str:
    return stream.readline()


def gateway_of(process: subprocess.Popen[str]) -> int:
    """Return the process id of the gateway: the only child."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
    assert len(children) == 1
    return int(children[0])


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = process.communicate(timeout=PATIENCE)
    return process.returncode, err


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_ctrl_c_stops_the_devices_and_then_the_server() -> None:
    process, told = started()
    assert str(told["serving"]).startswith("opc.tcp://127.0.0.1:")
    gateway = gateway_of(process)
    process.send_signal(signal.SIGINT)
    code, err = ended(process)
    assert (code, err) == (130, "cellkit: the devices were stopped and the server was ended\n")
    assert gone(gateway)


@pytest.mark.long
def test_a_service_manager_ends_it_in_order() -> None:
    process, _ = started()
    gateway = gateway_of(process)
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (0, "")
    assert gone(gateway)


@pytest.mark.long
def test_quit_on_standard_input_ends_it() -> None:
    process, _ = started()
    assert process.stdin is not None
    process.stdin.write("quit\n")
    process.stdin.flush()
    assert ended(process) == (0, "")


def test_a_dead_gateway_ends_the_cell_with_a_reason() -> None:
    process, _ = started()
    os.kill(gateway_of(process), signal.SIGKILL)
    code, err = ended(process)
    assert code == 2
    assert "gateway" in err
    assert err.endswith("; all devices were stopped\n")


def test_the_gateway_ends_when_the_cell_is_killed() -> None:
    process, _ = started()
    gateway = gateway_of(process)
    process.kill()
    ended(process)
    for _ in range(600):
        if gone(gateway):
            return
        os.sched_yield()
        signal.sigtimedwait([], 0.1)
    raise AssertionError("the gateway did not end with its cell")
