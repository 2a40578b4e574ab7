"""Arms stop when the process that moves them ends by Ctrl+C, SIGTERM, SIGHUP or SIGKILL, over real sockets."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
from cell_rig import Job

from cellkit import registry
from cellkit.quality import wire_drivers
from cellkit.timing import now, run
from tests.hears_signals import HEARS

PATIENCE = 60.0
STANDSTILL = 1.0  # s of cell time from the signal to the arm at rest, plus the time that this computer stood still
LOOK = 0.01
STANDS = 0.5  # s without a change of a joint
SCENARIO = "schema: cellkit/scenario/1\nname: x\ntitle: x\ncell: cell.yaml\nprogram: program.py\n"
PROGRAM = """
async def main(cell):
    arm = cell.arm("robot")
    goal = arm.home.copy()
    goal[0] += TURN
    await arm.move_joint(goal, speed=0.03)
"""
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]
TO_AND_FRO = """
async def main(cell):
    arm = cell.arm("robot")
    goal = arm.home.copy()
    goal[0] += 0.1
    for _ in range(200):
        await arm.move_joint(goal, speed=0.2)
        await arm.move_joint(arm.home, speed=0.2)
"""
TURN = 1.0  # rad; at this speed a matter of many seconds
BLOCKING = """
import sys
from cellkit.blocking import open_cell
arm = open_cell(sys.argv[1], path="live", speed=1).arm("robot")
goal = arm.home.copy()
goal[0] += TURN
arm.move_joint(goal, speed=0.03)
"""
RUN = "from cellkit.cli import main; main()"


def usual_arms() -> list[str]:
    """Return the usual arm of every vendor."""
    specs = [spec for spec in wire_drivers("arm") if spec.rig is not None]
    return [registry.load_object(str(spec.rig)).usual for spec in specs]  # type: ignore[attr-defined]


def speed_of(model: str) -> float:
    """Return the speed of cell time: a busy machine cannot keep Franka's 1 kHz over sockets, but a tenth of it."""
    spec = registry.driver_of_model(model)
    return 0.1 if spec is not None and spec.name == "franka" else 1.0


def rests_short_of_its_goal(job: Job, model: str, number: int, command: list[str]) -> int:
    """Let another process move a virtual arm and send it the signal. Return its exit code; the arm rests by then."""
    spec = registry.driver_of_model(model)
    assert spec is not None
    rig = registry.load_object(str(spec.rig))(sockets=True).rig("arm", model)  # type: ignore[operator]
    (job.file.parent / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    (job.file.parent / "program.py").write_text(PROGRAM.replace("TURN", str(TURN)), encoding="utf-8")

    async def main() -> int:
        await rig.start()
        settings = rig.device.config.model_dump_json(exclude_unset=True)
        job.write(f"robot: {{kind: arm, model: {model}, wire: {{settings: {settings}}}}}")
        start = rig.true_joints()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: ASYNC220
        try:
            await until(lambda: abs(rig.true_joints()[0] - start[0]) > 0.01, process)
            process.send_signal(number)
            took = await time_to_standstill(rig)
            assert took < STANDSTILL, f"the arm came to rest {took:.2f} s after the signal"
            while process.poll() is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            rest = rig.true_joints()
            assert np.abs(rest - start)[0] < TURN / 2, "it went on"
            await asyncio.sleep(STANDS)
            assert np.abs(rig.true_joints() - rest).max() < 1e-9, "it still moves"
            return process.returncode
        finally:
            process.kill()
            if process.stdout is not None and not process.stdout.closed:
                process.communicate()
            await rig.finish()

    return run(main(), speed=speed_of(model))


async def time_to_standstill(rig: Any) -> float:
    """Return how long (s) the arm moves from now on, less the time for which this computer stood still."""
    begun, before = now(), rig.true_joints()
    looked = changed = begun
    stalled = lost = 0.0
    while now() - changed < STANDS:
        await asyncio.sleep(LOOK)
        stalled += max(0.0, now() - looked - 2 * LOOK)
        looked = now()
        joints = rig.true_joints()
        if np.abs(joints - before).max() > 1e-9:
            before, changed, lost = joints, looked, stalled
    return changed - begun - lost


async def until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "the arm never moved"
        await asyncio.sleep(0.01)


def ends() -> list[Any]:
    """Return every arm with every signal; all but one of each arm's are long, so that each signal ends several arms."""
    return [
        pytest.param(model, number, id=f"{model}-{number.name}", marks=[] if at % 4 == place else [pytest.mark.long])
        for at, model in enumerate(usual_arms())
        for place, number in enumerate(SIGNALS)
    ]


@pytest.mark.parametrize(("model", "number"), ends())
def test_an_arm_on_the_live_path_stops_when_its_process_ends(job: Job, model: str, number: int) -> None:
    scenario = str(job.file.parent / "scenario.yaml")
    command = [sys.executable, "-c", HEARS + RUN, "run", scenario, "--path", "live", "--speed", str(speed_of(model))]
    code = -number if number == signal.SIGKILL else 128 + number
    assert rests_short_of_its_goal(job, model, number, command) == code


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.long)],
    ids=lambda number: number.name,
)
def test_an_arm_that_a_blocking_script_moves_stops_too(job: Job, number: int) -> None:
    script = HEARS + BLOCKING.replace("TURN", str(TURN))
    command = [sys.executable, "-c", script, str(job.file.parent / "scenario.yaml")]
    assert rests_short_of_its_goal(job, "gp7", number, command) != 0


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 50))])
def test_ctrl_c_at_a_random_moment(job: Job, seed: int) -> None:
    """Ctrl+C between the first line of the trace and three seconds later: before, during and between motions."""
    random = Random(seed)
    model = random.choice([name for name in usual_arms() if speed_of(name) == 1.0])
    after = random.uniform(0.0, 3.0)
    spec = registry.driver_of_model(model)
    assert spec is not None
    rig = registry.load_object(str(spec.rig))(sockets=True).rig("arm", model)  # type: ignore[operator]
    folder = job.file.parent
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "program.py").write_text(TO_AND_FRO, encoding="utf-8")
    trace = folder / "trace.jsonl"
    command = [sys.executable, "-c", HEARS + RUN, "run", str(folder / "scenario.yaml"), "--path", "live"]

    async def main() -> tuple[int, str]:
        await rig.start()
        settings = rig.device.config.model_dump_json(exclude_unset=True)
        job.write(f"robot: {{kind: arm, model: {model}, wire: {{settings: {settings}}}}}")
        process = subprocess.Popen(  # noqa: ASYNC220
            [*command, "--speed", "1", "--trace", str(trace)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            await until(lambda: trace.exists() and trace.stat().st_size > 0, process)
            await asyncio.sleep(after)
            process.send_signal(signal.SIGINT)
            took = await time_to_standstill(rig)
            assert took < STANDSTILL, f"the arm came to rest {took:.2f} s after Ctrl+C"
            while process.poll() is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            rest = rig.true_joints()
            await asyncio.sleep(STANDS)
            assert np.abs(rig.true_joints() - rest).max() < 1e-9, "it still moves"
            return process.returncode, process.communicate()[0]
        finally:
            process.kill()
            if process.stdout is not None and not process.stdout.closed:
                process.communicate()
            await rig.finish()

    code, output = run(main(), speed=1)
    assert code == 128 + signal.SIGINT, output
    assert "Traceback" not in output
    lines = trace.read_text(encoding="utf-8").split("\n")
    assert lines.pop() == "", "the last line of the trace is not whole"
    assert all(isinstance(json.loads(line), dict) for line in lines)
