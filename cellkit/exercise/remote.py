"""The cell in the program's own process: the open interfaces, whose commands go to the host process.

Both processes share one time. While a task of the program is ready, no time passes. When all tasks wait, this side
sends its requests and the time of its next timer, and gets back the news until then: replies, events, the time.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from typing_extensions import override

from cellkit.cell.cell import Cell
from cellkit.devices import Arm, Device, DeviceEvent, Gripper, Lifecycle
from cellkit.devices.device import to_completion
from cellkit.errors import CommandRejected
from cellkit.exercise.codec import CodecError, Json, decode, decode_error, encode, pack, unpack
from cellkit.exercise.interfaces import INTERFACES, coroutines_of
from cellkit.geometry import Pose
from cellkit.timing.virtual_loop import VirtualLoop


class HostLost(SystemExit):
    """The host process has ended, so this process ends, too."""


class Link:
    """The program's end of the connection, and the stepper of its event loop: the host decides how time passes."""

    def __init__(self, descriptor: int, program: str) -> None:
        self._descriptor = descriptor
        self._program = program
        self._acts: list[Json] = []
        self._number = 0
        self._replies: dict[int, asyncio.Future[Json]] = {}
        self._ends: dict[int, asyncio.Future[None]] = {}
        self.devices: dict[str, Remote] = {}
        self.refused: list[Json] = []

    # --- messages ---------------------------------------------------------------------------------------------

    def send(self, message: Json) -> None:
        """Send a message."""
        data = memoryview(pack(message))
        while data:
            data = data[os.write(self._descriptor, data) :]

    def receive(self) -> Json:
        """Wait for a message."""
        return unpack(self._read(int.from_bytes(self._read(4), "big")))

    def _read(self, count: int) -> bytes:
        parts = []
        while count > 0:
            part = os.read(self._descriptor, count)
            if not part:
                raise HostLost(1)
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    # --- time (``Stepper``) -----------------------------------------------------------------------------------

    def advance(self, until: float, _interrupted: Callable[[], bool]) -> float:
        """Let the host continue, at most until ``until`` (s), since all tasks wait."""
        acts, self._acts = self._acts, []
        refused, self.refused = self.refused, []
        self.send({"acts": acts, "until": None if math.isinf(until) else until, "refused": refused})
        answer = self.receive()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.cell_time = moment = float(answer["t"])
        for kind, *rest in answer["news"]:
            self._handle(kind, rest)
        return moment

    def _handle(self, kind: str, rest: list[Json]) -> None:
        if kind == "event":
            role, what, data = rest
            self.devices[role].handle_event(what, decode(data))
        elif kind == "state":
            role, state = rest
            self.devices[role].update_state(decode(state))
        else:
            number, value = rest
            end, reply = self._ends.pop(number, None), self._replies.pop(number, None)
            if end is not None:
                if not end.done():
                    end.set_result(None)
            elif reply is not None and not reply.done():
                if kind == "ok":
                    reply.set_result(decode(value))
                elif kind == "error":
                    reply.set_exception(decode_error(value))
                else:
                    reply.cancel()

    def finish(self, outcome: dict[str, Json]) -> None:
        """Report the end of the program."""
        self.send({"acts": self._acts, "until": None, "refused": self.refused, **outcome})

    # --- requests of the program ------------------------------------------------------------------------------

    def post(self, *act: Any) -> None:
        """Send a request without a reply."""
        self._acts.append([encode(item) for item in act])

    async def call(self, role: str, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Have the device carry out a method. Cancelling ends it at the host first, as for a device in this process."""
        try:
            given = [[encode(item) for item in args], {name: encode(item) for name, item in kwargs.items()}]
        except CodecError as error:
            raise TypeError(f"{role}.{method}: {error}") from None
        self._number += 1
        number = self._number
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[Json] = loop.create_future()
        self._replies[number] = reply
        self._acts.append(["call", number, role, method, given, self.line()])
        try:
            return await reply
        except asyncio.CancelledError:
            if number not in self._replies:
                raise
            end = self._ends[number] = loop.create_future()
            self._acts.append(["cancel", number])
            await to_completion(_ended(end))
            raise

    def line(self) -> int | None:
        """Return the line of the program's text that is being carried out."""
        frame = sys._getframe()
        while frame is not None:
            if frame.f_code.co_filename == self._program:
                return frame.f_lineno
            frame = frame.f_back  # type: ignore[assignment]
        return None


async def _ended(future: asyncio.Future[None]) -> None:
    await future


class Remote:
    """Makes an open interface a remote device. It must be the first base class."""

    name: str
    _link: Link
    _state: Mapping[str, Any]
    _listened = False

    @property
    def busy(self) -> bool:
        """Whether a command runs, by the newest report."""
        return bool(self._state.get("busy", False))

    @property
    def held(self) -> bool:
        """Whether motions are held, by the newest report."""
        return bool(self._state.get("held", False))

    def hold(self) -> None:
        """Ask the host to hold motions."""
        self._link.post("hold", self.name)

    def resume(self) -> None:
        """Ask the host to continue."""
        self._link.post("resume", self.name)

    def set_frame(self, name: str, pose: Pose) -> None:
        """Set a frame here, where known frames are checked, and at the host."""
        Arm.set_frame(self, name, pose)  # type: ignore[arg-type]
        self._link.post("frame", self.name, name, pose)

    def on_event(self, listener: Callable[[DeviceEvent], None]) -> Callable[[], None]:
        """Listen to events of the device; the first listener makes the host send them."""
        if not self._listened:
            self._listened = True
            self._link.post("listen", self.name)
        return Device.on_event(self, listener)  # type: ignore[arg-type]

    def update_state(self, state: Mapping[str, Any]) -> None:
        """Store the state that the host reports."""
        self._state = state
        device: Any = self
        device._lifecycle = Lifecycle(state["lifecycle"])
        if isinstance(self, Gripper):
            self._holding = bool(state["holding"])
        if isinstance(self, Arm):
            self._tool, self._payload = state["tool"], state["payload"]
            self._frames = {name: np.eye(4) for name in state["frames"] if name != "tcp"}  # only the names are used

    def handle_event(self, what: str, data: dict[str, Any]) -> None:
        """Handle an event of the device."""
        device: Any = self
        if what == "connection_lost":
            device._link_lost(str(data.get("why", "")))
        elif what == "grasp_lost":
            device._part_lost()
        else:
            device._emit(what, **data)


def remote_device(description: Mapping[str, Json], link: Link) -> Device:
    """Return the device in a role, with the interfaces that it has at the host."""
    kind = _remote_class(tuple(description["interfaces"]))
    arguments = {name: decode(value) for name, value in description["arguments"].items()}
    device: Device = kind(description["role"], **arguments)
    assert isinstance(device, Remote)
    device._link = link
    device.update_state(decode(description["state"]))
    link.devices[description["role"]] = device
    return device


def _remote_class(names: tuple[str, ...]) -> Any:
    kinds = tuple(INTERFACES[name] for name in names)
    body: dict[str, Any] = {}
    for kind in kinds:
        for name in getattr(kind, "__abstractmethods__", ()):
            body[name] = _never
        for name, function in coroutines_of(kind).items():
            body[name] = _forwarding(name, function)
    return type(names[0], (Remote, *kinds), body)


def _forwarding(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(function)

    async def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        signature.bind(self, *args, **kwargs)  # a wrong argument is reported here, at its line
        return await self._link.call(self.name, name, args, kwargs)

    forward.__name__, forward.__doc__ = name, function.__doc__
    return forward


async def _never(self: Any, *_args: Any, **_kwargs: Any) -> None:
    raise CommandRejected(self.name, "is driven by the host process; use its public methods")


class RemoteCell(Cell):
    """The cell, whose events are also reported to the host."""

    def __init__(self, description: Mapping[str, Json], link: Link) -> None:
        devices = {device["role"]: remote_device(device, link) for device in description["devices"]}
        known = decode(description["known"])
        super().__init__(description["name"], devices, quantity=int(description["quantity"]), **known)
        self._link = link

    @override
    def emit(self, what: str, **data: Any) -> None:
        self._link.post("emit", what, data, self._link.line())
        super().emit(what, **data)
