"""What a controller remembers: frames, tools, payloads, registers, signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellkit.devices import Load, Tool
from cellkit.geometry import Array, Pose
from cellkit_fanuc.protocol.catalogue import PORTS, SCHEDULES, TOOLS, USER_FRAMES
from cellkit_fanuc.protocol.errors import RmiRefused, Rmit


@dataclass(frozen=True, slots=True, eq=False)
class PositionRegister:
    """``Position`` with its ``Configuration``, or ``JointAngle``; as it was written."""

    representation: str
    fields: Mapping[str, Any]


class Signals:
    """Ports of all kinds, off or zero until they are written."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, int], float] = {}
        self._listeners: list[Callable[[], None]] = []

    def __getitem__(self, port: tuple[str, int]) -> float:
        return self._values.get(port, 0)

    def __setitem__(self, port: tuple[str, int], value: float) -> None:
        self._values[port] = value
        for listener in tuple(self._listeners):
            listener()

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call after every write; the function returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


class ControllerData:
    """Frames in their parents' frames as (4, 4) in m; tool and user frame 0 are the flange and WORLD."""

    def __init__(self) -> None:
        self.user_frames: list[Array] = [np.eye(4) for _ in range(USER_FRAMES + 1)]
        self.tools: list[Array] = [np.eye(4) for _ in range(TOOLS + 1)]
        self.user_frame = 0
        self.tool = 1
        self.payloads = [Load() for _ in range(SCHEDULES + 1)]
        self.payload = Load()
        self.registers: dict[int, float] = {}
        self.positions: dict[int, PositionRegister] = {}
        self.signals = Signals()
        self.ports: dict[str, int] = {}
        """Highest port of a kind that a module is there for, where that is not ``PORTS``."""

    def port(self, kind: str, number: int) -> tuple[str, int]:
        """Return a port that exists. Raises ``RmiRefused``."""
        if number > self.ports.get(kind, PORTS):
            raise RmiRefused(Rmit.PORT_NUMBER)
        return kind, number

    def tool_data(self, number: int) -> Tool:
        """Return a tool frame as a tool of the kernel; the whole load is in the payload."""
        return Tool(f"UTOOL {number}", Pose(self.tools[number], "flange"))

    def offset(self, number: int) -> Mapping[str, float]:
        """Return the position in a register. Raises ``RmiRefused`` for a register without a position."""
        register = self.positions.get(number)
        if register is None or register.representation != "Cartesian":
            raise RmiRefused(Rmit.POSITION_REGISTER)
        position: Mapping[str, float] = register.fields["Position"]
        return position
