"""Physics: a whole run over a bare PyBullet loop that makes the same world, the same steps, the same set-points.

One run is recorded at the border to PyBullet: every call that changes the engine. The bare loop repeats only these
calls, without event loop, program and sensors. It ends in the same state to the last bit, which shows that it did the
same work.
"""

from __future__ import annotations

import hashlib
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cellkit_sim.bullet

from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions
from cellkit.timing import WallTimer

ROUNDS = 9
pybullet = cellkit_sim.bullet.load_pybullet()
READS = ("get", "ray", "isConnected", "error")


class Recorder:
    """A stand-in for the pybullet module that records every call that changes the world."""

    def __init__(self, folder: Path) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self._folder = folder
        self.final = ""

    def __getattr__(self, name: str) -> Any:
        found = getattr(pybullet, name)
        if not callable(found) or name.startswith(READS):
            return found

        def noted(*args: Any, **kwargs: Any) -> Any:
            if name == "disconnect":
                self.final = state_hash(args[0])
            if name == "loadURDF":  # the file is deleted afterwards
                kept = self._folder / f"{len(self.calls)}"
                shutil.copytree(Path(args[0]).parent, kept)
                self.calls.append((name, (str(kept / Path(args[0]).name), *args[1:]), dict(kwargs)))
            else:
                self.calls.append((name, _copied(args), {key: _copied(value) for key, value in kwargs.items()}))
            return found(*args, **kwargs)

        return noted


def _copied(value: Any) -> Any:
    """Copy an argument, because the caller reuses its lists. Keep its type: PyBullet accepts no other."""
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value


def state_hash(client: int) -> str:
    """Hash the states of all joints and bodies, to the last bit."""
    digest = hashlib.sha256()
    for body in range(pybullet.getNumBodies(physicsClientId=client)):
        number = pybullet.getBodyUniqueId(body, physicsClientId=client)
        digest.update(repr(pybullet.getBasePositionAndOrientation(number, physicsClientId=client)).encode())
        for joint in range(pybullet.getNumJoints(number, physicsClientId=client)):
            digest.update(repr(pybullet.getJointState(number, joint, physicsClientId=client)[:2]).encode())
    return digest.hexdigest()


def cellkit_run() -> float:
    """Measure the wall time (s) of a run as a user has it, without building the world."""
    return Run(read_scenario("pick_and_place"), RunOptions(world="physics")).execute().wall_time


def record(folder: Path) -> Recorder:
    """Run once and record every call."""
    recorder = Recorder(folder)
    original = cellkit_sim.bullet.load_pybullet
    cellkit_sim.bullet.load_pybullet = lambda: recorder
    try:
        Run(read_scenario("pick_and_place"), RunOptions(world="physics")).execute()
    finally:
        cellkit_sim.bullet.load_pybullet = original
    return recorder


def bare_loop(recorder: Recorder) -> float:
    """Measure the wall time (s) of the recorded calls alone. Raise ``AssertionError`` if the end state differs."""
    client = pybullet.connect(pybullet.DIRECT)
    before: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []
    during: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []
    stepping = False
    for name, args, kwargs in recorder.calls:
        if name in ("connect", "disconnect"):
            continue
        stepping = stepping or name == "stepSimulation"
        mine = {**kwargs, "physicsClientId": client} if "physicsClientId" in kwargs else kwargs
        (during if stepping else before).append((getattr(pybullet, name), args, mine))
    with cellkit_sim.bullet.quiet():
        for call, args, kwargs in before:
            call(*args, **kwargs)
    timer = WallTimer()
    for call, args, kwargs in during:
        call(*args, **kwargs)
    seconds = timer.seconds()
    assert state_hash(client) == recorder.final, "the bare loop did not do the same work as the run"
    pybullet.disconnect(client)
    return seconds


def measure() -> tuple[float, float, float]:
    """Return the median ratio of the rounds (each a run and a bare loop), and the median seconds of both."""
    with tempfile.TemporaryDirectory() as folder:
        recorder = record(Path(folder))
        cellkit_run()
        rounds = [(cellkit_run(), bare_loop(recorder)) for _ in range(ROUNDS)]
    own, bare = (statistics.median(column) for column in zip(*rounds, strict=True))
    return statistics.median(one / other for one, other in rounds), own, bare
