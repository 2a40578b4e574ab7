"""Cell files: where things stand, what fits together, and what a program is given."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellkit import registry
from cellkit.cell import Cell
from cellkit.cell.build import BuiltCell, build_cell
from cellkit.cell.plan import CellPlan, read_cell
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import DeviceEvent
from cellkit.errors import ConfigError, DeviceBusy, MotionAborted, TaskFailed
from cellkit.models.load import load_arm
from cellkit.scenario.runner import device_factory
from cellkit.scenario.simulate import simulate
from cellkit.timing import now

REACH = load_arm("ur5e").reach.value or 0.0
SMALL = load_arm("irb-120").reach.value or 0.0
ARM = "schema: cellkit/cell/1\nname: test\ndevices:\n  robot: {kind: arm, model: ur5e%s}\n"
TWO = """
schema: cellkit/cell/1
name: two
devices:
  left: {kind: arm, model: ur5e, mount: {xyz: [0, 1, 0]}}
  right: {kind: arm, model: irb-120, mount: {in: left, xyz: ["1.0 reach", 0, 0], rpy_deg: [0, 0, 90]}}
  left_hand: {kind: gripper, model: 2f-85, on: left, adapter: {thickness: 0.01, mass: 0.1}}
  right_hand: {kind: gripper, model: vacuum, on: right, adapter: {thickness: 0.01, mass: 0.1}}
  panel: {kind: digital_io, inputs: [start], outputs: [lamp]}
frames:
  near_right: {in: right, xyz: ["0.5 reach", 0, 0]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cell.yaml"


def plan(file: Path, text: str, models: dict[str, str] | None = None) -> CellPlan:
    file.write_text(text, encoding="utf-8")
    return read_cell(file, models)


def built(file: Path, text: str, models: dict[str, str] | None = None) -> BuiltCell:
    world = create_world("kinematic", WorldSettings())
    return build_cell(plan(file, text, models), world, device_factory())


# --- layout ---------------------------------------------------------------------------------------------------------


def test_lengths_follow_the_reach_of_the_arm_they_stand_on(file: Path) -> None:
    text = ARM % "" + 'frames:\n  table: {in: robot, xyz: ["0.5 reach", "-0.25 reach", 0.1]}\n'
    for model, reach in (("ur5e", REACH), ("irb-120", SMALL)):
        position = plan(file, text, {"robot": model}).layout.frame("table").position
        assert position == pytest.approx([0.5 * reach, -0.25 * reach, 0.1])


def test_frames_stand_on_frames_whatever_their_order(file: Path) -> None:
    text = (
        ARM % ", mount: {in: floor_plate, xyz: [0, 0, 0.5]}"
        + """
frames:
  nest: {in: table, xyz: [0.1, 0, 0]}
  table: {in: robot, xyz: ["0.5 reach", 0, 0], rpy_deg: [0, 0, 90]}
  floor_plate: {xyz: [1, 2, 0]}
"""
    )
    layout = plan(file, text).layout
    assert layout.frame("robot").position == pytest.approx([1, 2, 0.5])
    assert layout.frame("table").position == pytest.approx([1 + 0.5 * REACH, 2, 0.5])
    assert layout.frame("nest").position == pytest.approx([1 + 0.5 * REACH, 2.1, 0.5]), "turned with its table"
    assert set(layout.frames) == {"world", "robot", "nest", "table", "floor_plate"}
    assert all(pose.frame == "world" for pose in layout.frames.values())


def test_a_share_of_the_reach_belongs_to_the_arm_the_frame_stands_on(file: Path) -> None:
    layout = plan(file, TWO).layout
    assert layout.frame("right").position == pytest.approx([REACH, 1, 0]), "the mount is in the left arm's reach"
    assert layout.frame("near_right").position == pytest.approx([REACH, 1 + 0.5 * SMALL, 0])


def test_a_share_of_the_reach_of_an_arm_that_is_named(file: Path) -> None:
    """A second arm stands as far from a common place as suits its own reach, whatever the first one's."""
    mount = 'mount: {in: meeting, xyz: ["-0.6 right reach", "0.1 left reach", 0]}'
    text = TWO.replace('mount: {in: left, xyz: ["1.0 reach", 0, 0], rpy_deg: [0, 0, 90]}', mount)
    text += '  meeting: {in: left, xyz: ["0.6 reach", 0, 0], rpy_deg: [0, 0, 180]}\n'
    for left, right in (("ur5e", "irb-120"), ("irb-120", "ur5e")):
        one, other = ({"ur5e": REACH, "irb-120": SMALL}[model] for model in (left, right))
        position = plan(file, text, {"left": left, "right": right}).layout.frame("right").position
        assert position == pytest.approx([0.6 * (one + other), 1 - 0.1 * one, 0])


def test_the_arm_that_a_share_names_must_be_there(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"cell.yaml:6: .0.5 robt reach.: .robt. is no arm of this cell; did"):
        plan(file, ARM % "" + 'frames:\n  here: {xyz: ["0.5 robt reach", 0, 0]}\n')
    with pytest.raises(ConfigError, match="a length is a number of metres"):
        plan(file, ARM % "" + 'frames:\n  here: {xyz: ["0.5 the robot reach", 0, 0]}\n')


def test_a_reach_needs_an_arm(file: Path) -> None:
    with pytest.raises(ConfigError, match="needs a frame that stands on an arm"):
        plan(file, ARM % ', mount: {xyz: ["1 reach", 0, 0]}')
    with pytest.raises(ConfigError, match=r"cell.yaml:6: a share of the reach needs"):
        plan(file, ARM % "" + 'frames:\n  here: {xyz: ["1 reach", 0, 0]}\n')


def test_grids_are_numbered_along_x_first_around_their_middle(file: Path) -> None:
    text = (
        ARM % "" + "places:\n  tray: {xyz: [1, 0, 0.2], rpy_deg: [0, 0, 90], columns: 3, rows: 2, pitch: [0.1, 0.2]}\n"
    )
    poses = plan(file, text).layout.places("tray")
    local = [(-0.1, -0.1), (0, -0.1), (0.1, -0.1), (-0.1, 0.1), (0, 0.1), (0.1, 0.1)]
    assert [tuple(pose.position) for pose in poses] == [pytest.approx((1 - y, x, 0.2)) for x, y in local]
    assert all(pose.rpy[2] == pytest.approx(math.pi / 2) for pose in poses)


def test_nests_leave_the_clearance_and_stand_on_every_place(file: Path) -> None:
    text = (
        ARM % ""
        + """
workpieces: {part: {size: [0.04, 0.06, 0.05], mass: 0.1}}
places: {fix: {xyz: [0.5, 0.2, 0.1], columns: 2, pitch: [0.1, 0.1]}}
structures:
  fixture:
    xyz: [0.5, 0.2, 0.1]
    shapes: [{cylinder: [0.3, 0.01], xyz: [0, 0, -0.005]}]
    nests: {place: fix, workpiece: part, clearance: 0.003, wall_height: 0.01}
"""
    )
    cell = plan(file, text)
    shapes = cell.layout.shapes("fixture", cell.file.structures["fixture"], cell.workpieces)
    assert len(shapes) == 1 + 2 * 4
    for middle in (-0.05, 0.05):
        walls = [shape for shape in shapes[1:] if abs(shape.xyz[0] - middle) < 0.05]
        assert len(walls) == 4
        inner_x = min(
            abs(wall.xyz[0] - middle) - wall.size[0] / 2 for wall in walls if abs(wall.xyz[0] - middle) > 0.01
        )
        inner_y = min(abs(wall.xyz[1]) - wall.size[1] / 2 for wall in walls if abs(wall.xyz[1]) > 0.01)
        assert inner_x == pytest.approx(0.02 + 0.003)
        assert inner_y == pytest.approx(0.03 + 0.003)
        assert all(wall.xyz[2] - wall.size[2] / 2 == pytest.approx(0) for wall in walls)


# --- what fits together ---------------------------------------------------------------------------------------------


def test_models_replace_those_of_the_file(file: Path, tmp_path: Path) -> None:
    cell = plan(file, TWO, {"right": "gp7", "left_hand": "rg2"})
    assert (cell.arms["left"].id, cell.arms["right"].id) == ("ur5e", "gp7")
    assert cell.grippers["left_hand"].id == "rg2"
    assert cell.grippers_on("left") == ("left_hand",)
    assert plan(file, ARM % "").grippers_on("robot") == ()


def test_a_model_file_lies_beside_the_cell_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = registry.model_files()["ur5e"].read_text(encoding="utf-8")
    (file.parent / "own.yaml").write_text(source.replace("id: ur5e", "id: own", 1), encoding="utf-8")
    monkeypatch.chdir("/")
    assert plan(file, (ARM % "").replace("ur5e", "own.yaml")).arms["robot"].id == "own"


def test_a_gripper_too_heavy_for_its_arm(file: Path) -> None:
    source = registry.model_files()["2f-85"].read_text(encoding="utf-8")
    heavy = source.replace("mass: {value: 0.925", "mass: {value: 7.5", 1)
    assert heavy != source
    (file.parent / "heavy.yaml").write_text(heavy, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"cell.yaml:5: 2F-85 weighs 7.5 kg, above the 5 kg payload of UR5e"):
        built(file, ARM % "" + "  hand: {kind: gripper, model: heavy.yaml, on: robot}\n")


@pytest.mark.parametrize("name", ["robot", "eye", "beam", "belt", "floor", "part_3"])
def test_names_in_the_world_are_taken_once(file: Path, name: str) -> None:
    text = (
        ARM % ""
        + """  eye: {kind: camera, pose: {xyz: [0, 0, 1]}}
  beam: {kind: proximity, pose: {xyz: [0, 0, 1]}}
  %s_io: {kind: digital_io}
workpieces: {part: {size: [0.04, 0.06, 0.05], mass: 0.1}}
conveyors: {belt: {xyz: [2, 0, 0.5], size: [1, 0.3, 0.05]}}
structures: {%s: {shapes: [{box: [0.1, 0.1, 0.1]}]}}
"""
    )
    built(file, text % ("x", "post"))
    with pytest.raises(ConfigError, match=rf"cell.yaml:\d+: '{name}' is "):
        built(file, text % ("x", name))


def test_two_arms_know_each_others_frames(file: Path) -> None:
    file.write_text(TWO)

    async def program(cell: Cell) -> None:
        left, right = cell.arm("left"), cell.arm("right")
        tip = (await right.state()).tcp
        # The same point, in the other arm's base.
        base = cell_frames["right"].inverse("right")
        assert np.allclose((cell_frames["right"] @ tip).position, (base.inverse("world") @ tip).position)
        with pytest.raises(Exception, match="unknown frame 'nowhere'; known: base, near_right, right, tcp, world"):
            await left.move_pose(type(tip)(tip.matrix, "nowhere"))

    cell_frames = read_cell(file).layout.frames
    simulate(file, program, world="kinematic")


# --- the cell of a program ------------------------------------------------------------------------------------------


def test_getters_say_what_there_is(file: Path) -> None:
    cell = built(file, TWO).cell
    assert cell.arm("left").name == "left"
    assert cell.gripper("right_hand").name == "right_hand"
    assert cell.io("panel").outputs == ("lamp",)
    for call, said in (
        (lambda: cell.arm("lift"), "cell 'two' has no device in role 'lift'; did you mean left"),
        (lambda: cell.arm("panel"), "role 'panel' is a VirtualDigitalIO; the program asks for Arm"),
        (lambda: cell.gripper("left"), "role 'left' is a VirtualArm; the program asks for Gripper"),
        (lambda: cell.camera("panel"), "the program asks for Camera"),
        (lambda: cell.locator("left"), "the program asks for Locating"),
        (lambda: cell.force_torque("left"), "the program asks for ForceTorqueSensor"),
        (lambda: cell.proximity("left"), "the program asks for ProximitySensor"),
        (lambda: cell.workpiece("part"), "has no workpiece 'part'; there are none"),
        (lambda: cell.places("tray"), "has no place 'tray'; there are none"),
    ):
        with pytest.raises(ConfigError, match=said.replace("(", r"\(")):
            call()


def test_all_devices_are_connected_and_closed_again(file: Path) -> None:
    file.write_text(TWO)
    seen: list[str] = []

    async def program(cell: Cell) -> None:
        seen.extend(device.lifecycle.value for device in cell.devices.values())

    events = simulate(file, program, world="kinematic")
    assert seen == ["open"] * 5
    assert [event.device for event in events if event.what == "connected"] == list(seen_order(TWO))
    assert [event.device for event in events if event.what == "closed"] == list(reversed(list(seen_order(TWO))))


def seen_order(text: str) -> list[str]:
    import yaml

    return list(yaml.safe_load(text)["devices"])


def test_what_was_opened_is_closed_when_one_device_fails(file: Path) -> None:
    cell = built(file, TWO).cell
    events: list[DeviceEvent] = []
    cell.on_event(events.append)
    cell.gripper("right_hand")._link.up = False  # type: ignore[attr-defined]

    async def main() -> None:
        with pytest.raises(Exception, match="right_hand: no answer"):
            await cell.connect()
        assert all(device.lifecycle.value == "closed" for device in cell.devices.values())

    from cellkit.timing import run

    run(main())
    assert [event.what for event in events] == ["connected"] * 3 + ["closed"] * 3


def test_stop_reaches_everything_that_moves(file: Path) -> None:
    file.write_text(TWO)

    async def program(cell: Cell) -> None:
        arms = [cell.arm("left"), cell.arm("right")]
        motions = [asyncio.create_task(arm.move_joint(arm.home + 0.3)) for arm in arms]
        await asyncio.sleep(0.1)
        with pytest.raises(DeviceBusy):
            await arms[0].move_joint(arms[0].home)
        await cell.stop()
        for motion in motions:
            with pytest.raises(MotionAborted):
                await motion
        for arm in arms:
            assert not (await arm.state()).joints.velocity.any()

    simulate(file, program, world="kinematic")


# --- simulate() -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", ["kinematic", "physics"])
def test_two_arms_move_at_the_same_time(file: Path, world: str) -> None:
    file.write_text(TWO)
    took: dict[str, float] = {}

    async def swing(cell: Cell, side: str, angle: float) -> None:
        arm = cell.arm(side)
        goal = arm.home.copy()
        goal[0] += angle  # about the vertical: nothing is in the way
        await arm.move_joint(goal)

    async def timed(name: str, *work: Coroutine[Any, Any, None]) -> None:
        start = now()
        await asyncio.gather(*work)
        took[name] = now() - start

    async def program(cell: Cell) -> None:
        await timed("left", swing(cell, "left", 0.3))
        await timed("right", swing(cell, "right", 1.2))
        await timed("both", swing(cell, "left", 0.0), swing(cell, "right", 0.0))

    simulate(file, program, world=world)
    assert took["left"] != pytest.approx(took["right"], abs=0.05)
    assert took["both"] == pytest.approx(max(took["left"], took["right"]), abs=0.02)


def test_simulate_raises_what_the_program_raises_and_closes_first(file: Path) -> None:
    file.write_text(TWO)
    cells: list[Cell] = []

    async def program(cell: Cell) -> None:
        cells.append(cell)
        raise TaskFailed("nothing here")

    with pytest.raises(TaskFailed, match="nothing here"):
        simulate(file, program, world="kinematic")
    assert all(device.lifecycle.value == "closed" for device in cells[0].devices.values())


def test_stock_lies_on_its_places(file: Path) -> None:
    file.write_text(
        ARM % ""
        + """  eye: {kind: camera, pose: {xyz: [0.5, 0, 1.5], rpy_deg: [180, 0, 0]}, finds: [part]}
workpieces: {part: {size: [0.04, 0.06, 0.05], mass: 0.1}}
places: {tray: {xyz: [0.5, 0, 0], columns: 3}}
stock: {part: tray}
"""
    )
    found: list[str] = []

    async def program(cell: Cell) -> None:
        await asyncio.sleep(0.1)
        parts = await cell.locator("eye").locate("part")
        for part, place in zip(parts, cell.places("tray"), strict=True):
            assert part.pose.distance(place.offset(z=0.025))[0] < 1e-6
            found.append(part.name)

    simulate(file, program, world="kinematic")
    assert found == ["part_1", "part_2", "part_3"]


def test_simulate_takes_another_factory(file: Path) -> None:
    from cellkit_virtual.driver import VirtualDevices

    made: list[str] = []

    class Watched(VirtualDevices):
        def make(self, request):
            if request.kind == "arm":
                made.append(request.role.name)
            return super().make(request)

    async def program(cell: Cell) -> None:
        assert cell.quantity == 3

    file.write_text(TWO)
    simulate(file, program, world="kinematic", quantity=3, factory=Watched(), models={"left": "gp7"})
    assert made == ["left", "right"]
