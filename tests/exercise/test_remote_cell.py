"""A program in the sandbox has the same cell, in the same time, as one in the grader's own process."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest
from exercise_rig import QUICK, sandboxed, traced

from cellkit.exercise.host import RemoteProgram
from cellkit.exercise.sandbox import protection
from cellkit.exercise.student import ProcessLimits, ProgramText
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions

pytestmark = pytest.mark.skipif(protection().missing is not None, reason="this machine has no sandbox")

# Special operations of a program: narrowing, frames, a stop from another task, a timeout, a cancelled task, a
# replaced motion, waiting for a signal that a task of its own sets, listeners, errors with their fields, data.
ALL = """
import asyncio
import numpy as np
from cellkit.devices import Arm, Freedrive, Grip, Load, ParallelGripper, Servoing, Waypoint
from cellkit.errors import CommandRejected, DeviceBusy, GraspLost, MotionAborted, MotionTimeout
from cellkit.geometry import Pose
from cellkit.timing import now

async def main(cell):
    arm, hand, station = cell.arm("robot"), cell.gripper("hand"), cell.io("station")
    assert isinstance(arm, Servoing) and isinstance(arm, Freedrive) and isinstance(hand, ParallelGripper)
    assert cell.device("robot", Arm) is arm and "table" in arm.frames and not arm.busy
    assert arm.tool.name == hand.model.id and hand.model.tcp == arm.tool.tcp.position[2]
    heard = []
    forget = arm.on_event(lambda event: heard.append((round(event.time, 6), event.what)))
    await arm.move_joint(arm.home, speed=0.5)
    here = (await arm.state()).tcp
    arm.set_frame("bench", here)
    await arm.move_linear(Pose.from_rpy((0, 0, -0.05), frame="bench"))
    await arm.move_path([Waypoint(here.offset(x=0.05), 0.01), Waypoint(here, 0.0)], speed=0.2)
    going = asyncio.ensure_future(arm.move_linear(here.offset(z=-0.2), speed=0.05))
    await asyncio.sleep(0.5)
    assert arm.busy and (await arm.state()).moving
    try:
        await arm.move_linear(here)
    except DeviceBusy as error:
        cell.note(f"{type(error).__name__} {error.device} {error}")
    await arm.stop()
    try:
        await going
    except MotionAborted as error:
        cell.note(f"{error.message} at {now():.6f}")
    try:
        async with asyncio.timeout(0.3):
            await arm.move_linear(here, speed=0.01)
    except TimeoutError:
        cell.note(f"timeout at {now():.6f}, moving {(await arm.state()).moving}")
    going = asyncio.ensure_future(arm.move_joint(arm.home, speed=0.1))
    await asyncio.sleep(0.2)
    await arm.move_joint(arm.home, speed=0.9, replace=True)
    cell.note(f"{type(going.exception()).__name__}")
    going = asyncio.ensure_future(arm.move_joint(arm.home + 0.2, speed=0.1))
    await asyncio.sleep(0)
    going.cancel()
    await asyncio.wait({going})
    assert going.cancelled() and not arm.busy
    for wrong in (
        lambda: arm.move_joint(arm.home + 100),
        lambda: arm.move_pose(Pose.from_rpy((9, 0, 0))),
        lambda: arm.move_linear(Pose.from_rpy((0, 0, 0), frame="moon")),
        lambda: arm.set_payload(Load(99.0)),
        lambda: hand.grip(force=1e6),
        lambda: station.read("nothing"),
        lambda: station.wait_for("ready", timeout=0.5),
    ):
        try:
            await wrong()
        except (CommandRejected, MotionTimeout) as error:
            cell.note(f"{type(error).__name__}|{error.device}|{error.message}|{error.state}")
    try:
        await arm.move_joint()
    except TypeError as error:
        cell.note("TypeError")
    try:
        async with hand.guard():
            pass
    except GraspLost as error:
        cell.note(str(error))
    result = await hand.grip()
    assert result.grip is Grip.NO_PART and not result.held and not hand.holding
    async with asyncio.TaskGroup() as both:
        both.create_task(station.pulse("done", 0.2))
        waiting = both.create_task(station.wait_for("done"))
    await arm.servo_joint(arm.home + 0.01)
    await asyncio.sleep(0.1)
    await arm.stop()
    best = await arm.nearest(hand.grasp_poses(cell.workpiece("part"), cell.places("table")[0]))
    cell.note(f"{best} {best.frame}")
    forget()
    cell.note(json_of(heard))
    cell.report("answer", 42)
    cell.part_finished("part_1")

def json_of(value):
    import json
    return json.dumps(value)
"""


def test_everything_works_as_in_one_process(tmp_path: Path) -> None:
    here, expected = traced(tmp_path, ALL, shut_in=False)
    there, lines = traced(tmp_path, ALL, shut_in=True)
    assert here.success, here.failure
    assert there.success, there.failure
    # Events of one moment may come in another order: two processes, two queues.
    assert sorted(lines) == sorted(expected)
    assert sum(json.loads(line)["what"] == "note" for line in lines) == 15


@pytest.mark.long
def test_the_same_program_and_seed_give_the_same_trace(tmp_path: Path) -> None:
    first, _ = traced(tmp_path, ALL, shut_in=True)
    second, _ = traced(tmp_path, ALL, shut_in=True)
    assert first.trace_sha256 == second.trace_sha256


@pytest.mark.long  # importing the kinematics takes a second
def test_kinematics_work_in_the_other_process(tmp_path: Path) -> None:
    text = """\
        import numpy as np

        async def main(cell):
            arm = cell.arm("robot")
            flange = arm.kinematics.forward(arm.home)
            tcp = (await arm.state()).tcp
            assert np.allclose(flange @ arm.tool.tcp.matrix, tcp.matrix, atol=1e-6)
        """
    record, _ = sandboxed(tmp_path, text, thinking=60.0)
    assert record.success, record.failure


def test_an_error_has_the_line_of_the_program(tmp_path: Path) -> None:
    text = """\
        async def main(cell):
            await deeper(cell.arm("robot"))

        async def deeper(arm):
            await arm.move_joint(arm.home + 100)
        """
    record, seen = sandboxed(tmp_path, text)
    assert not record.success
    assert seen.failure is not None
    assert seen.failure.kind == "LimitViolation"
    assert (seen.failure.device, seen.failure.line) == ("robot", 5)
    assert [one.line for one in seen.violations] == [5]


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("async def main(cell):\n    await cell.arm('robot').fly()\n", "AttributeError", 2),
        ("async def main(cell)\n    pass\n", "is not valid Python", 1),
        pytest.param("import nothing_of_that_name\n", "ModuleNotFoundError", 1, marks=pytest.mark.long),
        pytest.param("def main(cell):\n    pass\n", "no `async def main(cell)`", None, marks=pytest.mark.long),
        pytest.param("async def main(cell):\n    cell.arm('hand')\n", "is no Arm", 2, marks=pytest.mark.long),
        pytest.param(
            "async def main(cell):\n    await cell.arm('robot').move_pose(print)\n",
            "cannot be sent to a device",
            2,
            marks=pytest.mark.long,
        ),
    ],
)
def test_mistakes_are_reported_in_words(tmp_path: Path, text: str, says: str, line: int | None) -> None:
    record, seen = sandboxed(tmp_path, text)
    assert not record.success
    assert seen.failure is not None
    assert says in seen.failure.what
    assert seen.failure.line == line
    assert not seen.ended


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "world", "fault"),
    [
        ("pick_and_place", "physics", None),
        ("pick_and_place", "physics", "lost"),
        ("press_to_force", "physics", None),
        ("feeder_pick", "physics", None),
        ("machine_tending", "kinematic", None),
        ("machine_tending", "kinematic", "lies"),
        ("shared_workspace", "kinematic", None),
    ],
)
def test_shipped_programs_run_unchanged(name: str, world: str, fault: str | None) -> None:
    scenario, options = read_scenario(name), RunOptions(world=world, fault=fault)
    text = ProgramText(scenario.program_file.read_text(encoding="utf-8"), "program.py")
    here = Run(scenario, options).execute()
    there = Run(scenario, options, RemoteProgram(text, ProcessLimits())).execute()
    assert here.success, here.failure
    # Only the program's own side knows where it failed.
    other: dict[str, Any] = {"wall_time": 0.0, "realtime_factor": 0.0, "caused": None}
    if name == "shared_workspace":
        other["trace_sha256"] = ""  # its two tasks report events of the same moment in another order
    assert there.model_copy(update=other) == here.model_copy(update=other)
    assert (there.caused is None) == (here.caused is None)


def test_losing_a_part_ends_the_guarded_block(tmp_path: Path) -> None:
    """The grader's side loses the part; the program's wait ends at once."""
    scenario = read_scenario("pick_and_place")
    text = ProgramText(scenario.program_file.read_text(encoding="utf-8"), "program.py")
    remote = RemoteProgram(text, QUICK)
    record = Run(scenario, RunOptions(world="kinematic", quantity=1, fault="lost"), remote).execute()
    assert record.success, record.failure
    assert remote.seen.failure is not None
    assert remote.seen.failure.kind == "GraspLost"
    assert textwrap.dedent(text.text).splitlines()[remote.seen.failure.line - 1]
