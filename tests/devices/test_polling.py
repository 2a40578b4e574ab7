"""Periodic polling: no caller gets the answer to an older question, and no look overtakes another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from cellkit.devices.polling import Poller
from cellkit.errors import ConnectionLost
from cellkit.timing import now, run


class Source:
    """A device that takes ``takes`` s to answer with what it was when it was asked."""

    def __init__(self, takes: float = 0.0) -> None:
        self.value, self.takes = 0, takes
        self.asked: list[float] = []
        self.busy = 0
        self.error: Exception | None = None

    async def read(self) -> int:
        self.asked.append(now())
        self.busy += 1
        assert self.busy == 1, "two looks at once"
        value = self.value
        try:
            await asyncio.sleep(self.takes)
        finally:
            self.busy -= 1
        if self.error is not None:
            raise self.error
        return value


def timed(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run(test())


def test_the_newest_state_and_when_it_came() -> None:
    async def test() -> None:
        source = Source(0.1)
        poller = Poller("device", source.read, 1.0)
        with pytest.raises(ConnectionLost, match="no state has come yet"):
            _ = poller.latest
        source.value = 7
        assert await poller.once() == 7
        assert poller.latest == 7
        assert poller.stamp == pytest.approx(0.1)

    timed(test)


def test_the_beat_is_kept() -> None:
    async def test() -> None:
        source = Source(0.03)
        task = asyncio.ensure_future(Poller("device", source.read, 0.1).run())
        await asyncio.sleep(0.55)
        assert source.asked == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
        task.cancel()

    timed(test)


def test_a_slow_device_is_asked_as_often_as_it_answers_and_never_in_a_burst() -> None:
    async def test() -> None:
        source = Source(0.25)
        task = asyncio.ensure_future(Poller("device", source.read, 0.1).run())
        await asyncio.sleep(0.9)
        assert source.asked == pytest.approx([0.0, 0.25, 0.5, 0.75])
        source.takes = 0.01
        await asyncio.sleep(0.5)
        gaps = [b - a for a, b in zip(source.asked[4:], source.asked[5:], strict=False)]
        assert gaps == pytest.approx([0.1] * len(gaps)), "what was missed is not made up for"
        assert len(gaps) >= 2
        task.cancel()

    timed(test)


def test_who_waits_is_not_answered_by_a_look_that_had_begun_before() -> None:
    async def test() -> None:
        source = Source(0.2)
        poller = Poller("device", source.read, 0.5)
        source.value = 1
        task = asyncio.ensure_future(poller.run())
        await asyncio.sleep(0.1)
        waiting = asyncio.ensure_future(poller.until(lambda state: state == 1))
        source.value = 2  # the look on its way will still say 1
        await asyncio.sleep(0.2)
        assert poller.latest == 1
        assert not waiting.done()
        source.value = 1
        assert await waiting == 1
        assert now() == pytest.approx(0.7)
        task.cancel()

    timed(test)


def test_everybody_is_told_and_the_notice_comes_first() -> None:
    async def test() -> None:
        source, seen = Source(), []
        poller = Poller("device", source.read, 0.1, lambda state: seen.append(("notice", state)))
        task = asyncio.ensure_future(poller.run())

        async def wait(name: str, at_least: int) -> None:
            seen.append((name, await poller.until(lambda state: state >= at_least)))

        waits = [asyncio.ensure_future(wait("low", 1)), asyncio.ensure_future(wait("high", 3))]
        await asyncio.sleep(0.05)
        for value in (1, 2, 3):
            source.value = value
            await asyncio.sleep(0.1)
        await asyncio.gather(*waits)
        task.cancel()
        assert seen == [
            ("notice", 0), ("notice", 1), ("low", 1), ("notice", 2), ("notice", 3), ("high", 3),
        ]  # fmt: skip

    timed(test)


def test_who_gives_up_is_forgotten() -> None:
    async def test() -> None:
        source = Source()
        poller = Poller("device", source.read, 0.1)
        task = asyncio.ensure_future(poller.run())
        asked: list[int] = []
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.25):
                await poller.until(lambda state: bool(asked.append(state)))
        count = len(asked)
        assert count == 3, "at 0, 0.1 and 0.2 s"
        await asyncio.sleep(0.5)
        assert len(asked) == count
        task.cancel()

    timed(test)


def test_an_error_ends_the_polling() -> None:
    async def test() -> None:
        source = Source()
        task = asyncio.ensure_future(Poller("device", source.read, 0.1).run())
        await asyncio.sleep(0.15)
        source.error = OSError("gone")
        with pytest.raises(OSError, match="gone"):
            await task
        assert now() == pytest.approx(0.2)

    timed(test)


def test_a_lost_link_ends_every_wait_at_once() -> None:
    async def test() -> None:
        source = Source()
        poller = Poller("device", source.read, 0.1)
        task = asyncio.ensure_future(poller.run())
        waits = [asyncio.ensure_future(poller.until(lambda state: state == 1)) for _ in range(3)]
        await asyncio.sleep(0.15)
        poller.fail("unplugged")
        for wait in waits:
            with pytest.raises(ConnectionLost, match="unplugged"):
                await wait
        assert now() == pytest.approx(0.15)
        task.cancel()

    timed(test)


def test_what_is_known_to_be_the_same_is_not_read_again() -> None:
    async def test() -> None:
        source, seen = Source(), []
        poller = Poller("device", source.read, 0.1, seen.append, lambda: source.value)
        task = asyncio.ensure_future(poller.run())
        await asyncio.sleep(0.35)
        assert source.asked == [0.0]
        assert seen == [0, 0, 0, 0], "the state counts as read again on every beat"
        assert poller.stamp == pytest.approx(0.3)
        source.value = 7
        assert await poller.until(lambda state: state == 7) == 7
        assert now() == pytest.approx(0.4)
        assert len(source.asked) == 2
        task.cancel()

    timed(test)


def test_a_basis_that_changes_while_the_device_answers_counts_for_nothing() -> None:
    async def test() -> None:
        source = Source(takes=0.05)
        poller = Poller("device", source.read, 0.1, basis=lambda: source.value)
        task = asyncio.ensure_future(poller.run())
        await asyncio.sleep(0.02)
        source.value = 1
        await asyncio.sleep(0.1)
        assert source.asked == pytest.approx([0.0, 0.1]), "the first answer may be of either value"
        assert await poller.until(lambda _state: True) == 1
        task.cancel()

    timed(test)
