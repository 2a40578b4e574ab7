"""Cell time may be held back in any way: what happens when stays the same to the last bit."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading

import pytest

from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import CommandPath, Run, RunOptions
from cellkit.timing import Pace, Periodic, WallTimer, now, run


def beats(pace: Pace | None, until: float = 1.0) -> list[float]:
    """The moments of a beat, up to ``until`` (s)."""
    found: list[float] = []

    async def main() -> None:
        beat = Periodic(0.1, lambda: found.append(now()))
        await asyncio.sleep(until + 0.05)
        beat.close()

    run(main(), pace=pace)
    return found


def test_a_multiple_of_wall_time_is_kept_and_changes_nothing() -> None:
    timer = WallTimer()
    paced = beats(Pace(4.0))
    assert paced == beats(None)
    assert timer.seconds() > 1.05 / 4 - 0.1  # the last jump begins 0.1 s before


def test_paused_time_stands_and_a_step_moves_it_by_just_so_much() -> None:
    pace = Pace(paused=True)
    seen: list[float] = []
    moved = threading.Event()
    done: list[list[float]] = []

    def tick() -> None:
        seen.append(now())
        moved.set()

    async def main() -> None:
        beat = Periodic(0.1, tick)
        await asyncio.sleep(1.0)
        beat.close()

    thread = threading.Thread(target=lambda: done.append([run(main(), pace=pace) or 0.0]))
    thread.start()
    for count in (1, 2, 3):
        moved.clear()
        pace.step(0.1)
        assert moved.wait(30.0)
        moved.clear()
        assert not moved.wait(0.05)
        assert len(seen) == count
    pace.play()
    thread.join(30.0)
    assert not thread.is_alive()
    assert seen[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert len(seen) >= 9


def test_a_speed_may_change_while_time_passes() -> None:
    pace = Pace(0.001)  # 1000 s of wall time
    timer = threading.Timer(0.05, lambda: pace.set_speed("max"))
    timer.start()
    assert len(beats(pace)) == 10
    timer.join()


def test_what_ends_a_run_is_not_held_up() -> None:
    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        threading.Timer(0.05, lambda: (pace.free(), loop.call_soon_threadsafe(task.cancel))).start()  # type: ignore[func-returns-value]
        try:
            await asyncio.sleep(1000.0)
        finally:
            await asyncio.sleep(5.0)  # devices are stopped, which takes time

    pace = Pace(1.0, paused=True)
    with pytest.raises(asyncio.CancelledError):
        run(main(), pace=pace)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_speeds_that_are_none(speed: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        Pace(speed)
    with pytest.raises(ValueError, match="above zero"):
        Pace().set_speed(speed)


class Playing:
    """Presses whatever there is to press, by chance, and plays on."""

    period = 0.05

    def __init__(self, pace: Pace, seed: int) -> None:
        self._pace, self._random = pace, random.Random(seed)
        self._timers: list[threading.Timer] = []
        self.looks = itertools.count()

    def begin(self, built: object) -> None:
        pass

    def look(self, snapshot: object) -> None:
        if next(self.looks) % 20 == 10:
            self._random.choice([self._pace.pause, lambda: self._pace.step(0.05), lambda: self._pace.set_speed(40.0)])()
            timer = threading.Timer(0.01, self._on)
            timer.start()
            self._timers.append(timer)

    def _on(self) -> None:
        self._pace.set_speed("max")
        self._pace.play()

    def event(self, record: object) -> None:
        pass

    def end(self, record: object) -> None:
        for timer in self._timers:
            timer.join()


@pytest.mark.parametrize(
    ("world", "path"),
    [
        ("kinematic", "direct"),
        pytest.param("kinematic", "wire", marks=pytest.mark.long),
        pytest.param("physics", "direct", marks=pytest.mark.long),
    ],
)
def test_the_trace_is_the_same_however_it_was_played(world: str, path: CommandPath) -> None:
    def trace(seed: int | None) -> tuple[str, int]:
        run = Run(read_scenario("pick_and_place"), RunOptions(world=world, path=path, quantity=1))
        if seed is None:
            return run.execute().trace_sha256, 0
        run.pace = Pace()
        playing = Playing(run.pace, seed)
        run.observers.append(playing)
        return run.execute().trace_sha256, next(playing.looks)

    played, looks = trace(7)
    assert looks > 50
    assert played == trace(None)[0]
