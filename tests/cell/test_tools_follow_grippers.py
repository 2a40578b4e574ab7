"""What hangs on a flange follows from the models in the cell file; nothing that does not fit runs."""

from __future__ import annotations

import numpy as np
import pytest
from cell_rig import Job, controller_of

from cellkit.cell import Cell
from cellkit.cell.build import BuiltCell
from cellkit.devices import Load, Tool
from cellkit.errors import ConfigError, LimitViolation
from cellkit.masses import six

PLATE = "adapter: {thickness: 0.01, mass: 0.12}"
HAND = "hand: {kind: gripper, model: 2f-85, on: robot}"
SENSOR = "wrist: {kind: force_torque, model: gamma, on: robot}"


def hand(model: str, arm: str = "ur5e", extra: str = "") -> str:
    return f"robot: {{kind: arm, model: {arm}}}\nhand: {{kind: gripper, model: {model}, on: robot{extra}}}"


# --- what lies between flange and gripper -----------------------------------------------------------------------------


def test_where_flanges_fit_the_plate_is_left_out(job: Job) -> None:
    job.write(hand("2f-85", extra=f", {PLATE}"))
    gripper = job.plan().grippers["hand"]
    assert (gripper.mass.known(), gripper.tcp) == (0.925, 0.163)


def test_where_flanges_differ_the_plate_is_between_them(job: Job) -> None:
    job.write(hand("2f-85", extra=f", {PLATE}"))
    gripper = job.plan({"robot": "gp7"}).grippers["hand"]
    assert gripper.mass.known() == pytest.approx(1.045)
    assert gripper.tcp == pytest.approx(0.173)
    assert gripper.flange_code.value == "31.5-4-M5", "the plate's other face"


@pytest.mark.parametrize(("arm", "model"), [("gofa", "2f-85"), ("ur5e", "wsg-50"), ("lite6", "vacuum")])
def test_a_flange_that_nobody_knows_keeps_nothing_apart(job: Job, arm: str, model: str) -> None:
    job.write(hand(model, arm))
    assert job.plan().grippers["hand"].mass.known() == job.plan({"robot": "ur5e"}).grippers["hand"].mass.known()


def test_a_sensor_lies_between_arm_and_gripper(job: Job) -> None:
    job.write(f"robot: {{kind: arm, model: ur5e}}\n{SENSOR}\n{HAND}")
    gripper = job.plan().grippers["hand"]
    assert gripper.mass.known() == pytest.approx(0.925 + 0.255)
    assert gripper.tcp == pytest.approx(0.163 + 0.0333)
    assert gripper.centre_of_gravity[2] == pytest.approx((0.255 * 0.01665 + 0.925 * (0.058 + 0.0333)) / 1.18)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_order_of_the_file_does_not_matter(job: Job, order: tuple[int, int]) -> None:
    parts = (SENSOR, HAND)
    job.write("\n".join(["robot: {kind: arm, model: ur5e}", *(parts[number] for number in order)]))
    assert job.plan().grippers["hand"].tcp == pytest.approx(0.1963)


def test_a_sensor_of_another_arm_weighs_nothing_here(job: Job) -> None:
    job.write(
        "robot: {kind: arm, model: ur5e}\nother: {kind: arm, model: ur5e, mount: {xyz: [0, 3, 0]}}\n"
        + SENSOR.replace("on: robot", "on: other")
        + f"\n{HAND}"
    )
    assert job.plan().grippers["hand"].mass.known() == 0.925


def test_plates_before_and_behind_a_sensor(job: Job) -> None:
    """An UR20 has a larger flange than the sensor; the sensor and the gripper fit, and the second plate is left out."""
    wrist = SENSOR.replace("on: robot", f"on: robot, {PLATE}")
    job.write(f"robot: {{kind: arm, model: ur20}}\n{wrist}\n{HAND.replace('on: robot', f'on: robot, {PLATE}')}")
    gripper = job.plan().grippers["hand"]
    assert gripper.mass.known() == pytest.approx(0.12 + 0.255 + 0.925)
    assert gripper.tcp == pytest.approx(0.01 + 0.0333 + 0.163)
    assert gripper.flange_code.value == "80-6-M8"


# --- what does not fit is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("devices", "role", "said"),
    [
        (
            hand("2f-85", "gp7"),
            "hand",
            "2F-85 fits a flange 50-4-M6 (ISO 9409-1), GP7 has 31.5-4-M5; "
            "name the plate between them: `adapter: {thickness: 0.01, mass: 0.1}`",
        ),
        (hand("vg10", "xarm6"), "hand", "VG10 fits a flange 50-4-M6 (ISO 9409-1), xArm 6 has 50-6-M5"),
        (
            f"robot: {{kind: arm, model: ur20}}\n{SENSOR}\n{HAND.replace('on: robot', f'on: robot, {PLATE}')}",
            "wrist",
            "Net F/T Gamma SI-130-10 fits a flange 50-4-M6 (ISO 9409-1), UR20 has 80-6-M8",
        ),
    ],
)
def test_flanges_that_differ_without_a_plate(job: Job, devices: str, role: str, said: str) -> None:
    job.write(devices)
    with pytest.raises(ConfigError) as told:
        job.plan()
    assert str(told.value).startswith(f"{job.file}:{job.line_of(f'{role}: ')}: {said}")


@pytest.mark.parametrize("plate", ["{thickness: 0.01}", "{thickness: 0, mass: 0.1}", "{thickness: 0.01, mass: -1}"])
def test_plates_that_are_none(job: Job, plate: str) -> None:
    job.write(hand("2f-85", extra=f", adapter: {plate}"))
    with pytest.raises(ConfigError, match=rf"cell.yaml:{job.line_of('hand:')}: .*devices.hand.adapter"):
        job.plan()


def parts(mass: float) -> str:
    return f"workpieces:\n  part: {{size: [0.04, 0.05, 0.05], mass: {mass}, friction: 0.9}}\n"


def test_the_sensor_counts_in_the_payload(job: Job) -> None:
    """0.925 kg of gripper and 1.9 kg of part are below the 3 kg of a UR3e; 0.255 kg of sensor more are not."""
    job.write(hand("2f-85", "ur3e"), parts(1.9))
    job.build().world.close()
    job.write(f"{hand('2f-85', 'ur3e')}\n{SENSOR}", parts(1.9))
    with pytest.raises(ConfigError) as told:
        job.build()
    line = job.line_of("part: {")
    said = "part (1.9 kg) and 2F-85 (1.18 kg) together weigh 3.08 kg, above the 3 kg payload of UR3e"
    assert str(told.value) == f"{job.file}:{line}: {said}"


def test_the_plate_counts_too(job: Job) -> None:
    job.write(hand("2f-85", "irb-120", ", adapter: {thickness: 0.03, mass: 1.2}"), parts(0.8))
    job.build().world.close()
    job.write(hand("2f-85", "irb-120", ", adapter: {thickness: 0.03, mass: 1.4}"), parts(0.8))
    with pytest.raises(ConfigError, match=r"together weigh 3\.125 kg, above the 3 kg payload of IRB 120"):
        job.build()
    job.write(hand("2f-85", "irb-120", ", adapter: {thickness: 0.03, mass: 2.1}"))
    with pytest.raises(ConfigError, match=r"cell.yaml:5: 2F-85 weighs 3\.025 kg, above the 3 kg payload of IRB 120"):
        job.build()


# --- and the tool that the arm receives -------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["2f-140", "2f-85", "franka-hand", "rg2", "rg6", "vacuum", "vg10", "wsg-50"])
def test_the_arm_has_the_tool_of_its_gripper(job: Job, model: str) -> None:
    async def program(cell: Cell, built: BuiltCell) -> None:
        arm, expected = cell.arm("robot"), Tool.of_gripper(built.plan.grippers["hand"])
        assert arm.tool.name == model
        assert arm.tool.flange_code == expected.flange_code
        np.testing.assert_allclose(arm.tool.tcp.matrix, expected.tcp.matrix)
        np.testing.assert_allclose(arm.tool.load.inertia, expected.load.inertia)
        state = await arm.state()
        np.testing.assert_allclose(
            state.tcp.matrix, arm.kinematics.forward(state.joints.position) @ expected.tcp.matrix, atol=1e-9
        )

    job.write(hand(model, "ur10e"))
    job.run(program)


def test_an_arm_without_a_gripper_has_its_bare_flange(job: Job) -> None:
    async def program(cell: Cell, built: BuiltCell) -> None:
        assert cell.arm("robot").tool.load.mass == 0.0
        np.testing.assert_allclose(cell.arm("robot").tool.tcp.matrix, np.eye(4))

    job.write("robot: {kind: arm, model: ur5e}")
    job.run(program)


def test_the_vendors_controller_hears_of_it_over_the_wire(job: Job) -> None:
    async def program(cell: Cell, built: BuiltCell) -> None:
        mounted = built.plan.grippers["hand"]
        kernel = controller_of(built, "robot").kernel
        load = mounted.load()
        assert kernel.payload.mass == pytest.approx(0.925 + 0.255)
        np.testing.assert_allclose(kernel.payload.centre_of_gravity, load.centre_of_gravity, atol=1e-6)
        assert six(kernel.payload.inertia) == pytest.approx(six(load.inertia), abs=1e-9)
        assert load.inertia[0, 0] > 0.001, "there is something to be told"
        np.testing.assert_allclose(kernel.tool.tcp.position, [0, 0, 0.1963], atol=1e-6)

        await cell.arm("robot").set_payload(Load(2.0, np.array([0.0, 0.0, 0.2])))
        both = load + Load(2.0, np.array([0.0, 0.0, 0.2]))
        assert kernel.payload.mass == pytest.approx(3.18)
        np.testing.assert_allclose(kernel.payload.centre_of_gravity, both.centre_of_gravity, atol=1e-6)
        assert six(kernel.payload.inertia) == pytest.approx(six(both.inertia), abs=1e-9)

    job.write(f"robot: {{kind: arm, model: ur5e}}\n{SENSOR}\n{HAND}")
    job.run(program, "wire")


@pytest.mark.parametrize("path", ["direct", "wire"])
def test_too_much_on_the_flange_is_refused_with_both_figures(job: Job, path: str) -> None:
    async def program(cell: Cell, built: BuiltCell) -> None:
        arm = cell.arm("robot")
        with pytest.raises(
            LimitViolation, match=r"5\.18 kg on the flange \(tool 1\.18 kg \+ load 4 kg\) is above the 5"
        ):
            await arm.set_payload(Load(4.0))
        assert arm.payload.mass == 0.0
        with pytest.raises(LimitViolation, match=r"pen fits a flange 31\.5-4-M5 \(ISO 9409-1\), UR5e has 50-4-M6"):
            await arm.set_tool(Tool("pen", flange_code="31.5-4-M5"))
        assert arm.tool.name == "2f-85"
        await arm.set_tool(Tool("pen"))

    job.write(f"robot: {{kind: arm, model: ur5e}}\n{SENSOR}\n{HAND}")
    job.run(program, path)
