"""The event loop: virtual, scaled and real time, worlds that step, deadlocks, Ctrl+C."""

from __future__ import annotations

import asyncio
import math
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable

import pytest

from cellkit.timing import Deadlock, WallTimer, now, run, sleep_until


class Steps:
    """A world of fixed steps that calls back at given times."""

    def __init__(self, step: float = 0.01) -> None:
        self.step, self.time, self.advances = step, 0.0, 0
        self.at: dict[int, Callable[[], None]] = {}

    def advance(self, until: float, interrupted: Callable[[], bool]) -> float:
        self.advances += 1
        while self.time + self.step <= until + 1e-9:
            self.time += self.step
            what = self.at.pop(round(self.time / self.step), None)
            if what is not None:
                what()
            if interrupted():
                return self.time
        return until if math.isfinite(until) else self.time


# --- virtual time -------------------------------------------------------------------------------------------------


def test_virtual_time_starts_at_zero_and_jumps_to_the_next_timer() -> None:
    async def main() -> list[float]:
        seen = [now()]
        for seconds in (0.5, 86400.0, 3e7):
            await asyncio.sleep(seconds)
            seen.append(now())
        await sleep_until(0.0)
        await sleep_until(now() + 1.0)
        return [*seen, now()]

    assert run(main()) == pytest.approx([0.0, 0.5, 86400.5, 30086400.5, 30086401.5])


def test_timers_fire_in_order_and_a_run_is_repeatable() -> None:
    async def main() -> list[tuple[float, int]]:
        seen: list[tuple[float, int]] = []

        async def worker(number: int) -> None:
            for i in range(20):
                await asyncio.sleep(0.1 + 0.013 * ((number * 7 + i * 5) % 11))
                seen.append((now(), number))

        await asyncio.gather(*(worker(number) for number in range(10)))
        return seen

    first = run(main())
    assert first == run(main())
    assert [time for time, _ in first] == sorted(time for time, _ in first)


def test_time_stands_still_while_tasks_are_ready() -> None:
    async def main() -> float:
        asyncio.get_running_loop().call_later(0.001, lambda: None)
        for _ in range(500):
            await asyncio.sleep(0)
        return now()

    assert run(main()) == 0.0


def test_a_deadlock_is_told_and_devices_are_closed_first() -> None:
    seen: list[str] = []

    async def main() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.sleep(1.0)  # as a stop would
            seen.append(f"stopped at {now():g}")

    with pytest.raises(Deadlock, match="every task waits, no timer is set and no world moves"):
        run(main())
    assert seen == ["stopped at 1"]


def test_what_is_left_over_is_cancelled() -> None:
    seen: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.sleep(1e9)
        finally:
            seen.append("ended")

    async def main() -> str:
        task = asyncio.ensure_future(forever())
        await asyncio.sleep(0.1)
        assert not task.done()
        return "result"

    assert run(main()) == "result"
    assert seen == ["ended"]


def test_run_in_executor_runs_here_and_now() -> None:
    def work(factor: int) -> tuple[int, int]:
        return 6 * factor, threading.get_ident()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert await loop.run_in_executor(None, work, 7) == (42, threading.get_ident())
        assert await asyncio.to_thread(work, 2) == (12, threading.get_ident())
        assert now() == 0.0
        with pytest.raises(ZeroDivisionError):
            await loop.run_in_executor(None, lambda: 1 // 0)

    run(main())


def test_sockets_work_in_virtual_time() -> None:
    async def main() -> bytes:
        here, there = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=here)
        other_reader, other_writer = await asyncio.open_connection(sock=there)
        writer.write(b"ping\n")
        line = await other_reader.readline()
        other_writer.write(line.upper())
        answer = await reader.readline()
        for one in (writer, other_writer):
            one.close()
            await one.wait_closed()
        return answer

    assert run(main()) == b"PING\n"


def test_errors_come_through_and_the_loop_is_gone_afterwards() -> None:
    async def main() -> None:
        await asyncio.sleep(1.0)
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        run(main())
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_it_runs_outside_the_main_thread() -> None:
    results: list[float] = []

    async def main() -> float:
        await asyncio.sleep(2.0)
        return now()

    thread = threading.Thread(target=lambda: results.append(run(main())))
    thread.start()
    thread.join()
    assert results == [2.0]


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan, math.inf])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    async def main() -> None: ...

    with pytest.raises(ValueError, match="speed must be above zero"):
        run(main(), speed=speed)


# --- worlds that step ---------------------------------------------------------------------------------------------


def test_a_stepper_is_interrupted_by_what_it_wakes() -> None:
    world = Steps()

    async def main() -> list[float]:
        event, seen = asyncio.Event(), []
        world.at[50] = event.set
        timeout = asyncio.ensure_future(asyncio.sleep(10.0))
        await event.wait()
        seen.append(now())
        await timeout
        return [*seen, now()]

    assert run(main(), stepper=world) == pytest.approx([0.5, 10.0])
    assert world.time == pytest.approx(10.0)


def test_a_stepper_is_never_skipped_over() -> None:
    world = Steps()

    async def main() -> None:
        for _ in range(100):
            await asyncio.sleep(0.0137)
            assert now() - world.step - 1e-9 <= world.time <= now() + 1e-9

    run(main(), stepper=world)


def test_a_stepper_goes_on_without_any_timer() -> None:
    world = Steps()

    async def main() -> float:
        future = asyncio.get_running_loop().create_future()
        world.at[300] = lambda: future.set_result(None)
        await future
        return now()

    assert run(main(), stepper=world) == pytest.approx(3.0)


def test_a_paced_stepper_sees_every_step() -> None:
    world = Steps()

    async def main() -> float:
        event = asyncio.Event()
        world.at[5] = event.set
        await event.wait()
        return now()

    assert run(main(), speed=5.0, stepper=world) == pytest.approx(0.05)


# --- real and scaled time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [1.0, 20.0])
def test_paced_time_never_runs_ahead_of_the_wall(speed: float) -> None:
    async def main() -> tuple[float, float]:
        wall, began = WallTimer(), now()
        await asyncio.sleep(0.03 * speed)
        return now() - began, wall.seconds()

    cell, wall = run(main(), speed=speed)
    assert cell >= 0.03 * speed * 0.999
    assert wall >= 0.03 * 0.9


def test_paced_time_uses_real_threads() -> None:
    async def main() -> int:
        return await asyncio.get_running_loop().run_in_executor(None, threading.get_ident)

    assert run(main(), speed=1.0) != threading.get_ident()


# --- Ctrl+C -------------------------------------------------------------------------------------------------------


def test_ctrl_c_cancels_main_and_further_ones_are_ignored() -> None:
    seen: list[str] = []

    async def main() -> None:
        signal.raise_signal(signal.SIGINT)
        try:
            await asyncio.sleep(1.0)
        except asyncio.CancelledError:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(5.0)
            seen.append(f"stopped at {now():g}")
            raise

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run(main())
    assert seen == ["stopped at 5"]
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_is_told_even_when_main_ends_with_another_error() -> None:
    async def main() -> None:
        signal.raise_signal(signal.SIGINT)
        try:
            await asyncio.sleep(1.0)
        except asyncio.CancelledError:
            raise ValueError("while stopping") from None

    with pytest.raises(KeyboardInterrupt) as caught:
        run(main())
    assert isinstance(caught.value.__cause__, ValueError)


PROGRAM = """
import asyncio, sys
import numpy as np
from cellkit import registry
from cellkit.cell.factory import DeviceRequest, Role
from cellkit.controller.world import WorldSettings, create_world
from cellkit.geometry import Pose
from cellkit.models.load import load_arm
from cellkit.registry import load_object
from cellkit.timing import run

async def main():
    world, model = create_world("kinematic", WorldSettings()), load_arm("ur5e")
    plant = world.add_arm("arm", model, Pose.from_rpy((0, 0, 1), frame="world")).arm
    request = DeviceRequest(Role("arm"), "arm", (model,), plant, model)
    arm = load_object(registry.driver("virtual").factory)().make(request)
    arm.on_event(lambda event: print(event.what, event.data.get("why", ""), flush=True))
    async with arm:
        try:
            while True:
                await arm.move_joint(np.array(model.home) + 0.5, speed=0.1, timeout=1000)
                await arm.move_joint(model.home, speed=0.1, timeout=1000)
        finally:
            print("at rest:", not plant.state().velocity.any(), flush=True)

try:
    run(main(), speed=SPEED)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(130)
"""


@pytest.mark.parametrize("speed", ["1.0", "'max'"])
def test_ctrl_c_stops_the_arm_before_anything_else(speed: str) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM).replace("SPEED", speed)], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    with program.stdout as output:
        assert any(line.startswith("command") for line in output), "it ends before it moves"
        program.send_signal(signal.SIGINT)
        program.send_signal(signal.SIGINT)
        rest = output.read().splitlines()
    assert program.wait(timeout=60) == 130
    told = [line for line in rest if not line.startswith(("command", "done"))]
    assert told == ["aborted cancelled", "at rest: True", "closed ", "interrupted"]
