"""The driver: settings over HTTP, then a stream of records over UDP that is watched for silence and losses."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress

import httpx
import numpy as np

from cellkit.devices import ForceTorqueSensor, WrenchReading
from cellkit.devices.latest import Latest
from cellkit.devices.wired import Wired
from cellkit.errors import ConnectionFailed, DeviceFault, ProtocolError, TransportError
from cellkit.geometry import Wrench
from cellkit.models.sensor import ForceTorqueModel
from cellkit.timing import now
from cellkit.transport import Datagram, Network
from cellkit.transport.http_client import http_client
from cellkit_ati.config import AtiConfig
from cellkit_ati.protocol import units
from cellkit_ati.protocol.rdt import Command, Record, Request, decode_records, encode_request
from cellkit_ati.protocol.sequence import Arrival, SequenceCounter
from cellkit_ati.protocol.settings import COMMUNICATIONS, PAGE, NetFtSettings, achievable, decode_settings
from cellkit_ati.protocol.status import code, describe, is_error
from cellkit_ati.stamps import Stamps

PERIODS = 20  # without a record that are silence at least
GRACE = 0.02  # s for what has come while this computer was busy elsewhere
FROZEN = "frozen"
"""Code of the ``DeviceFault`` for records whose sample number stands still."""
LOSS_REPORT = 1.0  # s between two events about lost packets


class NetFtSensor(Wired[AtiConfig], ForceTorqueSensor):
    """A sensor with a Net F/T box, or an Ethernet Axia. Its axes are taken for those of frame ``flange``.

    ``zero()`` is the interface's: the box's own bias is neither set nor removed.
    """

    def __init__(self, name: str, model: ForceTorqueModel, config: AtiConfig, network: Network) -> None:
        ForceTorqueSensor.__init__(self, name, model)
        self._use(config, network)
        self._asked = config.rate or round(model.rate.value or 1000)
        self._socket: Datagram | None = None
        self._counter = SequenceCounter()
        self.ignored_datagrams = 0
        """Datagrams of this connection that were no records."""

    def _fresh(self) -> None:
        self._counter = SequenceCounter()
        self._progress: float | None = None
        self._status = 0
        self._told_lost, self._told_at = 0, 0.0
        self.ignored_datagrams = 0

    def _title(self) -> str:
        return self.model.name if self.model is not None else "force/torque sensor"

    @property
    def lost_packets(self) -> int:
        """Records of this connection that never came, by their sequence numbers."""
        return self._counter.lost

    @property
    def rate(self) -> float:
        """Return the rate in Hz that the box reports. Raises ``CommandRejected`` before the first connection."""
        self._require_open()
        return float(self._settings.rate)

    # --- opening and closing --------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        self._fresh()
        self._settings = settings = await self._negotiated()
        try:
            self._newtons = units.newtons(settings.force_unit) / settings.counts_per_force
            self._newton_metres = units.newton_metres(settings.torque_unit) / settings.counts_per_torque
        except ValueError as error:
            raise ConnectionFailed(self.name, f"the box counts in an {error}") from None
        self._stamps = Stamps(1.0 / settings.rate)
        self._silence = max(self.config.silence, PERIODS / settings.rate)
        self._newest = self._pending(Latest[Record](self.name, "record", self._silence))
        self._socket = await self._open_datagram()
        self._background(self._listen(self._socket), "RDT")
        await self._start(self._socket)
        self._background(self._newest.guard(GRACE), "RDT")

    async def _negotiated(self) -> NetFtSettings:
        """Return the settings of the box, with the requested rate where the firmware accepts one."""
        config = self.config
        base = f"http://{config.host}:{config.http_port}"
        client = http_client(self.network, base, timeout=config.answer_timeout)
        try:
            settings = await self._settings_page(client)
            if config.set_rate and settings.rate != achievable(self._asked, settings.family):
                answer = await self._get(client, f"{COMMUNICATIONS}?comrdtrate={self._asked}")
                if answer.is_success:  # else: some firmware does not accept a rate; its own rate is used
                    settings = await self._settings_page(client)
        except httpx.HTTPError as error:
            raise ConnectionFailed(self.name, f"no web pages of the box at {base}: {error}") from None
        except ProtocolError as error:
            raise ConnectionFailed(self.name, f"{base}{PAGE}: {error.message}") from None
        finally:
            await client.aclose()
        if not settings.enabled:
            raise ConnectionFailed(self.name, f"RDT is switched off in the box ({base}/comm.htm)")
        if any(settings.transform) and not config.tool_transformation:
            text = "the box's active configuration moves the frame (tool transformation {}): clear it there, or set {}"
            moved = ", ".join(f"{number:g}" for number in settings.transform)
            raise ConnectionFailed(self.name, text.format(moved, "tool_transformation, if that frame is the flange"))
        return settings

    async def _settings_page(self, client: httpx.AsyncClient) -> NetFtSettings:
        answer = await self._get(client, PAGE)
        if not answer.is_success:
            raise ProtocolError(self.name, f"HTTP {answer.status_code}", data=answer.content[:100])
        return decode_settings(answer.content)

    async def _get(self, client: httpx.AsyncClient, path: str) -> httpx.Response:
        """Get a whole page within the time limit: httpx' own limits do not end an answer that comes byte by byte."""
        try:
            async with asyncio.timeout(self.config.answer_timeout):
                return await client.get(path)
        except TimeoutError:
            raise httpx.ReadTimeout(f"no answer for {self.config.answer_timeout:g} s") from None

    async def _start(self, socket: Datagram) -> None:
        """Ask for the stream until it comes: a datagram may be lost on either way. Each time it begins anew."""
        config = self.config
        patience = max(config.start_timeout, 2 / self._settings.rate)
        for _ in range(config.start_tries):
            self._ask(socket, Command.START)
            with contextlib.suppress(TimeoutError):
                await self._newest.until(lambda _record: True, patience)
                return
        waited = config.start_tries * patience
        where = f"{config.host}:{config.rdt_port}"
        raise ConnectionFailed(self.name, f"no record from {where} within {waited:g} s of asking for them")

    def _ask(self, socket: Datagram, command: Command) -> None:
        try:
            socket.send(encode_request(Request(command)), (self.config.host, self.config.rdt_port))
        except TransportError as error:
            raise ConnectionFailed(self.name, str(error)) from None

    async def _close(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:  # without this command, a box never ends its stream
            with contextlib.suppress(ConnectionFailed):
                self._ask(socket, Command.STOP)
        await super()._close()

    # --- the stream -----------------------------------------------------------------------------------------------

    async def _listen(self, socket: Datagram) -> None:
        """Take every record as it arrives.

        Ends by an error only. A datagram that is not a record is counted and dropped.
        """
        host, port = self.config.host, self.config.rdt_port
        if not _literal(host):  # a name: who answers is known by the port alone
            host = ""
        while True:
            datagram, sender = await socket.receive()
            if sender[1] != port or (host and sender[0] != host):
                self.ignored_datagrams += 1
                continue
            try:
                records = decode_records(datagram)
            except ProtocolError:
                self.ignored_datagrams += 1
                continue
            for record in records:
                self._take(record)

    def _take(self, record: Record) -> None:
        counter = self._counter
        arrival = counter.take(record.rdt_sequence, record.ft_sequence)
        if arrival is Arrival.LATE or arrival is Arrival.DUPLICATE:
            return
        arrived = now()
        if self._newest.known and self._newest.value.ft_sequence != record.ft_sequence:
            self._progress = arrived
        self._stamps.take(arrived, counter.gap)
        self._newest.put(record)
        if record.status != self._status:
            self._status = record.status
            self._emit("status", code=code(record.status), text=describe(record.status, self._settings.family))
        if counter.lost > self._told_lost and arrived - self._told_at >= LOSS_REPORT:
            self._emit("packets_lost", count=counter.lost - self._told_lost, total=counter.lost)
            self._told_lost, self._told_at = counter.lost, arrived
        self._notify_observers()

    async def _read(self) -> WrenchReading:
        record = self._newest.value
        if is_error(record.status, self._settings.family):
            text = describe(record.status, self._settings.family)
            raise DeviceFault(self.name, text, code=code(record.status))
        if self._progress is not None and now() - self._progress > self._silence + GRACE:
            raise DeviceFault(self.name, "the box sends, but it measures nothing new", code=FROZEN)
        counts = np.array(record.counts, dtype=np.float64)
        wrench = Wrench(counts[:3] * self._newtons, counts[3:] * self._newton_metres, "flange")
        return WrenchReading(self._stamps.newest, wrench)


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
