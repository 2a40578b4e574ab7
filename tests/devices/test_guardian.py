"""The guardian stops a device when its owner dies, and only then."""

from __future__ import annotations

import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from cellkit.devices import guardian

STOP = b"stop"
PROGRAM = str(guardian._PROGRAM)
OWNER = """
import sys, time
from cellkit.devices.guardian import Guardian
guardian = Guardian("127.0.0.1", {port}, b"stop", datagram={datagram})
print(guardian._process.pid, flush=True)
sys.stdin.readline()
{end}
"""
LEFT_IN_ORDER = "guardian.close()"
CRASHED = "import os; os._exit(3)"
FAILED = "raise RuntimeError"


class Owner:
    """A process that has a guardian."""

    def __init__(self, port: int, datagram: bool, end: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER.format(port=port, datagram=datagram, end=end)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.guardian = int(self.process.stdout.readline())

    def end(self) -> None:
        """Let the process end, and its guardian too."""
        self.process.communicate("\n", timeout=30)


@pytest.fixture(params=[socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["stream", "datagram"])
def device(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    """Yield the port of a device."""
    with socket.socket(socket.AF_INET, request.param) as port:
        port.bind(("127.0.0.1", 0))
        port.settimeout(5.0)
        if request.param == socket.SOCK_STREAM:
            port.listen()
        yield port


def owner_of(device: socket.socket, end: str) -> Owner:
    return Owner(device.getsockname()[1], device.type == socket.SOCK_DGRAM, end)


def received(device: socket.socket) -> bytes:
    """Return the first message for the device."""
    if device.type == socket.SOCK_DGRAM:
        return device.recv(100)
    line, _ = device.accept()
    with line:
        line.settimeout(5.0)
        return line.recv(100)


@pytest.mark.parametrize("end", [CRASHED, FAILED])
def test_an_owner_that_dies(device: socket.socket, end: str) -> None:
    owner = owner_of(device, end)
    owner.end()
    assert received(device) == STOP


def test_an_owner_that_is_killed_after_its_guardian_got_the_same_signals(device: socket.socket) -> None:
    owner = owner_of(device, LEFT_IN_ORDER)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(owner.guardian, number)
    owner.process.kill()
    assert received(device) == STOP
    owner.process.communicate()


def test_an_owner_that_leaves_its_device_in_order(device: socket.socket) -> None:
    owner = owner_of(device, LEFT_IN_ORDER)
    owner.end()
    assert owner.process.returncode == 0
    device.settimeout(0.5)
    with pytest.raises(TimeoutError):
        received(device)


def test_a_guardian_ends_although_its_device_does_not_answer(device: socket.socket) -> None:
    owner = owner_of(device, LEFT_IN_ORDER)
    line = os.pidfd_open(owner.guardian)
    owner.process.kill()
    owner.process.communicate()
    with open(line) as end:
        assert select.select([end], [], [], 10.0)[0], "the guardian outlives its owner"


def test_on_windows_its_process_starts_apart_from_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    """With Windows' constants in place of its system: Ctrl+C there ends all processes of a console."""
    started: dict[str, Any] = {}

    def popen(command: list[str], **options: Any) -> SimpleNamespace:
        started.update(options)
        return SimpleNamespace(stdin=io.BytesIO())

    monkeypatch.setattr(signal, "pthread_sigmask", None)
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 0x0800_0000, raising=False)
    monkeypatch.setattr(subprocess, "Popen", popen)
    monkeypatch.setattr(sys, "platform", "win32")
    guardian.Guardian("127.0.0.1", 1, STOP, datagram=False)
    assert started["creationflags"] == 0x0800_0200
    assert "start_new_session" not in started


def test_its_process_needs_no_module_that_windows_lacks(device: socket.socket) -> None:
    blocked = ["fcntl", "grp", "pwd", "resource", "syslog", "termios"]
    block = f"import runpy, sys; sys.modules.update(dict.fromkeys({blocked}))"
    program = f"{block}; runpy.run_path({PROGRAM!r}, None, '__main__')"
    host, port = device.getsockname()
    order = {"host": host, "port": port, "stop": STOP.hex(), "datagram": device.type == socket.SOCK_DGRAM}
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", program], stdin=subprocess.PIPE)
    process.communicate(json.dumps(order).encode() + b"\n", timeout=30)
    assert received(device) == STOP
