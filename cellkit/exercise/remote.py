"""The cell as a program in a process of its own has it: the open interfaces, whose commands go to the other process.

Both processes share one time. While a task of the program is ready, no time passes. When all wait, this side hands
over what was asked and until when it sleeps, and gets back what has come of it by then: replies, events, the time.
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


class HostGone(SystemExit):
    """The other process has ended; there is nobody to work for."""


class Link:
    """This side's end of the line, and the stepper of its event loop: time passes over there."""

    def __init__(self, descriptor: int, program: str) -> None:
        self._descriptor = descriptor
        self._program = program
        self._acts: list[Json] = []
        self._number = 0
        self._replies: dict[int, asyncio.Future[Json]] = {}
        self._ends: dict[int, asyncio.Future[None]] = {}
        self.devices: dict[str, Remote] = {}
        self.refused: list[Json] = []

    # --- the line ---------------------------------------------------------------------------------------------

    def send(self, message: Json) -> None:
        """Hand a message over."""
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
                raise HostGone(1)
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    # --- time (see Stepper) -----------------------------------------------------------------------------------

    def advance(self, until: float, _interrupted: Callable[[], bool]) -> float:
        """All tasks wait: let the other side go on, at most until ``until`` (s)."""
        acts, self._acts = self._acts, []
        refused, self.refused = self.refused, []
        self.send({"acts": acts, "until": None if math.isinf(until) else until, "refused": refused})
        told = self.receive()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.cell_time = moment = float(told["t"])
        for kind, *rest in told["news"]:
            self._heard(kind, rest)
        return moment

    def _heard(self, kind: str, rest: list[Json]) -> None:
        if kind == "event":
            role, what, data = rest
            self.devices[role].happened(what, decode(data))
        elif kind == "state":
            role, state = rest
            self.devices[role].mirror(decode(state))
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
        """The program is over."""
        self.send({"acts": self._acts, "until": None, "refused": self.refused, **outcome})

    # --- what the program does --------------------------------------------------------------------------------

    def post(self, *act: Any) -> None:
        """Something that is waited for by nobody."""
        self._acts.append([encode(one) for one in act])

    async def call(self, role: str, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Let the device do it. Cancelling ends it over there first, as it would with the device in this process."""
        try:
            told = [[encode(one) for one in args], {name: encode(one) for name, one in kwargs.items()}]
        except CodecError as error:
            raise TypeError(f"{role}.{method}: {error}") from None
        self._number += 1
        number = self._number
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[Json] = loop.create_future()
        self._replies[number] = reply
        self._acts.append(["call", number, role, method, told, self.line()])
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
        """The line of the program's text that is being carried out."""
        frame = sys._getframe()
        while frame is not None:
            if frame.f_code.co_filename == self._program:
                return frame.f_lineno
            frame = frame.f_back  # type: ignore[assignment]
        return None


async def _ended(future: asyncio.Future[None]) -> None:
    await future


class Remote:
    """What makes an open interface one whose device is elsewhere. Stands before it among the bases."""

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
        """Ask the host to go on."""
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

    def mirror(self, state: Mapping[str, Any]) -> None:
        """Take over what the device's side says of itself."""
        self._state = state
        device: Any = self
        device._lifecycle = Lifecycle(state["lifecycle"])
        if isinstance(self, Gripper):
            self._holding = bool(state["holding"])
        if isinstance(self, Arm):
            self._tool, self._payload = state["tool"], state["payload"]
            self._frames = {name: np.eye(4) for name in state["frames"] if name != "tcp"}  # what matters are the names

    def happened(self, what: str, data: dict[str, Any]) -> None:
        """An event of the device."""
        device: Any = self
        if what == "connection_lost":
            device._link_lost(str(data.get("why", "")))
        elif what == "grasp_lost":
            device._part_lost()
        else:
            device._emit(what, **data)


def remote_device(told: Mapping[str, Json], link: Link) -> Device:
    """The device in a role, with the interfaces that it has over there."""
    kind = _remote_class(tuple(told["interfaces"]))
    arguments = {name: decode(one) for name, one in told["arguments"].items()}
    device: Device = kind(told["role"], **arguments)
    assert isinstance(device, Remote)
    device._link = link
    device.mirror(decode(told["state"]))
    link.devices[told["role"]] = device
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
        signature.bind(self, *args, **kwargs)  # a wrong argument is told here, at its line
        return await self._link.call(self.name, name, args, kwargs)

    forward.__name__, forward.__doc__ = name, function.__doc__
    return forward


async def _never(self: Any, *_args: Any, **_kwargs: Any) -> None:
    raise CommandRejected(self.name, "is driven by the other process; use its public methods")


class RemoteCell(Cell):
    """The cell, whose events are told over there too."""

    def __init__(self, told: Mapping[str, Json], link: Link) -> None:
        devices = {one["role"]: remote_device(one, link) for one in told["devices"]}
        super().__init__(told["name"], devices, quantity=int(told["quantity"]), **decode(told["known"]))
        self._link = link

    @override
    def emit(self, what: str, **data: Any) -> None:
        self._link.post("emit", what, data, self._link.line())
        super().emit(what, **data)
