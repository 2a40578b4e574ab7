"""From a cell file to a cell in a simulated world: models, layout, plants, devices, and the checks between them."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cellkit.cell.cell import Cell
from cellkit.cell.config import (
    ArmDevice,
    CameraDevice,
    CellFile,
    ForceTorqueDevice,
    GripperDevice,
    IoDevice,
    ProximityDevice,
)
from cellkit.cell.factory import DeviceFactory
from cellkit.cell.layout import Layout, workpiece
from cellkit.controller.io_image import IoImage
from cellkit.controller.world import ArmPlants, Body, CameraGeometry, Shape, World
from cellkit.devices import Arm, Device, Gripper, Tool, Workpiece
from cellkit.devices.device import to_completion
from cellkit.errors import ConfigError, DriverNotFound, LimitViolation
from cellkit.geometry import Pose
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.load import load_arm, load_gripper
from cellkit.yamlfile import Document, Location, near_names, read_yaml, validate

GripperModel = ParallelGripperModel | VacuumGripperModel


@dataclass(frozen=True)
class CellPlan:
    """A cell file with its models loaded and everything placed; nothing is simulated yet."""

    file: CellFile
    document: Document
    layout: Layout
    arms: Mapping[str, ArmModel]
    grippers: Mapping[str, GripperModel]
    workpieces: Mapping[str, Workpiece]

    def gripper_on(self, arm: str) -> str | None:
        """Role of the gripper on an arm."""
        for role, device in self.file.devices.items():
            if isinstance(device, GripperDevice) and device.on == arm:
                return role
        return None


@dataclass(frozen=True)
class BuiltCell:
    """A cell in a world; ``images`` are the world's side of its digital signals, ``factory`` has made its devices."""

    plan: CellPlan
    cell: Cell
    world: World
    images: Mapping[str, IoImage]
    factory: DeviceFactory


def read_cell(file: Path, models: Mapping[str, str] | None = None) -> CellPlan:
    """Read a cell file, with some roles' models replaced. Raises ``ConfigError`` and ``DriverNotFound``."""
    document = read_yaml(file)
    return plan_cell(validate(CellFile, document), document, models or {})


def plan_cell(cell: CellFile, document: Document, models: Mapping[str, str]) -> CellPlan:
    """Load the models and place everything; ``document`` is what the cell was read from."""
    arms: dict[str, ArmModel] = {}
    grippers: dict[str, GripperModel] = {}
    for role, device in cell.devices.items():
        if not isinstance(device, ArmDevice | GripperDevice):
            continue
        reference = models.get(role)
        try:
            if isinstance(device, ArmDevice):
                arms[role] = load_arm(_beside(document, device.model) if reference is None else reference)
            else:
                grippers[role] = load_gripper(_beside(document, device.model) if reference is None else reference)
        except (ConfigError, DriverNotFound) as error:
            if reference is not None or (isinstance(error, ConfigError) and error.file is not None):
                raise
            raise document.error(str(error), ("devices", role, "model")) from None
    for role, device in cell.devices.items():
        if isinstance(device, GripperDevice | ForceTorqueDevice) and device.on not in arms:
            text = f"{device.on!r} is no arm of this cell; {near_names(device.on, arms)}"
            raise document.error(text, ("devices", role, "on"))
    carriers = [device.on for device in cell.devices.values() if isinstance(device, GripperDevice)]
    for role, device in cell.devices.items():
        if isinstance(device, GripperDevice) and carriers.count(device.on) > 1:
            raise document.error(f"{device.on!r} already carries a gripper", ("devices", role, "on"))
    _check_names(cell, document)
    workpieces = {kind: workpiece(kind, config) for kind, config in cell.workpieces.items()}
    return CellPlan(cell, document, Layout(cell, document, arms), arms, grippers, workpieces)


def _check_names(cell: CellFile, document: Document) -> None:
    """What stands in a world has one name each; its parts are called KIND_1, KIND_2 and so on."""
    bodiless = (GripperDevice, IoDevice, ForceTorqueDevice)
    named = [("devices", name) for name, device in cell.devices.items() if not isinstance(device, bodiless)]
    named += [("structures", name) for name in cell.structures] + [("conveyors", name) for name in cell.conveyors]
    taken: dict[str, str] = {"floor": "the floor"}
    for group, name in named:
        kind, _, number = name.rpartition("_")
        if name in taken:
            raise document.error(f"{name!r} is already the name of {taken[name]}", (group, name))
        if kind in cell.workpieces and number.isdigit():
            raise document.error(
                f"{name!r} is what a part of kind {kind!r} may be called; choose another", (group, name)
            )
        taken[name] = f"one of the {group}"


def _beside(document: Document, reference: str) -> str:
    """A model file named in a cell file lies relative to it."""
    return str(document.file.parent / reference) if reference.endswith((".yaml", ".yml")) else reference


def build_cell(plan: CellPlan, world: World, factory: DeviceFactory, quantity: int = 1) -> BuiltCell:
    """Put the cell into a world and make its devices. Raises ``ConfigError`` where things do not fit together."""
    devices: dict[str, Device] = {}
    images: dict[str, IoImage] = {}
    plants: dict[str, ArmPlants] = {}
    _add_structures(plan, world)
    for role, model in plan.arms.items():
        hand = plan.gripper_on(role)
        gripper = None if hand is None else plan.grippers[hand]
        plants[role] = world.add_arm(role, model, plan.layout.frame(role), gripper)
    for role, device in plan.file.devices.items():
        at = ("devices", role)
        if isinstance(device, ArmDevice):
            devices[role] = factory.arm(role, plan.arms[role], plants[role].arm)
        elif isinstance(device, GripperDevice):
            devices[role] = _gripper(role, plan.grippers[role], plants[device.on], factory)
        elif isinstance(device, IoDevice):
            images[role] = IoImage([*device.inputs, *device.outputs])
            devices[role] = factory.digital_io(role, device.inputs, device.outputs, images[role])
        elif isinstance(device, ForceTorqueDevice):
            wrench = plants[device.on].wrench
            if wrench is None:
                raise plan.document.error(f"the {world.name} world has no force/torque sensor", at)
            devices[role] = factory.force_torque(role, wrench)
        elif isinstance(device, ProximityDevice):
            beam = world.add_proximity(role, plan.layout.pose(device.pose, (*at, "pose")), device.range)
            devices[role] = factory.proximity(role, beam)
        else:
            devices[role] = _camera(plan, role, device, world, factory)
    places = {name: plan.layout.places(name) for name in plan.file.places}
    cell = Cell(plan.file.name, devices, plan.workpieces, places, quantity)
    _check_loads(plan, devices)
    _add_stock(plan, world)
    return BuiltCell(plan, cell, world, images, factory)


@asynccontextmanager
async def opened(built: BuiltCell) -> AsyncIterator[Cell]:
    """The cell connected and prepared; at the end, however it comes, everything is stopped and closed."""
    try:
        await built.factory.start()
        await built.cell.connect()
        try:
            await prepare_cell(built)
            yield built.cell
        finally:
            await built.cell.close()
    finally:
        await to_completion(built.factory.finish())


async def prepare_cell(built: BuiltCell) -> None:
    """After connecting: give every arm its frames and the tool that its gripper's model describes."""
    for role in built.plan.arms:
        arm = built.cell.arm(role)
        base = built.plan.layout.frame(role)
        arm.set_frame("world", base.inverse("base"))
        for name, pose in built.plan.layout.frames.items():
            if name not in ("world", role):
                arm.set_frame(name, pose)
        hand = built.plan.gripper_on(role)
        if hand is not None:
            await arm.set_tool(Tool.of_gripper(built.plan.grippers[hand]))


def _gripper(role: str, model: GripperModel, plants: ArmPlants, factory: DeviceFactory) -> Gripper:
    if isinstance(model, VacuumGripperModel):
        assert plants.suction is not None
        return factory.suction(role, model, plants.suction)
    assert plants.jaws is not None
    return factory.jaws(role, model, plants.jaws)


def _camera(plan: CellPlan, role: str, device: CameraDevice, world: World, factory: DeviceFactory) -> Device:
    at: Location = ("devices", role)
    for index, kind in enumerate(device.finds):
        if kind not in plan.workpieces:
            known = near_names(kind, plan.workpieces)
            raise plan.document.error(f"unknown workpiece {kind!r}; {known}", (*at, "finds", index))
    geometry = CameraGeometry(device.width, device.height, math.radians(device.field_of_view_deg))
    pose = plan.layout.pose(device.pose, (*at, "pose"))
    return factory.camera(role, world.add_camera(role, pose, geometry), geometry, pose, device.finds)


def part_body(plan: CellPlan, kind: str, name: str, pose: Pose) -> Body:
    """One part of a kind, its middle at ``pose`` (frame ``world``)."""
    part = plan.workpieces[kind]
    r, g, b = plan.file.workpieces[kind].colour
    return Body(name, kind, (Shape(part.shape, part.size),), pose, part.mass, part.friction, (r, g, b))


def _add_stock(plan: CellPlan, world: World) -> None:
    for kind, place in plan.file.stock.items():
        if kind not in plan.workpieces:
            raise plan.document.error(
                f"unknown workpiece {kind!r}; {near_names(kind, plan.workpieces)}", ("stock", kind)
            )
        if place not in plan.file.places:
            raise plan.document.error(
                f"unknown place {place!r}; {near_names(place, plan.file.places)}", ("stock", kind)
            )
        half = plan.workpieces[kind].size[2] / 2
        for number, pose in enumerate(plan.layout.places(place), 1):
            world.add_body(part_body(plan, kind, f"{kind}_{number}", pose.offset(z=half)))


def _add_structures(plan: CellPlan, world: World) -> None:
    for name, structure in plan.file.structures.items():
        pose = plan.layout.pose(structure, ("structures", name))
        r, g, b = structure.colour
        shapes = plan.layout.shapes(name, structure, plan.workpieces)
        if shapes:
            world.add_body(Body(name, "structure", shapes, pose, 0.0, structure.friction, (r, g, b)))
    for name, belt in plan.file.conveyors.items():
        x, y, z = belt.size
        world.add_conveyor(name, plan.layout.pose(belt, ("conveyors", name)), (x, y, z)).set_speed(belt.speed)


def _check_loads(plan: CellPlan, devices: Mapping[str, Device]) -> None:
    """Every gripper must be able to hold every workpiece, and its arm to carry both."""
    for role, gripper in plan.grippers.items():
        device = plan.file.devices[role]
        assert isinstance(device, GripperDevice)
        arm, hand = devices[device.on], devices[role]
        assert isinstance(arm, Arm)
        assert isinstance(hand, Gripper)
        tool = gripper.mass.value or 0.0
        allowed = arm.model.payload.value
        if allowed is not None and tool > allowed:
            text = f"{gripper.name} weighs {tool:g} kg, above the {allowed:g} kg payload of {arm.model.name}"
            raise plan.document.error(text, ("devices", role))
        for kind, part in plan.workpieces.items():
            at = ("workpieces", kind)
            try:
                hand.check(part)
            except LimitViolation as error:
                raise plan.document.error(error.message, at) from None
            if allowed is not None and tool + part.mass > allowed:
                text = (
                    f"{kind} ({part.mass:g} kg) and {gripper.name} ({tool:g} kg) together weigh "
                    f"{tool + part.mass:.4g} kg, above the {allowed:g} kg payload of {arm.model.name}"
                )
                raise plan.document.error(text, at)
