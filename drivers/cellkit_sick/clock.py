"""The scanner's clock and counters, which wrap, as cell time and numbers that go on."""

from __future__ import annotations

from cellkit_sick.protocol.scandata import ScanData

DRIFT = 2e-4
"""How much slower than cell time the scanner's clock may run: twice what a plain quartz is off."""
MICRO = 1e-6


class ScannerClock:
    """Maps µs since power-up (32 bits, wrapping every 71 minutes) to cell time.

    A telegram cannot arrive before it was sent, so the one that was fastest on its way says where the scanner's zero
    is; slower ones change nothing. ``DRIFT`` lets that zero move, so that a slow clock does not stay behind for ever.
    """

    def __init__(self) -> None:
        self.scans = 0
        """Turns, counted on from the scanner's counter of 16 bits."""
        self.stamp = 0.0
        """Cell time (s) at which the newest turn began."""
        self.sent = 0.0
        """Cell time (s) at which its telegram was sent."""
        self._last: ScanData | None = None
        self._micros = 0  # µs, unwrapped
        self._zero = 0.0

    def note(self, data: ScanData, arrived: float) -> None:
        """Note that a scan has arrived at a cell time (s)."""
        last, self._last = self._last, data
        if last is None:
            self.scans, self._micros = data.scans, data.sent
            self._zero = arrived - self._micros * MICRO
        else:
            passed = _passed(last.sent, data.sent, 32)
            self.scans += _passed(last.scans, data.scans, 16)
            self._micros += passed
            self._zero = min(self._zero + DRIFT * passed * MICRO, arrived - self._micros * MICRO)
        self.sent = self._zero + self._micros * MICRO
        self.stamp = self._zero + (self._micros - _passed(data.started, data.sent, 32)) * MICRO


def _passed(before: int, after: int, bits: int) -> int:
    return (after - before) % (1 << bits)
