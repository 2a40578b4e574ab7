"""The report stream of port 30003: the newest reports, and waiting for a report with a given state."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import numpy as np

from cellkit.devices.latest import Latest
from cellkit.devices.wired import read_frames
from cellkit.geometry import Array
from cellkit.timing import now
from cellkit.transport import ByteStream
from cellkit_ufactory.protocol.numbers import State
from cellkit_ufactory.protocol.reports import LENGTHS, RealReport, ReportReader

PERIOD = 0.01  # s between two reports
STALE = 2.0  # s without a report after which the link counts as lost
REPEATED = 16  # reports among which a repetition is recognised: a read may bring several at once
HISTORY = 3  # reports over which a joint speed is computed
STANDING = 0.005  # rad/s below which a joint is at rest: 1 micrometre from rest at any deceleration
STILL_REPORTS = 2


class ReportFeed:
    """The stored reports, decoded on access. ``changed`` is set when motions stop or may begin."""

    def __init__(self, device: str) -> None:
        self.latched = False
        self.changed = asyncio.Event()
        self.news_at = now()
        """Time (s) at which the newest report came that did not repeat one of the last ones."""
        self._last: deque[bytes] = deque(maxlen=REPEATED)
        self._latest = Latest[bytes](device, "report", STALE, self._noticed)
        self._reports: deque[tuple[float, bytes]] = deque(maxlen=HISTORY)
        self.guard = self._latest.guard
        self.fail = self._latest.fail

    async def run(self, stream: ByteStream) -> None:
        """Read until the control box closes. Raises ``TransportError`` and ``ProtocolError``."""
        await read_frames(stream, ReportReader(LENGTHS[30003]).feed, self._latest.put)

    def _noticed(self, packet: bytes) -> None:
        self._reports.append((now(), packet))
        if packet not in self._last:
            self._last.append(packet)
            self.news_at = now()
        latched = packet[4] & 15 >= State.STOPPED
        if latched != self.latched:
            self.latched = latched
            self.changed.set()

    @property
    def stamp(self) -> float:
        """Time at which the newest report arrived (s)."""
        return self._latest.stamp

    @property
    def newest(self) -> RealReport:
        """The newest report. Raises ``ConnectionLost`` when it is too old."""
        return RealReport.decode(self._latest.value)

    def velocity(self, count: int) -> Array:
        """Return (count,) joint speeds in rad/s over the last few reports, which have no speeds of their own."""
        (since, oldest), (until, newest) = self._reports[0], self._reports[-1]
        if until - since < 0.1 * PERIOD:
            return np.zeros(count)
        change = np.subtract(RealReport.decode(newest).joints, RealReport.decode(oldest).joints)
        velocity: Array = change[:count] / (until - since)
        return velocity

    async def next(self) -> RealReport:
        """Wait for a report. Raises ``ConnectionLost`` when none comes."""
        return RealReport.decode(await self._latest.next())

    async def shows(self, wanted: Callable[[RealReport], bool], within: float = STALE) -> bool:
        """Wait until a new report fulfils ``wanted``; return False when none does in time."""
        try:
            await self._latest.until(lambda packet: wanted(RealReport.decode(packet)), within, newest=False)
        except TimeoutError:
            return False
        return True

    async def wait_for_rest(self) -> None:
        """Wait until no joint moves from one report to the next."""
        still = 0
        before: tuple[float, ...] | None = None
        while still < STILL_REPORTS:
            joints = (await self.next()).joints
            if before is not None:
                moved = max(abs(a - b) for a, b in zip(joints, before, strict=True))
                still = still + 1 if moved < STANDING * PERIOD else 0
            before = joints


def takes_motions(report: RealReport) -> bool:
    """Return whether motions are accepted."""
    return report.state < State.STOPPED
