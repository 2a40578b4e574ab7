"""What each kind of device tells: named values with unit and quality, read without commanding anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

import numpy as np

from cellkit.devices import (
    AnalogIO,
    Arm,
    Camera,
    CodeReader,
    Device,
    DigitalIO,
    ForceTorqueSensor,
    Machine,
    ParallelGripper,
    ProximitySensor,
    RangeScanner,
    VacuumGripper,
)
from cellkit.errors import CommandRejected, ConnectionFailed, ConnectionLost, DeviceError
from cellkit.geometry import Pose
from cellkit.registry import Kind
from cellkit.timing import now


class Quality(Enum):
    """Whether a value can be relied on, and if not, why."""

    GOOD = "good"
    WAITING = "waiting"
    """Nothing has come yet."""
    NO_COMMUNICATION = "no communication"
    NOT_SUPPORTED = "not supported"
    """The device does not tell."""
    FAILURE = "failure"
    """The device says that it cannot measure, or is faulty."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value. ``stamp`` is cell time (s) at the source; ``value`` is None unless the quality is good."""

    value: Any
    quality: Quality
    stamp: float


@dataclass(frozen=True, slots=True)
class Item:
    """What a device tells: ``kind`` is number, flag, text, numbers (of any length) or texts."""

    name: str
    kind: str
    unit: str = ""


Values: TypeAlias = dict[str, Any]
Stamped: TypeAlias = tuple[float, Values]

ARM_ITEMS = (
    Item("joint_positions", "numbers", "rad"),
    Item("joint_velocities", "numbers", "rad/s"),
    Item("tcp_pose", "numbers", "m"),
    Item("tcp_speed", "number", "m/s"),
    Item("operational_mode", "number"),
    Item("protective_stop", "flag"),
    Item("emergency_stop", "flag"),
    Item("speed_override", "number"),
    Item("moving", "flag"),
    Item("fault", "text"),
    Item("tool", "text"),
    Item("flange_load", "number", "kg"),
)
GRIPPER_ITEMS = (Item("holding", "flag"), Item("moving", "flag"))

KIND_OF: Mapping[type[Device], Kind] = {
    Arm: Kind.ARM,
    ParallelGripper: Kind.JAWS,
    VacuumGripper: Kind.VACUUM,
    DigitalIO: Kind.IO,
    AnalogIO: Kind.ANALOG_IO,
    ForceTorqueSensor: Kind.FORCE_TORQUE,
    ProximitySensor: Kind.PROXIMITY,
    RangeScanner: Kind.SCANNER,
    CodeReader: Kind.CODE_READER,
    Machine: Kind.MACHINE,
    Camera: Kind.CAMERA,
}


def kind_of(device: Device) -> Kind:
    """The kind of a device, by the open interface that it has."""
    return next(kind for interface, kind in KIND_OF.items() if isinstance(device, interface))


def items_of(device: Device) -> tuple[Item, ...]:
    """The values that a device has."""
    if isinstance(device, DigitalIO):
        return tuple(Item(name, "flag") for name in (*device.inputs, *device.outputs))
    if isinstance(device, AnalogIO):
        signals = {**device.inputs, **device.outputs}
        return tuple(Item(name, "number", signal.unit) for name, signal in signals.items())
    if isinstance(device, RangeScanner):
        return (*(Item(name, "flag") for name in device.fields), Item("nearest", "number", "m"))
    return _ITEMS[kind_of(device)]


_ITEMS: Mapping[Kind, tuple[Item, ...]] = {
    Kind.ARM: ARM_ITEMS,
    Kind.JAWS: (*GRIPPER_ITEMS, Item("width", "number", "m"), Item("force", "number", "N")),
    Kind.VACUUM: (*GRIPPER_ITEMS, Item("vacuum", "number", "Pa"), Item("part_present", "flag")),
    Kind.FORCE_TORQUE: (Item("wrench", "numbers", "N"),),
    Kind.PROXIMITY: (Item("distance", "number", "m"), Item("present", "flag")),
    Kind.CODE_READER: (Item("last_code", "text"),),
    Kind.MACHINE: (
        Item("available", "flag"),
        Item("door", "text"),
        Item("chuck", "text"),
        Item("execution", "text"),
        Item("active_alarms", "texts"),
    ),
    Kind.CAMERA: (),
}


async def read(device: Device) -> dict[str, Reading]:
    """All values of a device, now; one that cannot be read says why instead of a value."""
    items = items_of(device)
    try:
        stamp, values = await _READERS[kind_of(device)](device)
    except DeviceError as error:
        quality = quality_of(error)
        return {item.name: Reading(None, quality, now()) for item in items}
    return {item.name: _reading(values.get(item.name), stamp) for item in items}


def quality_of(error: DeviceError) -> Quality:
    """What an error says about the values that could not be read."""
    if isinstance(error, ConnectionLost | ConnectionFailed | CommandRejected):  # the last: it is closed
        return Quality.NO_COMMUNICATION
    return Quality.FAILURE


def _reading(value: Any, stamp: float) -> Reading:
    if isinstance(value, Reading):
        return value
    return Reading(value, Quality.NOT_SUPPORTED if value is None else Quality.GOOD, stamp)


def pose_numbers(pose: Pose) -> list[float]:
    """x, y, z (m), then the unit quaternion x, y, z, w."""
    return [*pose.position.tolist(), *pose.quaternion]


async def _arm(arm: Arm) -> Stamped:
    state = await arm.state()
    position, velocity = state.joints.position, state.joints.velocity
    tool = arm.tool.tcp.matrix
    speed = float(np.linalg.norm((arm.kinematics.jacobian(position, tool) @ velocity)[:3]))
    fault = "" if state.fault is None else f"{state.fault.code}: {state.fault.text}"
    return state.stamp, {
        "joint_positions": position.tolist(),
        "joint_velocities": velocity.tolist(),
        "tcp_pose": pose_numbers(state.tcp),
        "tcp_speed": speed,
        "operational_mode": int(state.mode),
        "protective_stop": state.safety.name == "PROTECTIVE_STOP",
        "emergency_stop": state.safety.name == "EMERGENCY_STOP",
        "speed_override": state.speed_override,
        "moving": state.moving,
        "fault": fault,
        "tool": arm.tool.name,
        "flange_load": arm.tool.load.mass + arm.payload.mass,
    }


async def _jaws(gripper: ParallelGripper) -> Stamped:
    state = await gripper.state()
    return state.stamp, {
        "holding": gripper.holding,
        "moving": state.moving,
        "width": state.width,
        "force": state.force,
    }


async def _vacuum(gripper: VacuumGripper) -> Stamped:
    state = await gripper.state()
    return state.stamp, {
        "holding": gripper.holding,
        "moving": gripper.busy,
        "vacuum": state.vacuum,
        "part_present": state.part_present,
    }


async def _io(io: DigitalIO) -> Stamped:
    return now(), {name: await io.read(name) for name in (*io.inputs, *io.outputs)}


async def _analog(io: AnalogIO) -> Stamped:
    values: Values = {}
    for name in (*io.inputs, *io.outputs):
        try:
            values[name] = await io.read(name)
        except DeviceError as error:  # one broken wire says nothing of the others
            values[name] = Reading(None, quality_of(error), now())
    return now(), values


async def _force_torque(sensor: ForceTorqueSensor) -> Stamped:
    reading = await sensor.read()
    return reading.stamp, {"wrench": [*reading.wrench.force.tolist(), *reading.wrench.torque.tolist()]}


async def _proximity(sensor: ProximitySensor) -> Stamped:
    distance = await sensor.distance()
    return now(), {"distance": distance, "present": distance is not None}


async def _scanner(scanner: RangeScanner) -> Stamped:
    values: Values = {name: await scanner.violated(name) for name in scanner.fields}
    values["nearest"] = await scanner.distance(0.0, 6.3)
    return (await scanner.scan()).stamp, values


async def _machine(machine: Machine) -> Stamped:
    state = await machine.state()
    return state.stamp, {
        "available": state.available,
        "door": state.door.value,
        "chuck": state.chuck.value,
        "execution": state.execution.value,
        "active_alarms": [f"{alarm.code}: {alarm.text}" for alarm in state.alarms],
    }


async def _nothing(_device: Device) -> Stamped:
    return now(), {}


_READERS: Mapping[Kind, Callable[[Any], Awaitable[Stamped]]] = {
    Kind.ARM: _arm,
    Kind.JAWS: _jaws,
    Kind.VACUUM: _vacuum,
    Kind.IO: _io,
    Kind.ANALOG_IO: _analog,
    Kind.FORCE_TORQUE: _force_torque,
    Kind.PROXIMITY: _proximity,
    Kind.SCANNER: _scanner,
    Kind.CODE_READER: _nothing,
    Kind.MACHINE: _machine,
    Kind.CAMERA: _nothing,
}
