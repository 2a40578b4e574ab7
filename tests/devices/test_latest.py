"""The newest state: no caller gets an old one, waits for a silent device, or is forgotten when the link breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from cellkit.devices.latest import Latest
from cellkit.errors import CommandRejected, ConnectionLost
from cellkit.timing import now, run


def timed(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run(test())


def fed(latest: Latest[int], *states: int, every: float = 0.1) -> asyncio.Task[None]:
    async def feed() -> None:
        for state in states:
            await asyncio.sleep(every)
            latest.put(state)

    return asyncio.ensure_future(feed())


def test_the_newest_state_and_its_age() -> None:
    async def test() -> None:
        latest: Latest[int] = Latest("device", "report", 0.5)
        assert not latest.known
        with pytest.raises(ConnectionLost, match="device: no report has come yet"):
            _ = latest.value
        latest.put(7)
        await asyncio.sleep(0.5)
        assert (latest.known, latest.value, latest.stamp) == (True, 7, 0.0)
        assert latest.age == pytest.approx(0.5)
        await asyncio.sleep(0.12)
        with pytest.raises(ConnectionLost, match=r"no report for 0\.62 s"):
            _ = latest.value

    timed(test)


def test_the_next_state_is_one_that_comes_from_now_on() -> None:
    async def test() -> None:
        latest: Latest[int] = Latest("device")
        latest.put(1)
        feeding = fed(latest, 2, 3)
        assert await latest.next() == 2
        assert await latest.since(0.05) == 2, "it has come already"
        assert await latest.since(now()) == 3
        await feeding

    timed(test)


def test_no_state_in_time_is_a_lost_connection() -> None:
    async def test() -> None:
        latest: Latest[int] = Latest("device", "report", 0.5)
        with pytest.raises(ConnectionLost, match=r"device: no report for 0\.5 s"):
            await latest.next()
        assert now() == pytest.approx(0.5)

    timed(test)


@pytest.mark.parametrize(("newest", "state"), [(True, 5), (False, 6)])
def test_waiting_for_a_state_begins_with_the_newest_or_behind_it(newest: bool, state: int) -> None:
    async def test() -> None:
        latest: Latest[int] = Latest("device")
        latest.put(5)
        feeding = fed(latest, 2, 6)
        assert await latest.until(lambda state: state > 4, newest=newest) == state
        await feeding

    timed(test)


def test_who_waits_too_long_or_is_cancelled_is_forgotten() -> None:
    async def test() -> None:
        latest: Latest[int] = Latest("device")
        looked: list[int] = []
        with pytest.raises(TimeoutError):
            await latest.until(lambda state: bool(looked.append(state)), 0.1)
        waits = [asyncio.ensure_future(latest.until(lambda state: state == 1)) for _ in range(3)]
        await asyncio.sleep(0.1)
        waits[1].cancel()
        latest.put(1)
        assert [await waits[0], await waits[2]] == [1, 1]
        with pytest.raises(asyncio.CancelledError):
            await waits[1]
        assert not looked

    timed(test)


def test_an_error_in_a_condition_reaches_who_waits_and_nobody_else() -> None:
    async def test() -> None:
        latest: Latest[int] = Latest("device")

        def refuses(state: int) -> bool:
            raise CommandRejected("device", f"state {state}")

        wrong = asyncio.ensure_future(latest.until(refuses))
        right = asyncio.ensure_future(latest.until(lambda state: state == 1))
        await asyncio.sleep(0.1)
        latest.put(1)
        assert await right == 1
        with pytest.raises(CommandRejected, match="state 1"):
            await wrong

    timed(test)


def test_a_lost_link_fails_all_that_wait_at_once_and_all_later_ones() -> None:
    async def test() -> None:
        latest: Latest[int] = Latest("device", limit=10.0)
        waits = [
            asyncio.ensure_future(latest.next()),
            asyncio.ensure_future(latest.until(lambda state: state == 1)),
            asyncio.ensure_future(latest.since(5.0)),
        ]
        await asyncio.sleep(0.1)
        latest.fail("the cable")
        for wait in waits:
            with pytest.raises(ConnectionLost, match="device: the cable"):
                await wait
        assert now() == pytest.approx(0.1)
        with pytest.raises(ConnectionLost, match="the cable"):
            await latest.until(lambda _state: True)

    timed(test)


def test_observers_are_notified_of_every_state_before_those_who_wait() -> None:
    async def test() -> None:
        seen: list[tuple[str, int]] = []
        latest: Latest[int] = Latest("device", noticed=lambda state: seen.append(("noticed", state)))

        async def wait() -> None:
            seen.append(("waited", await latest.until(lambda state: state == 2)))

        waiting = asyncio.ensure_future(wait())
        await fed(latest, 1, 2)
        await waiting
        assert seen == [("noticed", 1), ("noticed", 2), ("waited", 2)]

    timed(test)


@pytest.mark.parametrize(("grace", "ends"), [(0.001, 0.701), (0.2, 0.9)])
def test_the_guard_ends_when_the_device_is_silent(grace: float, ends: float) -> None:
    async def test() -> None:
        latest: Latest[int] = Latest("device", "report", 0.5)
        guard = asyncio.ensure_future(latest.guard(grace))
        await fed(latest, 1, 2)
        with pytest.raises(ConnectionLost, match=r"no report for 0\.5 s"):
            await guard
        assert now() == pytest.approx(ends)

    timed(test)


def test_a_state_within_the_grace_goes_on() -> None:
    async def test() -> None:
        latest: Latest[int] = Latest("device", "report", 0.5)
        guard = asyncio.ensure_future(latest.guard(0.2))
        await asyncio.sleep(0.6)
        latest.put(1)
        await asyncio.sleep(0.3)
        assert not guard.done()
        guard.cancel()

    timed(test)


def test_a_device_that_repeats_its_stamp_is_silent() -> None:
    async def test() -> None:
        latest: Latest[int] = Latest("device", "report", 0.5)
        guard = asyncio.ensure_future(latest.guard())
        for stamp in (1, 2, 2, 2, 2, 2, 2, 2):
            latest.put(stamp, mark=stamp)
            await asyncio.sleep(0.1)
        with pytest.raises(ConnectionLost, match=r"no report for 0\.5 s"):
            await guard
        assert now() == pytest.approx(0.8)

    timed(test)
