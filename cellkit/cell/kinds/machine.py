"""The kind ``machine`` in a cell: machine tools."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field
from typing_extensions import override

from cellkit.cell.factory import DeviceRequest, Role
from cellkit.cell.kinds.cell_kind import SENSOR_FAULTS, Bench, CellKind
from cellkit.cell.kinds.digital_io import IoDevice
from cellkit.cell.kinds.fields import (
    DeviceSection,
    Name,
)
from cellkit.cell.kinds.surroundings import Building
from cellkit.controller.plants.machine import FaultyMachine
from cellkit.controller.plants.machine_tool import DOOR_STEPS, MachineTimes, MachineTool, MachineWiring
from cellkit.controller.sensor_faults import SensorFaults
from cellkit.controller.world import World
from cellkit.devices.machine import MachineAlarm
from cellkit.geometry import Pose, transform
from cellkit.models.arm import Positive, Triple
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec
from cellkit.yamlfile import Document, StrictModel, near_names

if TYPE_CHECKING:
    from cellkit.cell.config import CellFile  # which loads every kind


class MachineSignals(StrictModel):
    """The names of a machine's signals: the first three are outputs of the cell, the others inputs."""

    io: Name = Field(description="Role of the digital signals")
    open_door: Name = "open_door"
    close_chuck: Name = "close_chuck"
    start_cycle: Name = "start_cycle"
    door_open: Name = "door_open"
    door_closed: Name = "door_closed"
    chuck_closed: Name = "chuck_closed"
    cycle_done: Name = "cycle_done"


class MachineDoor(StrictModel):
    """The structure that is the door, and the path (m, in frame ``world``) on which it slides open."""

    structure: Name
    slides: Triple


class MachineDevice(DeviceSection):
    """A machine tool: it reports its door, chuck and cycle, and takes commands as digital signals.

    ``open_door`` and ``close_chuck`` are levels, a rising edge of ``start_cycle`` starts the program.
    """

    kind: Literal["machine"]
    signals: MachineSignals
    door: MachineDoor | None = None
    chuck: Name | None = Field(default=None, description="Place where the chuck holds a part")
    door_time: Positive = Field(default=1.5, description="s")
    chuck_time: Positive = Field(default=0.4, description="s")
    cycle_time: Positive = Field(default=6.0, description="s")


HELD_WITHIN = 0.01  # m beside the chuck's place at which a part counts as in the chuck
HIGH = 0.2  # m above the chuck's place up to which the middle of a part counts as in the chuck
COMMANDS = ("open_door", "close_chuck", "start_cycle")
REPORTS = ("door_open", "door_closed", "chuck_closed", "cycle_done")


class MachineInCell(CellKind[MachineDevice]):
    """The kind of machine tools. A machine is wired to digital signals; its door moves a structure."""

    section = MachineDevice
    has_body = False
    faults = SENSOR_FAULTS

    @override
    def check(self, role: str, section: MachineDevice, cell: CellFile, document: Document) -> None:
        at = ("devices", role)
        signals = section.signals
        station = cell.devices.get(signals.io)
        if not isinstance(station, IoDevice):
            roles = [name for name, device in cell.devices.items() if isinstance(device, IoDevice)]
            known = near_names(signals.io, roles)
            raise document.error(f"{signals.io!r} is no role of digital signals; {known}", (*at, "signals", "io"))
        for keys, direction, names in ((COMMANDS, "output", station.outputs), (REPORTS, "input", station.inputs)):
            for key in keys:
                name = getattr(signals, key)
                if name not in names:
                    text = f"{signals.io!r} has no {direction} {name!r}; {near_names(name, names)}"
                    raise document.error(text, (*at, "signals", key))
        if section.door is not None and section.door.structure not in cell.structures:
            known = near_names(section.door.structure, cell.structures)
            text = f"unknown structure {section.door.structure!r}; {known}"
            raise document.error(text, (*at, "door", "structure"))
        if section.chuck is not None and section.chuck not in cell.places:
            text = f"unknown place {section.chuck!r}; {near_names(section.chuck, cell.places)}"
            raise document.error(text, (*at, "chuck"))

    @override
    def request(self, building: Building, role: Role, section: MachineDevice) -> DeviceRequest:
        chuck = building.chucks[role.name] = None if section.chuck is None else building.place(section.chuck)
        times = MachineTimes(section.door_time, section.chuck_time, section.cycle_time)
        tool = building.machines[role.name] = MachineTool(times, _holds_part(building.world, chuck))
        names = MachineWiring(**section.signals.model_dump(exclude={"io"}))
        tool.wire(building.images[section.signals.io], names)
        if section.door is not None:
            tool.on_change(_door_slides(building, tool, section.door))
        return DeviceRequest(role, section.kind, (), building.fallible(role.name, tool))

    @override
    def faulty(self, plant: Any, faults: SensorFaults, model: AnyModel | None) -> Any:
        return FaultyMachine(plant, faults)

    @override
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> Bench:
        machine = MachineTool(MachineTimes())
        switches: dict[str, Callable[..., object]] = {
            "open_door": lambda: machine.move_door(True),
            "close_door": lambda: machine.move_door(False),
            "close_chuck": lambda: machine.move_chuck(True),
            "open_chuck": lambda: machine.move_chuck(False),
            "start": machine.start_cycle,
            "alarm": lambda: machine.alarm(MachineAlarm("E42", "coolant is low", "fault")),
            "reset": machine.reset,
            "off": lambda: machine.set_available(False),
            "on": lambda: machine.set_available(True),
        }
        return Bench((), machine, switches)


def _door_slides(building: Building, tool: MachineTool, door: MachineDoor) -> Callable[[], None]:
    """Return a function that moves the door's structure to the position of the machine's door."""
    closed, slides, world = building.structure(door.structure), np.array(door.slides), building.world
    shown = tool.opened

    def slide() -> None:
        nonlocal shown
        if shown != tool.opened:
            shown = tool.opened
            place = closed.position + slides * (shown / DOOR_STEPS)
            world.move_body(door.structure, Pose(transform(closed.rotation, place), "world"))

    return slide


def _holds_part(world: World, chuck: Pose | None) -> Callable[[], bool]:
    """Return a function that returns whether a part is in the chuck."""
    if chuck is None:
        return lambda: True
    place = chuck.position

    def holds() -> bool:
        poses = [world.body_pose(name).position for name in world.loose_bodies()]
        return any(math.dist(place[:2], pose[:2]) < HELD_WITHIN and 0 <= pose[2] - place[2] < HIGH for pose in poses)

    return holds


MACHINE = MachineInCell()
