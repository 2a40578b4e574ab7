"""Rounds of the loop in virtual time: those of asyncio, without its selector."""

from __future__ import annotations

import asyncio
import random
import threading

import pytest

from cellkit.timing import now, run
from cellkit.timing.virtual_loop import VirtualLoop, _TimeSelector

LooksT = list[float | None]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> LooksT:
    """The timeouts with which the selector was asked."""
    seen: LooksT = []
    select = _TimeSelector.select

    def counted(self: _TimeSelector, timeout: float | None = None) -> object:
        seen.append(timeout)
        return select(self, timeout)

    monkeypatch.setattr(_TimeSelector, "select", counted)
    return seen


async def crowd(seed: int) -> list[tuple[float, int, str]]:
    """Set, cancel and repeat timers, many of them for one moment; return what happened when."""
    draw, seen = random.Random(seed), []
    loop = asyncio.get_running_loop()

    async def worker(number: int) -> None:
        for _ in range(40):
            timer = loop.call_later(draw.choice((0.0, 0.01, 0.02, 5.0)), seen.append, (now(), number, "timer"))
            try:
                async with asyncio.timeout(draw.choice((0.01, 1.0))):
                    await asyncio.sleep(draw.choice((0.0, 0.005, 0.01, 0.02)))
            except TimeoutError:
                seen.append((now(), number, "late"))
            if draw.random() < 0.7:
                timer.cancel()
            seen.append((now(), number, "done"))

    await asyncio.gather(*(worker(number) for number in range(12)))
    return seen


@pytest.mark.parametrize("seed", range(5))
def test_events_come_in_the_order_and_at_the_times_of_asyncio(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = run(crowd(seed))
    monkeypatch.delattr(VirtualLoop, "_run_once")  # what is left is asyncio's
    assert ours == run(crowd(seed))
    assert len(ours) > 400


def test_time_goes_from_timer_to_timer_without_the_selector(looks: LooksT) -> None:
    async def main() -> None:
        for _ in range(1000):
            await asyncio.sleep(0.002)

    run(main())
    assert len(looks) < 100


def test_another_thread_is_heard_while_timers_keep_the_loop_busy() -> None:
    async def main() -> bool:
        loop = asyncio.get_running_loop()
        heard = asyncio.Event()
        thread = threading.Thread(target=loop.call_soon_threadsafe, args=(heard.set,))
        thread.start()
        thread.join()
        for _ in range(200):
            await asyncio.sleep(0.002)
        return heard.is_set()

    assert run(main())
