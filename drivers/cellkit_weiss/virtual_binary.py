"""One client of the virtual gripper's binary interface."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial

from cellkit.errors import TransportError
from cellkit.timing import Periodic
from cellkit.transport import ByteStream
from cellkit_weiss.protocol import binary
from cellkit_weiss.protocol.binary import Answer, Id
from cellkit_weiss.protocol.frames import FrameReader, encode_frame
from cellkit_weiss.protocol.status import Status, WsgRefused
from cellkit_weiss.virtual_wsg import Wsg


class BinarySession:
    """Reads frames and answers them; bytes outside a frame are skipped."""

    def __init__(self, wsg: Wsg, stream: ByteStream, muted: Callable[[], bool]) -> None:
        self._wsg, self._stream, self._muted = wsg, stream, muted
        self._automatic: dict[Id, Periodic] = {}
        self._last: dict[Id, bytes] = {}

    async def serve(self) -> bool:
        """Until the client goes; whether it announced that."""
        frames = FrameReader(strict=False)
        while data := await self._stream.read():
            for frame in frames.feed(data):
                if self._muted():
                    continue
                if not frame.sound:
                    self._say(frame.command, Status.CHECKSUM_ERROR)
                    continue
                try:
                    command = binary.decode_command(frame)
                    if command == binary.Plain(Id.DISCONNECT):
                        self._say(Id.DISCONNECT, Status.SUCCESS)
                        return True
                    self._take(command)
                except WsgRefused as error:
                    self._say(frame.command, error.status)
            await self._stream.drain()
        return False

    def close(self) -> None:
        """Nothing is sent by itself any more."""
        for beat in self._automatic.values():
            beat.close()

    def _take(self, command: binary.Command) -> None:
        id = binary.id_of(command)
        match command:
            case binary.Ask():
                self._ask(command)
            case binary.Put():
                self._put(command)
                self._say(id, Status.SUCCESS)
            case binary.Loop(data):
                self._say(id, Status.SUCCESS, data)
            case binary.Acknowledge():
                self._wsg.acknowledge()
                self._say(id, Status.SUCCESS)
            case binary.Plain():
                self._say(id, Status.SUCCESS, self._plain(id))
            case _:
                end = self._begin(command)
                self._say(id, Status.CMD_PENDING)
                end.add_done_callback(lambda ended: self._say(id, ended.result()))

    def _begin(
        self, command: binary.Home | binary.Preposition | binary.Grasp | binary.Release
    ) -> asyncio.Future[Status]:
        wsg = self._wsg
        match command:
            case binary.Home(positive):
                return wsg.home(positive)
            case binary.Preposition(width, speed, relative, stop):
                return wsg.position(width, speed, relative=relative, stop_on_block=stop)
            case binary.Grasp(width, speed):
                return wsg.grip(width, speed)
            case binary.Release(width, speed):
                return wsg.release(speed, width=width)

    def _plain(self, id: Id) -> bytes:
        wsg = self._wsg
        if id is Id.STOP:
            wsg.stop()
        elif id is Id.FAST_STOP:
            wsg.fast_stop()
        elif id is Id.CLEAR_SOFT_LIMITS:
            wsg.soft_limits = None
        elif id is Id.GET_ACCELERATION:
            return binary.encode_number(id, wsg.acceleration)
        elif id is Id.GET_FORCE_LIMIT:
            return binary.encode_number(id, wsg.force_limit)
        elif id is Id.GET_SOFT_LIMITS:
            if wsg.soft_limits is None:
                raise WsgRefused(Status.NOT_AVAILABLE)
            return binary.encode_number(id, *wsg.soft_limits)
        return b""  # TARE: the force comes from the motor's current, there is nothing to tare

    def _put(self, command: binary.Put) -> None:
        match command.id, command.values:
            case Id.SET_ACCELERATION, (acceleration,):
                self._wsg.set_acceleration(acceleration)
            case Id.SET_FORCE_LIMIT, (force,):
                self._wsg.set_force_limit(force)
            case _, (inner, outer):
                self._wsg.set_soft_limits(inner, outer)

    def _ask(self, command: binary.Ask) -> None:
        id = command.id
        running = self._automatic.pop(id, None)
        if running is not None:
            running.close()
        if command.automatic:
            if command.period <= 0.0:
                raise WsgRefused(Status.RANGE_ERROR)
            beat = partial(self._report, id, command.changes_only)
            self._automatic[id] = Periodic(command.period, beat)
        self._last.pop(id, None)
        self._report(id, command.changes_only)

    def _report(self, id: Id, changes_only: bool) -> None:
        data = self._data(id)
        if not (changes_only and self._last.get(id) == data):
            self._last[id] = data
            self._say(id, Status.SUCCESS, data)

    def _data(self, id: Id) -> bytes:
        wsg = self._wsg
        if id is Id.SYSTEM_STATE:
            return int(wsg.flags).to_bytes(4, "little")
        if id is Id.GRASPING_STATE:
            return bytes([wsg.state])
        values = {Id.WIDTH: lambda: wsg.width, Id.SPEED: lambda: wsg.speed, Id.FORCE: lambda: wsg.force}
        return binary.encode_number(id, values[id]())

    def _say(self, command: int, status: int, data: bytes = b"") -> None:
        if not self._muted():
            with contextlib.suppress(TransportError):  # the client is gone, which its reader will hear
                self._stream.write(encode_frame(binary.encode_answer(Answer(command, status, data))))
