"""Independent clients: each in an environment of its own, against a virtual controller in a process of its own."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bench.clients import ENVIRONMENTS

HERE = Path(__file__).parent
PATIENCE = 120.0  # s of wall time: generous, only a hang takes longer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if str(item.path).startswith(f"{HERE}/"):
            assert item.get_closest_marker("clients"), f"{item.nodeid} must be marked with pytest.mark.clients"


class VirtualRobot:
    """A running ``cellkit virtual``; its switches are thrown by words."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._said: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.states: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()
        ready = self._wait(lambda line: "serving" in line)
        self.host: str = ready["host"]
        self.ports: dict[str, int] = ready["ports"]
        self.lines: dict[str, str] = ready["lines"]

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "state" in said:
                self.states.append(said["state"])
            else:
                self._said.put(said)
        self._said.put(None)

    def _wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            said = self._said.get(timeout=PATIENCE)
            if said is None:
                assert self._process.stderr is not None
                raise AssertionError(f"the virtual controller has ended: {self._process.stderr.read()}")
            if wanted(said):
                return said

    def switch(self, word: str) -> str:
        """Throw one of its switches, with its arguments; what it said."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return str(self._wait(lambda line: line.get("switch") == word.split()[0])["said"])


@pytest.fixture
def virtual_robot() -> Callable[..., contextlib.AbstractContextManager[VirtualRobot]]:
    """Return a context manager that starts a virtual controller.

    For example ``with virtual_robot("ur5e", host="127.0.0.2", ports={"rtde": 0}) as robot``.
    """

    @contextlib.contextmanager
    def start(
        model: str, host: str = "127.0.0.1", ports: Mapping[str, int] | None = None, *options: str
    ) -> Iterator[VirtualRobot]:
        command = [sys.executable, "-m", "cellkit", "virtual", model, "--host", host, "--json", *options]
        for name, number in (ports or {}).items():
            command += ["--port", f"{name}={number}"]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
        )
        try:
            yield VirtualRobot(process)
        finally:
            process.terminate()
            process.wait(PATIENCE)
            for stream in (process.stdin, process.stdout, process.stderr):
                assert stream is not None
                stream.close()

    return start


@pytest.fixture
def client() -> Callable[..., dict[str, Any]]:
    """``client("ur", "drive_ur_rtde.py", host, …)``: run a script in the client's environment, return its JSON."""

    def drive(vendor: str, script: str, *arguments: object, requirements: str = "requirements.txt") -> dict[str, Any]:
        folder = HERE / vendor
        python = environment(folder / requirements)
        command = [str(python), str(folder / script), *(str(argument) for argument in arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, f"{script} failed:\n{done.stdout}\n{done.stderr}"
        result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return result

    return drive


def environment(requirements: Path) -> Path:
    """Return the Python of an environment with exactly the packages of a requirements file; make a missing one."""
    mark = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = ENVIRONMENTS / f"{requirements.parent.name}-{requirements.stem.removeprefix('requirements')}-{mark}"
    python, ready = folder / "bin" / "python", folder / ".ready"
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # pytest-xdist: one worker makes it
        if not ready.exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, timeout=PATIENCE)
            pip = [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
                str(requirements),
            ]
            subprocess.run(pip, check=True, timeout=10 * PATIENCE)
            ready.touch()
    return python
