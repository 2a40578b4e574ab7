"""The driver of SICK's 2D scanners: it starts the scanner, subscribes to its scans and keeps the newest.

The start follows the vendor's driver (``init_scanner`` of SICKAG/sick_scan_xd, commit 2d47966). What the scanner is set
to is checked against the model and not changed (see ``SickConfig``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from cellkit.devices import Field, Lifecycle, RangeScanner, Scan
from cellkit.devices.latest import Latest
from cellkit.devices.wired import Wired
from cellkit.errors import ConnectionFailed, ConnectionLost, DeviceError, DeviceFault, ProtocolError
from cellkit.models.sensor import ScannerModel
from cellkit.timing import now
from cellkit.transport import Network
from cellkit_sick.clock import ScannerClock
from cellkit_sick.config import ColaAConfig, ColaBConfig, SickConfig
from cellkit_sick.link import ColaLink, ColaRefused
from cellkit_sick.protocol.commands import Level
from cellkit_sick.protocol.errors import Sfa
from cellkit_sick.protocol.scandata import (
    DISTANCE,
    STATUS_CONTAMINATION,
    STATUS_CONTAMINATION_ERROR,
    STATUS_ERROR,
    ScanData,
    decode_scan,
)
from cellkit_sick.protocol.telegrams import COLA_A, COLA_B, Dialect
from cellkit_sick.scans import channel_grid, model_grid, range_grid, to_scan

_LOG = logging.getLogger("cellkit")
READY, BROKEN = 1, 2  # of SCdevicestate; 0 is busy, and logged in as well
AGAIN = 0.5  # s between two tries at a scanner that is not ready
DISTANCES_ONLY = (1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1)
"""LMDscandatacfg: the first echo, no remission, no encoder, no texts, no time, every turn."""

ConfigT = TypeVar("ConfigT", bound=SickConfig)


@dataclass(frozen=True, slots=True)
class Identity:
    """What the scanner says it is."""

    name: str
    version: str
    firmware: str
    serial: str


class SickScanner(Wired[ConfigT], RangeScanner):
    """What both dialects have in common. Faults: ``1`` error, ``5`` contamination (the vendor's device status)."""

    dialect: ClassVar[Dialect]

    def __init__(
        self, name: str, model: ScannerModel, fields: Mapping[str, Field], config: ConfigT, network: Network
    ) -> None:
        RangeScanner.__init__(self, name, model, fields)
        self._use(config, network)
        self.identity: Identity | None = None
        """Known once connected."""

    @property
    def _port(self) -> int:
        raise NotImplementedError

    # --- the start --------------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        self._clock = ScannerClock()
        self._newest = self._pending(Latest[ScanData](self.name, "scan", self.config.scan_timeout))
        self._scan: Scan | None = None
        self._contaminated = False
        stream = await self._open_stream(self._port, f"{self.model.name} ({self.dialect.name})")
        link = ColaLink(self.name, stream, self.dialect, self.config.answer_timeout, self._take)
        self._link = self._pending(link)
        self._background(link.listen(), self._title())
        await self._start(link)
        await self._await_first_scan()
        self._background(self._newest.guard(), self._title())

    async def _start(self, link: ColaLink) -> None:
        (state,) = await link.read("SCdevicestate")
        if state == BROKEN:
            raise ConnectionFailed(self.name, "the scanner reports an error (SCdevicestate 2)")
        await link.subscribe(False)
        (granted,) = await link.call("SetAccessMode", Level.CLIENT, int(self.config.password, 16))
        if not granted:
            raise ConnectionFailed(self.name, "the scanner refuses the password of level 3 (SetAccessMode 0)")
        # Just switched on, a scanner refuses for a while what it takes later (sFA 4; sick_scan, issue 44).
        await self._insist(lambda: link.write("EIHstCola", self.dialect.number))
        self.identity = await self._identify(link)
        await self._check_turns(link)
        await self._check_range(link)
        await self._insist(lambda: link.write("LMDscandatacfg", *DISTANCES_ONLY))
        (failure,) = await link.call("LMCstartmeas")
        if failure:
            raise ConnectionFailed(self.name, f"the scanner does not start to measure (LMCstartmeas {failure})")
        (runs,) = await link.call("Run")
        if not runs:
            raise ConnectionFailed(self.name, "the scanner does not go into operation (Run 0)")
        await link.subscribe(True)

    async def _insist(self, request: Callable[[], Awaitable[None]]) -> None:
        """Ask again while a condition is not met, up to the time that the scanner may take to start."""
        end = now() + self.config.start_timeout
        while True:
            try:
                return await request()
            except ColaRefused as refused:
                if refused.code != Sfa.CONDITION_FAILED or now() + AGAIN > end:
                    raise
            await asyncio.sleep(AGAIN)

    async def _identify(self, link: ColaLink) -> Identity:
        try:
            name, version = await link.read("DeviceIdent")
        except ColaRefused:  # older scanners know the request by number only
            name, version = await link.ident()
        (firmware,) = await link.read("FirmwareVersion")
        (serial,) = await link.read("SerialNumber")
        return Identity(str(name).strip(), str(version).strip(), str(firmware).strip(), str(serial).strip())

    async def _check_turns(self, link: ColaLink) -> None:
        """Its turns must be the model's; where it does not tell them, the first scan will."""
        try:
            frequency, _, resolution, start, stop = map(int, await link.read("LMPscancfg"))
        except ColaRefused as refused:
            _LOG.info("%s: %s", self.name, refused.message)
            return
        self._require_frequency(frequency)
        if not (grid := range_grid(resolution, start, stop)).fits(model_grid(self.model)):
            self._mismatch(f"measures {grid}")

    async def _check_range(self, link: ColaLink) -> None:
        """Check that the output covers the field of view of the model."""
        wanted = model_grid(self.model)
        sectors, resolution, start, stop = map(int, await link.read("LMPoutputRange"))
        if not range_grid(resolution, start, stop).fits(wanted) and self.config.set_output_range:
            sides = wanted.start, wanted.start + round(math.degrees(self.model.field_of_view.known()) * 10_000)
            await self._insist(lambda: link.write("LMPoutputRange", sectors, wanted.step, *sides))
            sectors, resolution, start, stop = map(int, await link.read("LMPoutputRange"))
        if not (grid := range_grid(resolution, start, stop)).fits(wanted):
            self._mismatch(f"gives out {grid} (LMPoutputRange; see the setting set_output_range)")

    def _require_frequency(self, told: int) -> None:
        """``told`` in 1/100 Hz."""
        frequency = self.model.frequency.known()
        if abs(told / 100 - frequency) > 0.01 * frequency:
            self._mismatch(f"turns at {told / 100:g} Hz, not at {frequency:g} Hz")

    def _mismatch(self, words: str) -> None:
        text = f"the scanner {words}; the model {self.model.id} has {model_grid(self.model)}"
        raise ConnectionFailed(self.name, text)

    async def _await_first_scan(self) -> None:
        limit = self.config.start_timeout
        try:
            first = await self._newest.until(lambda _scan: True, limit)
        except TimeoutError:
            raise ConnectionFailed(self.name, f"the scanner has sent no scan for {limit:g} s") from None
        self._require_frequency(first.frequency)
        if not (grid := channel_grid(first.channels[DISTANCE])).fits(model_grid(self.model)):
            self._mismatch(f"sends {grid}")

    # --- scans ------------------------------------------------------------------------------------------------

    def _take(self, body: bytes) -> None:
        """Accept a scan. Raises ``ProtocolError`` for one that is none, ``ConnectionLost`` for one from long ago."""
        data = decode_scan(self.dialect, body)
        if DISTANCE not in data.channels:
            raise ProtocolError(self.name, "a scan without distances", data=body[:128])
        self._scan = None
        self._clock.note(data, now())
        late, allowed = now() - self._clock.sent, self.config.scan_timeout
        if late > allowed:
            raise ConnectionLost(self.name, f"scans come {late:.2f} s late, with {allowed:g} s allowed")
        self._newest.put(data)
        contaminated = data.status[1] == STATUS_CONTAMINATION
        if contaminated and not self._contaminated:
            self._emit("contaminated", status=data.status[1])
        self._contaminated = contaminated
        self._notify_observers()

    async def _read(self) -> Scan:
        data = self._newest.value
        if data.status[1] & STATUS_ERROR:
            contaminated = data.status[1] == STATUS_CONTAMINATION_ERROR
            text = "its window is contaminated" if contaminated else "the scanner reports an error"
            raise DeviceFault(self.name, text, code=str(data.status[1]))
        if self._scan is None:
            grid = channel_grid(data.channels[DISTANCE])
            if not grid.fits(model_grid(self.model)):
                raise DeviceFault(
                    self.name, f"its settings were changed by another client: it sends {grid}", code="settings"
                )
            number, stamp = self._clock.scans, self._clock.stamp
            self._scan = to_scan(data, self.model, stamp, number, self.config.ignored_codes)
        return self._scan

    # --- the end ----------------------------------------------------------------------------------------------

    async def _before_close(self) -> None:
        await super()._before_close()
        if self.lifecycle is Lifecycle.OPEN:
            with contextlib.suppress(DeviceError):  # closing ends the scans as well
                await self._link.subscribe(False)


class ColaAScanner(SickScanner[ColaAConfig]):
    """A scanner over the text dialect."""

    dialect = COLA_A

    @property
    def _port(self) -> int:
        return self.config.cola_port


class ColaBScanner(SickScanner[ColaBConfig]):
    """A scanner over the binary dialect."""

    dialect = COLA_B

    @property
    def _port(self) -> int:
        return self.config.colab_port
