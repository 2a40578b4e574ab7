"""One client of the virtual gripper's text interface."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial

from cellkit.errors import TransportError
from cellkit.timing import Periodic
from cellkit.transport import ByteStream
from cellkit_weiss.protocol import gcl
from cellkit_weiss.protocol import gcl_requests as requests
from cellkit_weiss.protocol.status import Status, WsgRefused, text_of
from cellkit_weiss.virtual_wsg import Wsg

FLAGS = 32


class GclSession:
    """Reads lines and answers them. Widths of parts and verbosity are forgotten with the connection."""

    def __init__(self, wsg: Wsg, stream: ByteStream, muted: Callable[[], bool]) -> None:
        self._wsg, self._stream, self._muted = wsg, stream, muted
        self._verbose = False
        self._tolerance = wsg.web.part_width_tolerance
        self._travel = wsg.web.clamping_travel
        self._automatic: dict[str, Periodic] = {}
        self._last: dict[str, str] = {}

    async def serve(self) -> bool:
        """Until the client goes; whether it said goodbye."""
        lines = gcl.LineReader()
        while data := await self._stream.read():
            for line in lines.feed(data):
                if self._muted() or not line.strip():
                    continue
                try:
                    request = requests.decode_request(line)
                    if request == requests.Plain("BYE"):
                        self._say(gcl.Acknowledged("BYE"))
                        return True
                    self._take(request)
                except WsgRefused as error:
                    self._refuse(error.command or line.decode("ascii", "replace"), error.status)
            await self._stream.drain()
        return False

    def close(self) -> None:
        """Nothing is sent by itself any more."""
        for beat in self._automatic.values():
            beat.close()

    def _take(self, request: requests.Request) -> None:
        try:
            match request:
                case requests.Query():
                    self._say(self._answer(request))
                case requests.Setting():
                    self._set(request)
                case requests.AutoSend():
                    self._send_by_itself(request)
                case requests.Plain(name):
                    {"STOP": self._wsg.stop, "FASTSTOP": self._wsg.fast_stop, "FSACK": self._wsg.acknowledge}[name]()
                    self._say(gcl.Acknowledged(name))
                case _:
                    end = self._begin(request)
                    self._say(gcl.Acknowledged(request.name))
                    end.add_done_callback(partial(self._ended, request.name))
        except WsgRefused as error:
            raise WsgRefused(error.status, request.name) from None

    def _begin(
        self, request: requests.Home | requests.Move | requests.Grip | requests.Release
    ) -> asyncio.Future[Status]:
        wsg = self._wsg
        match request:
            case requests.Home(positive):
                return wsg.home(positive)
            case requests.Move(width, speed):
                return wsg.position(width, speed)
            case requests.Grip(force, width, speed):
                return wsg.grip(width, speed, force, self._tolerance, self._travel)
            case requests.Release(distance, speed):
                return wsg.release(speed, distance=distance)

    def _ended(self, name: str, end: asyncio.Future[Status]) -> None:
        status = end.result()
        if status is Status.SUCCESS:
            self._say(gcl.Finished(name))
        else:
            self._refuse(name, status)

    def _set(self, request: requests.Setting) -> None:
        name, value = request.name, request.value
        if name == "VERBOSE":
            if value not in (0.0, 1.0):
                raise WsgRefused(Status.INVALID_PARAMETER)
            self._verbose = bool(value)
        else:
            if not 0.0 <= value <= self._wsg.stroke + 1e-9:
                raise WsgRefused(Status.RANGE_ERROR)
            if name == "PWT":
                self._tolerance = value
            else:
                self._travel = value
        self._say(self._answer(requests.Query(name)))

    def _answer(self, request: requests.Query) -> gcl.Value:
        name, index = request.name, request.index
        if name == "VERBOSE":
            return gcl.Value(name, str(int(self._verbose)))
        if name == "SYSFLAGS":
            bits = [str(int(self._wsg.flags) >> bit & 1) for bit in range(FLAGS)]
            if index is None:
                return gcl.Value(name, f"[{','.join(bits)}]")
            if index >= FLAGS:
                raise WsgRefused(Status.INDEX_OUT_OF_BOUNDS)
            return gcl.Value(name, bits[index], index)
        return gcl.Value(name, self._text(name))

    def _text(self, name: str) -> str:
        wsg = self._wsg
        values = {
            "POS": lambda: wsg.width,
            "SPEED": lambda: wsg.speed,
            "FORCE": lambda: wsg.force,
            "GRIPSTATE": lambda: float(wsg.state),
            "PWT": lambda: self._tolerance,
            "CLT": lambda: self._travel,
        }
        return gcl.wire_text(name, values[name]())

    def _send_by_itself(self, request: requests.AutoSend) -> None:
        name = request.value
        running = self._automatic.pop(name, None)
        if running is not None:
            running.close()
        self._last.pop(name, None)
        if request.period > 0.0:
            beat = partial(self._report, name, bool(request.changes_only))
            self._automatic[name] = Periodic(request.period, beat)
        self._say(gcl.Acknowledged("AUTOSEND"))

    def _report(self, name: str, changes_only: bool) -> None:
        text = self._text(name)
        if changes_only and self._last.get(name) == text:
            return
        self._last[name] = text
        self._say(gcl.Value(name, text, spontaneous=True))

    def _refuse(self, name: str, status: Status) -> None:
        self._say(gcl.Failed(name, status, text_of(status) if self._verbose else ""))

    def _say(self, answer: gcl.Answer) -> None:
        if not self._muted():
            with contextlib.suppress(TransportError):  # the client is gone, which its reader will hear
                self._stream.write(gcl.encode_answer(answer))
