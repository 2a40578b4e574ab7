"""Builds a planned cell in a simulated world: structures, devices, parts, and the checks between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cellkit.cell.cell import Cell
from cellkit.cell.devices import DeviceBuilder
from cellkit.cell.factory import DeviceFactory
from cellkit.cell.kinds.gripper import GripperDevice
from cellkit.cell.kinds.surroundings import PlacedCamera
from cellkit.cell.plan import CellPlan
from cellkit.controller.plants.conveyor import ConveyorPlant
from cellkit.controller.plants.machine_tool import MachineTool
from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.controller.sensor_faults import SensorFaults
from cellkit.controller.world import ArmPlants, Body, Shape, World
from cellkit.devices import Arm, Device, Gripper, Tool
from cellkit.devices.device import to_completion
from cellkit.errors import LimitViolation
from cellkit.geometry import Pose
from cellkit.yamlfile import near_names


@dataclass(frozen=True)
class BuiltCell:
    """A cell in a world, and the world's side of it by role: signals, machines, faults of sensors.

    ``factory`` has made the devices. ``by_role`` has the plant of every device.
    """

    plan: CellPlan
    cell: Cell
    world: World
    factory: DeviceFactory
    plants: Mapping[str, ArmPlants]
    images: Mapping[str, IoImage]
    analog_images: Mapping[str, AnalogImage]
    machines: Mapping[str, MachineTool]
    chucks: Mapping[str, Pose | None]
    faults: Mapping[str, SensorFaults] = field(default_factory=dict)
    conveyors: Mapping[str, ConveyorPlant] = field(default_factory=dict)
    cameras: Mapping[str, PlacedCamera] = field(default_factory=dict)
    by_role: Mapping[str, Any] = field(default_factory=dict)


def build_cell(
    plan: CellPlan,
    world: World,
    factory: DeviceFactory,
    quantity: int = 1,
    faults: Mapping[str, SensorFaults] | None = None,
) -> BuiltCell:
    """Add the cell to a world and make its devices; the sensors in ``faults`` can fail.

    Raises ``ConfigError`` when parts of the cell do not fit together.
    """
    belts = _add_structures(plan, world)
    builder = DeviceBuilder(plan, world, factory, faults or {})
    devices = builder.build()
    places = {name: plan.layout.places(name) for name in plan.file.places}
    cell = Cell(plan.file.name, devices, plan.workpieces, places, quantity, _tools(plan))
    _check_loads(plan, devices)
    _add_stock(plan, world)
    return BuiltCell(
        plan,
        cell,
        world,
        factory,
        builder.plants,
        builder.images,
        builder.analog_images,
        builder.machines,
        builder.chucks,
        faults or {},
        belts,
        builder.cameras,
        builder.by_role,
    )


@asynccontextmanager
async def opened(built: BuiltCell) -> AsyncIterator[Cell]:
    """Connect and prepare the cell; at the end of the block, also after an error, stop and close everything."""
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
    """Set the frames of every arm, and the tool that the model of its (first) gripper describes.

    The devices must be connected.
    """
    for role in built.plan.arms:
        arm = built.cell.arm(role)
        base = built.plan.layout.frame(role)
        arm.set_frame("world", base.inverse("base"))
        for name, pose in built.plan.layout.frames.items():
            if name not in ("world", role):
                arm.set_frame(name, pose)
        hands = built.plan.grippers_on(role)
        if hands:
            await arm.set_tool(built.cell.tool(hands[0]))


def _tools(plan: CellPlan) -> dict[str, Tool]:
    """Return the tool data of every gripper; their load is that of all grippers on the same flange."""
    tools: dict[str, Tool] = {}
    for arm in plan.arms:
        hands = plan.grippers_on(arm)
        for role in hands:
            others = [plan.grippers[other] for other in hands if other != role]
            tools[role] = Tool.of_gripper(plan.grippers[role], others)
    return tools


def part_body(plan: CellPlan, kind: str, name: str, pose: Pose) -> Body:
    """Return the body of one part of a kind, with its middle at ``pose`` (frame ``world``)."""
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


def _add_structures(plan: CellPlan, world: World) -> dict[str, ConveyorPlant]:
    """Add the structures and the conveyors to the world; return the conveyors by name."""
    for name, structure in plan.file.structures.items():
        pose = plan.layout.pose(structure, ("structures", name))
        r, g, b = structure.colour
        shapes = plan.layout.shapes(name, structure, plan.workpieces)
        if shapes:
            world.add_body(
                Body(name, "structure", shapes, pose, 0.0, structure.friction, (r, g, b), structure.stiffness)
            )
    belts = {}
    for name, belt in plan.file.conveyors.items():
        x, y, z = belt.size
        belts[name] = world.add_conveyor(name, plan.layout.pose(belt, ("conveyors", name)), (x, y, z))
        belts[name].set_speed(belt.speed)
    return belts


def _check_loads(plan: CellPlan, devices: Mapping[str, Device]) -> None:
    """Check that every gripper can hold every workpiece and that its arm can carry both.

    Raises ``ConfigError`` with the line of the cell file.
    """
    for role in plan.grippers:
        device = plan.file.devices[role]
        assert isinstance(device, GripperDevice)
        arm, hand = devices[device.on], devices[role]
        assert isinstance(arm, Arm)
        assert isinstance(hand, Gripper)
        hands = [plan.grippers[name] for name in plan.grippers_on(device.on)]
        tool = sum(model.mass.value or 0.0 for model in hands)
        named = " and ".join(model.name for model in hands)
        allowed = arm.model.payload.value
        if allowed is not None and tool > allowed:
            weigh = "weighs" if len(hands) == 1 else "weigh"
            text = f"{named} {weigh} {tool:.4g} kg, above the {allowed:g} kg payload of {arm.model.name}"
            raise plan.document.error(text, ("devices", role))
        for kind, part in plan.workpieces.items():
            at = ("workpieces", kind)
            try:
                hand.check(part)
            except LimitViolation as error:
                raise plan.document.error(error.message, at) from None
            if allowed is not None and tool + part.mass > allowed:
                text = (
                    f"{kind} ({part.mass:g} kg) and {named} ({tool:.4g} kg) together weigh "
                    f"{tool + part.mass:.4g} kg, above the {allowed:g} kg payload of {arm.model.name}"
                )
                raise plan.document.error(text, at)
