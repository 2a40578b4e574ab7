"""The cell that a program receives: devices by role, workpieces and places, without a reference to any vendor."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from cellkit.devices import (
    AnalogIO,
    Arm,
    Camera,
    CodeReader,
    Device,
    DeviceEvent,
    DigitalIO,
    ForceTorqueSensor,
    Gripper,
    Locating,
    Machine,
    ProximitySensor,
    RangeScanner,
    Tool,
    Workpiece,
)
from cellkit.devices.actuator import Actuator
from cellkit.errors import CellkitError, ConfigError
from cellkit.geometry import Pose
from cellkit.timing import now
from cellkit.yamlfile import near_names

KindT = TypeVar("KindT")


class Cell:
    """The cell that ``async def main(cell)`` receives.

    A role is the name of a device in the cell file. Every method that returns a device, workpiece or place raises
    ``ConfigError`` when the cell does not have it, or when the device is of another kind.
    """

    def __init__(
        self,
        name: str,
        devices: Mapping[str, Device],
        workpieces: Mapping[str, Workpiece],
        places: Mapping[str, Sequence[Pose]],
        quantity: int = 1,
        tools: Mapping[str, Tool] | None = None,
    ) -> None:
        self.name = name
        self.devices = dict(devices)
        self.quantity = quantity
        self._workpieces = dict(workpieces)
        self._tools = dict(tools or {})
        self._places = {key: tuple(poses) for key, poses in places.items()}
        self._listeners: list[Callable[[DeviceEvent], None]] = []

    # --- for programs -----------------------------------------------------------------------------------------

    def arm(self, role: str) -> Arm:
        """Return the arm in a role."""
        return self.device(role, Arm)

    def gripper(self, role: str) -> Gripper:
        """Return the gripper in a role, with jaws or with vacuum."""
        return self.device(role, Gripper)

    def tool(self, role: str) -> Tool:
        """Return the tool data of the gripper in a role: ``arm.set_tool(cell.tool(role))`` makes it the present tool.

        Its load includes everything on the flange. Before the program starts, the tool of an arm is its first gripper.
        """
        self.gripper(role)
        return self._tools[role]

    def io(self, role: str) -> DigitalIO:
        """Return the digital signals in a role."""
        return self.device(role, DigitalIO)

    def camera(self, role: str) -> Camera:
        """Return the camera in a role."""
        return self.device(role, Camera)

    def locator(self, role: str) -> Locating:
        """Return the device in a role that locates parts, such as a camera."""
        return self.device(role, Locating)

    def force_torque(self, role: str) -> ForceTorqueSensor:
        """Return the force/torque sensor in a role."""
        return self.device(role, ForceTorqueSensor)

    def proximity(self, role: str) -> ProximitySensor:
        """Return the beam, distance or presence sensor in a role."""
        return self.device(role, ProximitySensor)

    def scanner(self, role: str) -> RangeScanner:
        """Return the 2D scanner in a role."""
        return self.device(role, RangeScanner)

    def analog_io(self, role: str) -> AnalogIO:
        """Return the analog signals in a role."""
        return self.device(role, AnalogIO)

    def code_reader(self, role: str) -> CodeReader:
        """Return the barcode or text reader in a role."""
        return self.device(role, CodeReader)

    def machine(self, role: str) -> Machine:
        """Return the machine tool in a role."""
        return self.device(role, Machine)

    def device(self, role: str, kind: type[KindT]) -> KindT:
        """Return the device in a role; ``kind`` is the interface or ability that it must have."""
        if role not in self.devices:
            raise ConfigError(f"cell {self.name!r} has no device in role {role!r}; {near_names(role, self.devices)}")
        device = self.devices[role]
        if not isinstance(device, kind):
            raise ConfigError(f"role {role!r} is a {type(device).__name__}; the program asks for {kind.__name__}")
        return device

    def workpiece(self, kind: str) -> Workpiece:
        """Return a kind of part by its name in the cell file."""
        if kind not in self._workpieces:
            raise ConfigError(f"cell {self.name!r} has no workpiece {kind!r}; {near_names(kind, self._workpieces)}")
        return self._workpieces[kind]

    def places(self, name: str) -> tuple[Pose, ...]:
        """Return the poses of a place, in frame ``world``: the points on which parts stand, z up."""
        if name not in self._places:
            raise ConfigError(f"cell {self.name!r} has no place {name!r}; {near_names(name, self._places)}")
        return self._places[name]

    def part_finished(self, part: str) -> None:
        """Report that a part is finished; the cycle time is the time between two such reports."""
        self.emit("part_finished", part=part)

    def report(self, key: str, value: float) -> None:
        """Report an answer: a number that the task asks for, with the name and in the unit that the task states.

        Raises ``ValueError`` for a number that is not finite.
        """
        if not math.isfinite(value):
            raise ValueError(f"{key}: {value} is not a finite number")
        self.emit("report", key=key, value=float(value))

    def note(self, text: str) -> None:
        """Write a remark into the trace."""
        self.emit("note", text=text)

    # --- for the runner of the cell ---------------------------------------------------------------------------

    def emit(self, what: str, **data: Any) -> None:
        """Send all listeners an event of the whole cell."""
        event = DeviceEvent(now(), "cell", what, data)
        for listener in tuple(self._listeners):
            listener(event)

    def on_event(self, listener: Callable[[DeviceEvent], None]) -> None:
        """Call ``listener`` for every event of the cell and of each of its devices.

        A listener observes; it must not send commands.
        """
        self._listeners.append(listener)
        for device in self.devices.values():
            device.on_event(listener)

    def known(self) -> dict[str, dict[str, Any]]:
        """Return workpieces, places and tools by name: all that a program can ask for besides devices."""
        return {"workpieces": dict(self._workpieces), "places": dict(self._places), "tools": dict(self._tools)}

    async def connect(self) -> None:
        """Connect all devices. When a device fails, close the connected ones and raise its error."""
        opened: list[Device] = []
        try:
            for device in self.devices.values():
                await device.connect()
                opened.append(device)
        except BaseException:
            for device in reversed(opened):
                with contextlib.suppress(CellkitError):
                    await device.close()
            raise

    async def stop(self) -> None:
        """Stop all devices that move, at the same time: a functional stop, not a safety function.

        Raises the first error after all stops have ended.
        """
        moving = [device.stop() for device in self.devices.values() if isinstance(device, Actuator)]
        results = await asyncio.gather(*moving, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def close(self) -> None:
        """Stop and close all devices. Raises the first error after all devices are closed."""
        errors: list[BaseException] = []
        for device in reversed(self.devices.values()):
            try:
                await device.close()
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]
