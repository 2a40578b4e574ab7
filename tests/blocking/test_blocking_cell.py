"""A cell without `await`: the guarantees for a notebook or a plain script."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cellkit import blocking
from cellkit.blocking import Arm, Cell, CellClosed, Gripper, ParallelGripper, Servoing, open_cell
from cellkit.cell.cell import Cell as AsyncCell
from cellkit.devices import DeviceEvent, Load
from cellkit.errors import (
    ConfigError,
    ConnectionFailed,
    DriverNotFound,
    GraspLost,
    LimitViolation,
    MotionAborted,
    OutOfReach,
)
from cellkit.scenario.runner import RunOptions, run_scenario

EXAMPLES = Path(__file__).parents[2] / "examples"
BARE = EXAMPLES / "01_first_program.yaml"


@pytest.fixture(scope="module")
def cell() -> Iterator[Cell]:
    with open_cell(BARE, world="kinematic") as opened:
        yield opened


def pick_and_place(cell: Cell) -> None:
    """Do the work of the shipped program without any `await`."""
    arm, hand = cell.arm("robot"), cell.gripper("hand")
    vision, station, part = cell.locator("vision"), cell.io("station"), cell.workpiece("part")
    hand.release(part)
    arm.move_joint(arm.home)
    station.wait_for("tray_ready")
    for seen, nest in zip(vision.locate("part"), cell.places("fixture"), strict=False):
        grasp = arm.nearest(hand.grasp_poses(part, seen.pose))
        arm.move_pose(grasp.offset(z=-0.08))
        arm.move_linear(grasp)
        assert hand.grip(part).held
        arm.set_payload(Load(part.mass))
        arm.move_linear(grasp.offset(z=-0.08))
        with hand.guard():
            goal = arm.nearest(hand.grasp_poses(part, nest.offset(z=part.size[2] / 2 + 0.001)))
            arm.move_pose(goal.offset(z=-0.08), speed=0.7, acceleration=0.7)
            arm.move_linear(goal)
            hand.release(part)
            arm.set_payload(Load())
            arm.move_linear(goal.offset(z=-0.08))
        cell.part_finished(seen.name)
    station.pulse("tray_done")
    arm.move_joint(arm.home)


@pytest.mark.parametrize("path", ["direct", "wire"])
def test_the_same_work_takes_the_same_time_as_awaited(path: str) -> None:
    options = {"world": "kinematic", "path": path, "quantity": 2, "seed": 3}
    with open_cell("pick_and_place", **options) as cell:  # type: ignore[arg-type]
        pick_and_place(cell)
        record = cell.result()
    awaited = run_scenario("pick_and_place", RunOptions(**options))  # type: ignore[arg-type]
    assert record.success
    assert record.parts_good == 2
    assert record.cycle_time.list == pytest.approx(awaited.cycle_time.list, abs=1e-9)
    if path == "direct":
        assert record.trace_sha256 == awaited.trace_sha256, "bit by bit: calls from a thread add no event"
    assert record.program_sha256 != awaited.program_sha256


def test_virtual_time_stands_still_between_calls(cell: Cell) -> None:
    arm = cell.arm("robot")
    arm.move_joint(arm.home)
    before = cell.time
    time.sleep(0.05)
    assert cell.time == before
    cell.wait(3600.0)
    assert cell.time == before + 3600.0


def test_paced_time_goes_on_between_calls() -> None:
    with open_cell(BARE, world="kinematic", speed=50) as cell:
        before = cell.time
        while cell.time < before + 1.0:
            time.sleep(0.005)


def test_wrappers_have_the_interfaces_of_their_device(cell: Cell) -> None:
    arm, hand = cell.arm("robot"), cell.gripper("hand")
    assert isinstance(arm, Arm)
    assert isinstance(arm, Servoing)
    assert isinstance(hand, ParallelGripper)
    assert arm == cell.device("robot", Arm)
    assert cell.device("robot", Servoing) == arm
    assert cell.roles == ("robot", "hand")
    assert repr(arm) == "<Arm 'robot' (ur5e)>"
    assert repr(cell).startswith("<Cell 'first_cell': robot, hand; ")
    np.testing.assert_array_equal(arm.home, arm.model.home)
    hand.move(0.05)
    assert hand.state().width == pytest.approx(0.05, abs=1e-3)


def test_wrong_roles_and_kinds_are_reported(cell: Cell) -> None:
    with pytest.raises(ConfigError, match="did you mean robot"):
        cell.arm("robt")
    with pytest.raises(ConfigError, match="role 'robot' is a VirtualArm, not a Gripper"):
        cell.device("robot", Gripper)


def test_errors_keep_class_and_fields_and_a_short_traceback(cell: Cell) -> None:
    arm = cell.arm("robot")
    with pytest.raises(OutOfReach) as caught:
        arm.move_pose(cell.places("left")[0].shifted(x=3.0))
    assert caught.value.device == "robot"
    assert "beyond the reach" in caught.value.message
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert [Path(frame.filename).name for frame in frames] == [Path(__file__).name, "wrapper.py", "portal.py"]


def test_two_threads_work_side_by_side_and_stop_gets_through(cell: Cell) -> None:
    arm = cell.arm("robot")
    arm.move_joint(arm.home)
    heard = threading.Event()

    def keep_stopping() -> None:
        while not heard.is_set():
            arm.stop()

    def keep_moving() -> None:
        while True:
            arm.move_joint(arm.home + 0.5, speed=0.1)
            arm.move_joint(arm.home, speed=0.1)

    stopper = threading.Thread(target=keep_stopping)
    stopper.start()
    try:
        with pytest.raises(MotionAborted):
            keep_moving()
    finally:
        heard.set()
        stopper.join()


def test_an_async_program_runs_in_the_open_cell(cell: Cell) -> None:
    async def both(cell: AsyncCell) -> float:
        arm, hand = cell.arm("robot"), cell.gripper("hand")
        await asyncio.gather(arm.move_joint(arm.home), hand.release())
        return 42.0

    assert cell.run(both) == 42.0


def test_works_inside_a_running_loop(cell: Cell) -> None:
    async def notebook() -> float:
        return float(cell.arm("robot").state().joints.position[0])

    assert asyncio.run(notebook()) == pytest.approx(float(cell.arm("robot").home[0]), abs=2.0)


def test_a_listener_must_not_wait_for_the_cell(cell: Cell) -> None:
    arm, hand = cell.arm("robot"), cell.gripper("hand")
    errors: list[str] = []

    def listener(_event: DeviceEvent) -> None:
        try:
            arm.state()
        except RuntimeError as error:
            errors.append(str(error))

    forget = hand.on_event(listener)
    hand.release()
    forget()
    assert "own thread" in errors[0]


def test_refused_before_anything_moves(cell: Cell) -> None:
    with pytest.raises(LimitViolation, match="outside"):
        cell.arm("robot").move_joint(cell.arm("robot").home, speed=2.0)


@pytest.mark.parametrize("fault", ["lost", "silent"])
def test_a_guard_ends_the_running_call(fault: str) -> None:
    cell = open_cell("pick_and_place", world="kinematic", fault=fault, quantity=1)
    expected: type[Exception] = GraspLost if fault == "lost" else Exception
    with pytest.raises(expected), cell:
        pick_and_place(cell)
    record = cell.result()
    assert record.success, record.failure
    assert record.caused is not None


def test_a_guard_without_a_part_is_refused_at_once(cell: Cell) -> None:
    with pytest.raises(GraspLost, match="no part is held"), cell.gripper("hand").guard():
        pytest.fail("the block must not run")


def test_an_error_in_the_block_is_the_records_failure() -> None:
    opened = open_cell("pick_and_place", world="kinematic", quantity=1)
    with pytest.raises(ZeroDivisionError) as caught, opened as cell:
        print(1 / (cell.quantity - 1))
    record = opened.result()
    assert record.failure is not None
    assert "ZeroDivisionError" in record.failure.what
    assert Path(__file__).name in record.failure.where
    assert not any("portal" in frame.filename for frame in traceback.extract_tb(caught.value.__traceback__))


def test_an_error_in_the_block_of_a_bare_cell_is_the_only_one() -> None:
    with pytest.raises(ZeroDivisionError), open_cell(BARE, world="kinematic") as cell:
        print(1 / (cell.quantity - 1))
    assert cell.closed


def test_closing_twice_has_no_effect_and_later_calls_raise() -> None:
    cell = open_cell(BARE, world="kinematic")
    arm = cell.arm("robot")
    cell.close()
    cell.close()
    assert cell.closed
    assert repr(cell).endswith("closed>")
    with pytest.raises(CellClosed, match="open it again"):
        arm.state()
    with pytest.raises(ConfigError, match="without a scenario"):
        cell.result()


def test_a_running_call_raises_when_the_cell_is_closed() -> None:
    cell = open_cell(BARE, world="kinematic", speed=1)
    heard: list[BaseException] = []

    def wait() -> None:
        try:
            cell.wait(3600.0)
        except CellClosed as error:
            heard.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.05)
    cell.close()
    waiting.join()
    assert len(heard) == 1


def test_a_wait_without_end_is_reported() -> None:
    cell = open_cell(BARE, world="kinematic")
    arm = cell.arm("robot")
    arm.hold()
    with pytest.raises(RuntimeError, match="forever"):
        arm.move_joint(arm.home)
    with pytest.raises(CellClosed):
        arm.state()
    cell.close()


@pytest.mark.parametrize(
    ("reference", "options", "says"),
    [
        ("pick_and_plaice", {}, "did you mean pick_and_place"),
        ("pick_and_place", {"arm": "ur5f"}, "did you mean"),
        (BARE, {"fault": "lost"}, "without a scenario"),
        (BARE.with_name("none.yaml"), {}, "no such file"),
    ],
)
def test_wrong_choices_are_reported_in_one_line(reference: str | Path, options: dict[str, str], says: str) -> None:
    with pytest.raises((ConfigError, DriverNotFound), match=says):
        open_cell(reference, **options)  # type: ignore[arg-type]


def test_an_unreachable_device_is_reported_with_its_class(tmp_path: Path) -> None:
    wire = "model: ur5e, wire: {settings: {host: 127.0.0.9}}"
    (tmp_path / "cell.yaml").write_text(
        f"schema: cellkit/cell/1\nname: x\ndevices:\n  robot: {{kind: arm, {wire}}}\n", encoding="utf-8"
    )
    (tmp_path / "program.py").write_text("async def main(cell):\n    pass\n", encoding="utf-8")
    (tmp_path / "scenario.yaml").write_text(
        "schema: cellkit/scenario/1\nname: x\ntitle: x\ncell: cell.yaml\nprogram: program.py\n", encoding="utf-8"
    )
    with pytest.raises(ConnectionFailed, match="robot"):
        open_cell(tmp_path / "scenario.yaml", path="live", speed=1)


def test_ctrl_c_stops_the_device_first_and_the_interpreters_end_closes_the_cell() -> None:
    text = f"""
    import os, signal, threading
    from cellkit.blocking import open_cell

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it otherwise
    cell = open_cell({str(BARE)!r}, world="kinematic", speed=1)
    def on_event(event):
        print(event.device, event.what, event.data.get("why"))
        if event.what == "command":
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()

    cell.on_event(on_event)
    arm = cell.arm("robot")
    goal = arm.home + 0.8
    try:
        arm.move_joint(goal, speed=0.02)
    except KeyboardInterrupt:
        state = arm.state()
        print("interrupted, moving:", state.moving, "arrived:", abs(state.joints.position - goal).max() < 0.01)
    raise SystemExit(3)
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(text)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, "")
    lines = done.stdout.splitlines()
    assert lines.index("robot aborted cancelled") < lines.index("interrupted, moving: False arrived: False")
    assert set(lines[-2:]) == {"robot closed None", "hand closed None"}


def test_all_wrappers_are_public() -> None:
    assert all(hasattr(blocking, name) for name in blocking.__all__)
