"""A beat keeps its grid."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from cellkit.timing import Periodic, next_beat, now, run, sleep_until


def test_beats_lie_on_a_grid_without_drift() -> None:
    beats: list[float] = []

    async def main() -> None:
        await asyncio.sleep(0.3)
        beat = Periodic(0.002, lambda: beats.append(now()))
        await asyncio.sleep(10.0)
        beat.close()
        await asyncio.sleep(1.0)

    run(main())
    assert len(beats) in (4999, 5000)
    assert beats == pytest.approx([0.3 + 0.002 * (k + 1) for k in range(len(beats))], abs=1e-9)


def test_missed_beats_are_skipped() -> None:
    beats: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()

        def slow() -> None:
            beats.append(now())
            if len(beats) == 1:
                loop.cell_time += 0.35  # type: ignore[attr-defined]

        beat = Periodic(0.1, slow)
        await asyncio.sleep(1.01)
        beat.close()

    run(main())
    assert beats[:2] == pytest.approx([0.1, 0.45])
    assert beats[2:] == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])


def test_closing_inside_the_callback_is_the_end() -> None:
    beats: list[float] = []

    async def main() -> None:
        def once() -> None:
            beats.append(now())
            beat.close()

        beat = Periodic(0.1, once)
        await asyncio.sleep(1.0)

    run(main())
    assert len(beats) == 1


def test_an_error_in_the_callback_does_not_end_the_beat() -> None:
    beats: list[float] = []
    told: list[object] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["exception"]))

        def fails() -> None:
            beats.append(now())
            raise ValueError("once more")

        beat = Periodic(0.1, fails)
        await asyncio.sleep(0.55)
        beat.close()

    run(main())
    assert len(beats) == len(told) == 5


def test_idle_calls_keep_the_grid_and_let_everything_else_happen_at_its_time() -> None:
    calls: list[tuple[str, float]] = []

    async def main() -> None:
        def idle(moments: Iterator[float]) -> None:
            for moment in moments:
                assert moment == now()
                calls.append(("idle", moment))

        beat = Periodic(0.1, lambda: calls.append(("beat", now())), 0.0, idle)
        for _ in range(3):
            await asyncio.sleep(0.34)
            calls.append(("woken", now()))
        beat.close()

    run(main())
    names = " ".join(name for name, _ in calls)
    assert names == "beat idle idle woken beat idle idle woken beat idle idle idle woken"
    beats = [time for name, time in calls if name != "woken"]
    assert beats == pytest.approx([0.1 * (k + 1) for k in range(10)], abs=1e-9)
    assert [time for name, time in calls if name == "woken"] == pytest.approx([0.34, 0.68, 1.02])


def test_no_call_is_idle_in_paced_time() -> None:
    names: list[str] = []

    async def main() -> None:
        beat = Periodic(0.01, lambda: names.append("beat"), 0.0, lambda moments: names.extend("idle" for _ in moments))
        await asyncio.sleep(0.1)
        beat.close()

    run(main(), speed=1.0)
    assert set(names) == {"beat"}


def test_the_next_beat_is_later_also_where_sums_of_periods_round() -> None:
    async def beats() -> list[float]:
        found = []
        for _ in range(100):
            await sleep_until(next_beat(0.0, 0.1))
            found.append(now())
        return found

    assert run(beats(), speed="max") == [pytest.approx(0.1 * number) for number in range(1, 101)]
