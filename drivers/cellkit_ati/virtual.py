"""A virtual Net F/T box or Ethernet Axia: RDT on UDP, its settings page and forms on HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from typing_extensions import override

from cellkit.controller.plants.force_torque import WrenchPlant
from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.errors import ProtocolError
from cellkit.models.sensor import ForceTorqueModel
from cellkit.timing import Periodic, now
from cellkit.transport import ByteStream, Datagram
from cellkit.transport.http_server import serve_http
from cellkit.transport.network import Address
from cellkit_ati.protocol.rdt import Command, Record, decode_request, encode_record
from cellkit_ati.protocol.settings import AXIA_RATE, NET_BOX_RATE, NetFtSettings, achievable
from cellkit_ati.protocol.status import AXIA_OUT_OF_RANGE, LATCHED, NET_BOX_SATURATED, SUMMARY, Family, code
from cellkit_ati.virtual_gauge import Counts, Gauge
from cellkit_ati.virtual_web import web_pages

COUNTS = 1_000_000  # per N and N m, as most boxes are delivered
MOST_AT_ONCE = 50  # records that a late beat sends later; further missing records are never sent
STAYS = 32  # samples for which an Axia still reports that it was out of range
_STREAMS = (Command.START, Command.START_SINGLE, Command.START_BUFFERED, Command.START_MULTI_UNIT)
_NOT_OF = {
    Family.NET_BOX: (Command.START_SINGLE,),
    Family.AXIA: (Command.START_MULTI_UNIT, Command.RESET_LATCH),
}
_WRAP = 1 << 32


class VirtualNetFt(VirtualDevice):
    """Streams to one client: a command takes precedence over all before it, whichever client sends it.

    ``force_unit`` and the others: units and counts of its calibration.
    """

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "rdt": Endpoint("udp", 49152, "requests and records (RDT)"),
        "http": Endpoint("tcp", 80, "settings (netftapi2.xml) and forms"),
    }

    def __init__(
        self,
        model: ForceTorqueModel,
        plant: WrenchPlant,
        force_unit: str = "N",
        torque_unit: str = "Nm",
        counts: tuple[int, int] = (COUNTS, COUNTS),
    ) -> None:
        super().__init__()
        self.model = model
        self.family = Family.AXIA if "axia" in model.name.lower() else Family.NET_BOX
        self.gauge = Gauge(model, plant, self.family, force_unit, torque_unit, counts)
        self.rate = achievable(round(model.rate.value or 1000), self.family)
        self.buffer = 1
        self.enabled = True
        self.fault = 0
        """Status bits that a test or a fault has set, besides those of the measurement."""
        self.saturated = False
        self.transform = (0.0,) * 6
        self.client: Address | None = None
        """Address of the client that receives the records."""
        self._beat: Periodic | None = None
        self._mode: int = Command.STOP
        self._left = 0  # records of the stream still to be sent, 0: without end
        self._begun, self._sent, self._sequence, self._pace = 0.0, 0, 0, 1
        self._waiting: list[Record] = []
        self._lose = 0
        self._exceeded = 0

    @property
    @override
    def title(self) -> str:
        return self.model.name

    async def _open(self) -> None:
        self._socket: Datagram = await self._bind("rdt")
        self._web = web_pages(self)
        await self._serve("http", self._browser)
        self._background(self._hear())

    @override
    async def stop(self) -> None:
        self._end_stream()
        await super().stop()

    async def _browser(self, stream: ByteStream) -> None:
        if self.mute:
            while await stream.read():
                pass
            return
        await serve_http(stream, self._web)

    # --- requests -------------------------------------------------------------------------------------------------

    async def _hear(self) -> None:
        while True:
            datagram, sender = await self._socket.receive()
            if self.mute or not self.enabled:
                continue
            try:
                request = decode_request(datagram)
            except ProtocolError:
                continue  # a wrong header or length is ignored
            if request.target is not None:
                continue  # its records stay on this machine: another target must not be set
            self._obey(request.command, request.count, sender)

    def _obey(self, command: int, count: int, sender: Address) -> None:
        if command == Command.STOP:
            self._end_stream()
        elif command == Command.BIAS:
            self.gauge.take_bias()
        elif command in _NOT_OF[self.family]:
            return
        elif command == Command.RESET_LATCH:
            self.fault &= ~LATCHED
            if not self.fault & ~SUMMARY:
                self.fault = 0
        elif command in _STREAMS:
            self._begin_stream(command, count, sender)

    # --- records --------------------------------------------------------------------------------------------------

    def _begin_stream(self, command: int, count: int, sender: Address) -> None:
        self._end_stream()
        self.client, self._mode, self._left = sender, command, count
        self._begun, self._sent, self._sequence, self._pace = now(), 0, 0, self.rate
        self._beat = Periodic(1.0 / self.rate, self._send_due)

    def _end_stream(self) -> None:
        if self._beat is not None:
            self._beat.close()
        self._beat, self.client = None, None
        self._waiting.clear()

    def set_rate(self, rate: int) -> None:
        """Send so many records a second from the next stream on, as near as the electronics can."""
        self.rate = achievable(rate, self.family)

    def enable(self, enabled: bool) -> None:
        """Switch RDT on or off."""
        self.enabled = enabled
        if not enabled:
            self._end_stream()

    def _send_due(self) -> None:
        due = round((now() - self._begun) * self._pace) - self._sent
        if due > MOST_AT_ONCE:  # this computer could not keep up; a real box would not have missed them
            self._sent += due - MOST_AT_ONCE
            due = MOST_AT_ONCE
        for _ in range(due):
            self._sent += 1
            self._sample()
            if self._left:
                self._left -= 1
                if not self._left:
                    self._flush()
                    self._end_stream()
                    return

    def _sample(self) -> None:
        self._sequence = (self._sequence + 1) % _WRAP
        internal = AXIA_RATE if self.family is Family.AXIA else NET_BOX_RATE
        counts, status = self._measure()
        record = Record(self._sequence, int(now() * internal + 1e-6) % _WRAP, status, counts)
        if self._mode == Command.START_BUFFERED:
            self._waiting.append(record)
            if len(self._waiting) >= self.buffer:
                self._flush()
        else:
            self._send(encode_record(record))

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._send(b"".join(encode_record(record) for record in waiting))

    def _send(self, datagram: bytes) -> None:
        if self._lose:
            self._lose -= 1
        elif self.client is not None and not self.mute:
            self._socket.send(datagram, self.client)

    def _measure(self) -> tuple[Counts, int]:
        """Return a sample and its status word."""
        counts = self.gauge.counts()
        exceeded = self.saturated or self.gauge.exceeded
        if self.family is Family.AXIA:
            self._exceeded = STAYS if exceeded else max(0, self._exceeded - 1)
            return counts, self.fault | (AXIA_OUT_OF_RANGE if self._exceeded else 0)
        return counts, self.fault | (NET_BOX_SATURATED if exceeded else 0)

    def settings(self) -> NetFtSettings:
        """Return the values of the settings page."""
        gauge = self.gauge
        counts, status = self._measure()
        return NetFtSettings(
            *gauge.counts_per_unit,
            gauge.force_unit,
            gauge.torque_unit,
            "Ethernet Axia" if self.family is Family.AXIA else "Net F/T",
            self.model.id,
            status,
            self.rate,
            self.buffer,
            self.enabled,
            tuple(gauge.bias),
            counts,
            gauge.ranges,
            self.transform,
        )

    # --- for people -----------------------------------------------------------------------------------------------

    @override
    def switches(self) -> dict[str, Callable[..., object]]:

        def fault(bits: str) -> None:
            value = int(bits, 16)
            if not 0 < value < _WRAP:
                raise ValueError("fault HEX, a status word of 32 bits such as 80008000")
            self.fault = value

        def lose(number: str) -> None:
            self._lose = int(number)

        return {
            "saturate": lambda: self._set(saturated=True),
            "fault": fault,
            "clear": lambda: self._set(saturated=False),
            "lose": lose,
            **self._mute_switches(),
        }

    def _set(self, *, saturated: bool) -> None:
        self.saturated = saturated
        if not saturated:
            self.fault = 0

    @override
    def status_line(self) -> str:
        force, torque = self.gauge.wrench()
        values = " ".join(f"{value:.2f}" for value in (*force, *torque))
        streams = "idle" if self.client is None else f"streams {self.rate} Hz to {self.client[0]}:{self.client[1]}"
        return f"{streams}, {values} N N m, status {code(self.fault)}" + (", mute" if self.mute else "")
