"""Stamps of a source's own clock become moments of the cell's."""

from __future__ import annotations

import asyncio

import pytest

from cellkit.supervision.source_clock import SourceClock
from cellkit.timing import now, run, utc


def test_a_late_arrival_does_not_look_younger_than_it_is() -> None:
    async def main() -> None:
        clock, started = SourceClock(), now()
        assert clock.moment(5000.0) == started
        await asyncio.sleep(1.0)
        assert clock.moment(5001.0) == pytest.approx(started + 1.0)
        await asyncio.sleep(1.3)  # 0.3 s late
        assert clock.moment(5002.0) == pytest.approx(started + 2.0, abs=1e-3)
        await asyncio.sleep(0.7)
        assert clock.moment(5003.0) == pytest.approx(started + 3.0, abs=1e-3)

    run(main())


def test_a_source_that_was_restarted_is_anchored_anew() -> None:
    async def main() -> None:
        clock = SourceClock()
        clock.moment(5000.0)
        await asyncio.sleep(10.0)
        assert clock.moment(0.5) == now()

    run(main())


def test_a_clock_that_runs_slow_is_followed() -> None:
    async def main() -> None:
        clock = SourceClock()
        for second in range(1000):
            moment = clock.moment(second * (1 - 5e-5))
            await asyncio.sleep(1.0)
        assert moment == pytest.approx(now() - 1.0, abs=0.01)

    run(main())


def test_moments_in_order_stay_in_order_as_utc() -> None:
    async def main() -> None:
        times = []
        for _ in range(2000):
            times.append(utc(now()))
            await asyncio.sleep(1e-4)
        assert times == sorted(times)

    run(main(), speed=1)
