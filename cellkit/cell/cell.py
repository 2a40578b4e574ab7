"""A cell as its program sees it: devices by role, workpieces, places. No brand anywhere."""

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
    """What ``async def main(cell)`` is given. Every getter raises ``ConfigError`` when the cell has no such thing."""

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
        """The arm in a role."""
        return self.device(role, Arm)

    def gripper(self, role: str) -> Gripper:
        """The gripper in a role, whatever its principle."""
        return self.device(role, Gripper)

    def tool(self, role: str) -> Tool:
        """The tool data of the gripper in a role: ``arm.set_tool(cell.tool(role))`` makes it the one that works.

        Its load is that of all that hangs on the flange. An arm begins with its first gripper.
        """
        self.gripper(role)
        return self._tools[role]

    def io(self, role: str) -> DigitalIO:
        """The digital signals in a role."""
        return self.device(role, DigitalIO)

    def camera(self, role: str) -> Camera:
        """The camera in a role."""
        return self.device(role, Camera)

    def locator(self, role: str) -> Locating:
        """Whatever finds parts in a role."""
        return self.device(role, Locating)

    def force_torque(self, role: str) -> ForceTorqueSensor:
        """The force/torque sensor in a role."""
        return self.device(role, ForceTorqueSensor)

    def proximity(self, role: str) -> ProximitySensor:
        """The beam or presence sensor in a role."""
        return self.device(role, ProximitySensor)

    def scanner(self, role: str) -> RangeScanner:
        """The 2D scanner in a role."""
        return self.device(role, RangeScanner)

    def analog_io(self, role: str) -> AnalogIO:
        """The analog signals in a role."""
        return self.device(role, AnalogIO)

    def code_reader(self, role: str) -> CodeReader:
        """The barcode or text reader in a role."""
        return self.device(role, CodeReader)

    def machine(self, role: str) -> Machine:
        """The machine tool in a role."""
        return self.device(role, Machine)

    def device(self, role: str, kind: type[KindT]) -> KindT:
        """The device in a role, of a kind or ability."""
        if role not in self.devices:
            raise ConfigError(f"cell {self.name!r} has no device in role {role!r}; {near_names(role, self.devices)}")
        device = self.devices[role]
        if not isinstance(device, kind):
            raise ConfigError(f"role {role!r} is a {type(device).__name__}, which is no {kind.__name__}")
        return device

    def workpiece(self, kind: str) -> Workpiece:
        """A kind of part."""
        if kind not in self._workpieces:
            raise ConfigError(f"cell {self.name!r} has no workpiece {kind!r}; {near_names(kind, self._workpieces)}")
        return self._workpieces[kind]

    def places(self, name: str) -> tuple[Pose, ...]:
        """The poses of a place, in frame ``world``: where parts stand, z up."""
        if name not in self._places:
            raise ConfigError(f"cell {self.name!r} has no place {name!r}; {near_names(name, self._places)}")
        return self._places[name]

    def part_finished(self, part: str) -> None:
        """Say that one part is done; the cycle time runs from one such moment to the next."""
        self.emit("part_finished", part=part)

    def report(self, key: str, value: float) -> None:
        """Tell an answer: a number that was asked for, by its name, in the unit that the task says.

        Raises ``ValueError`` for one that is not finite.
        """
        if not math.isfinite(value):
            raise ValueError(f"{key}: {value} is no answer")
        self.emit("report", key=key, value=float(value))

    def note(self, text: str) -> None:
        """Leave a remark in the trace."""
        self.emit("note", text=text)

    # --- for whoever runs the cell ----------------------------------------------------------------------------

    def emit(self, what: str, **data: Any) -> None:
        """Tell all listeners of something that concerns the whole cell."""
        event = DeviceEvent(now(), "cell", what, data)
        for listener in tuple(self._listeners):
            listener(event)

    def on_event(self, listener: Callable[[DeviceEvent], None]) -> None:
        """Call for every event of the cell and of each of its devices. Listeners observe, never control."""
        self._listeners.append(listener)
        for device in self.devices.values():
            device.on_event(listener)

    def known(self) -> dict[str, dict[str, Any]]:
        """All that a program may ask for by name, besides devices: what the constructor was given."""
        return {"workpieces": dict(self._workpieces), "places": dict(self._places), "tools": dict(self._tools)}

    async def connect(self) -> None:
        """Connect all devices; what was opened is closed again when one of them fails."""
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
        """Stop everything that moves, all at once. A functional stop. Raises the first error after all were tried."""
        moving = [device.stop() for device in self.devices.values() if isinstance(device, Actuator)]
        results = await asyncio.gather(*moving, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def close(self) -> None:
        """Stop and close all devices. Raises the first error after all were tried."""
        errors: list[BaseException] = []
        for device in reversed(self.devices.values()):
            try:
                await device.close()
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]
