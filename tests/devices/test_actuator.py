"""The rules of everything that moves, at their corners: stops that fail, hang or meet other stops; races."""

from __future__ import annotations

import asyncio
import gc
import math
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from slider import Slider

from cellkit.devices import Lifecycle
from cellkit.devices.actuator import STOP_TIMEOUT
from cellkit.errors import (
    CommandRejected,
    ConnectionLost,
    DeviceBusy,
    DeviceFault,
    MotionAborted,
    MotionTimeout,
)
from cellkit.timing import now, run

Test = Callable[[Slider], Coroutine[Any, Any, None]]


def tried(test: Test) -> Callable[[], None]:
    """Run a test on a connected slider; nothing may be left unheard or running afterwards."""

    def play() -> None:
        unheard: list[Any] = []

        async def main() -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, context: unheard.append(context))
            slider = Slider()
            await slider.connect()
            slider.log.clear()
            await test(slider)
            await slider.close()
            await asyncio.sleep(STOP_TIMEOUT + 1)
            gc.collect()
            assert asyncio.all_tasks() == {asyncio.current_task()}

        run(main())
        gc.collect()
        assert not unheard

    play.__name__ = test.__name__
    return play


async def soon(work: Coroutine[Any, Any, Any], after: float = 0.1) -> asyncio.Task[Any]:
    task = asyncio.ensure_future(work)
    await asyncio.sleep(after)
    return task


# --- cancel -------------------------------------------------------------------------------------------------------


@tried
async def test_cancel_during_the_stop_waits_for_it(slider: Slider) -> None:
    task = await soon(slider.work(10))
    for _ in range(4):
        task.cancel()
        await asyncio.sleep(0.03)
    assert not task.done()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert slider.log == ["stop begins", "stands"]
    assert now() == pytest.approx(0.3)


@tried
async def test_cancel_wins_over_a_stop_that_fails(slider: Slider) -> None:
    slider.stop_error = DeviceFault("slider", "no brakes")
    task = await soon(slider.work(10))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    slider.stop_error = None


@tried
async def test_a_cancelled_stop_is_completed_and_the_cancel_is_heard(slider: Slider) -> None:
    """Ctrl+C while the program awaits stop(): whatever the stop says, the program must end."""
    slider.stop_error = DeviceFault("slider", "no brakes")
    task = await soon(slider.work(10))
    stopping = await soon(slider.stop(), 0.05)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert now() == pytest.approx(0.3)
    with pytest.raises(MotionAborted):
        await task
    slider.stop_error = None


@tried
async def test_a_cancel_that_comes_with_the_end_does_not_hit_the_next_command(slider: Slider) -> None:
    """The first command has been stopped, its caller is cancelled before it has run again."""
    first = await soon(slider.work(10))
    await slider.stop()
    second = asyncio.ensure_future(slider.work(1))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 1.0
    await asyncio.wait({first})
    assert first.cancelled() or isinstance(first.exception(), MotionAborted)


@tried
async def test_cancel_in_the_very_moment_of_an_error(slider: Slider) -> None:
    task = asyncio.ensure_future(slider.work(1, error=DeviceFault("slider", "hot")))
    asyncio.get_running_loop().call_later(1.0, task.cancel)
    await asyncio.wait({task})
    assert task.cancelled() or isinstance(task.exception(), DeviceFault)
    assert not slider.busy


@tried
async def test_timeout_of_asyncio_works_around_commands(slider: Slider) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):
            await slider.work(10)
    assert slider.log == ["stop begins", "stands"]


# --- stop ---------------------------------------------------------------------------------------------------------


@tried
async def test_the_mover_hears_of_a_stop_when_the_device_stands(slider: Slider) -> None:
    """Even when its own command has ended before: what it does next must not meet the stop."""
    failing = await soon(slider.work(0.15, error=DeviceFault("slider", "ended by the stop")))
    stopping = asyncio.ensure_future(slider.stop())
    await asyncio.sleep(0.1)  # the command is over by now
    assert not failing.done()
    assert slider.busy
    with pytest.raises(DeviceBusy):
        await slider.work(1)
    with pytest.raises(MotionAborted, match=r"stopped by stop\(\)"):
        await failing
    assert now() == pytest.approx(0.3)
    await stopping
    assert await slider.work(1) == 1.0


@tried
async def test_a_stop_that_fails_says_so_to_both(slider: Slider) -> None:
    slider.stop_error = DeviceFault("slider", "no brakes")
    task = await soon(slider.work(10))
    with pytest.raises(DeviceFault, match="no brakes"):
        await slider.stop()
    with pytest.raises(MotionAborted, match="the stop failed: no brakes"):
        await task
    assert not slider.busy
    slider.stop_error = None


@tried
async def test_a_stop_that_hangs_is_given_up(slider: Slider) -> None:
    slider.stop_time = 1e6
    task = await soon(slider.work(1000))
    with pytest.raises(MotionTimeout, match="the stop took longer than 10 s"):
        await slider.stop()
    with pytest.raises(MotionAborted, match="the stop failed"):
        await task
    slider.stop_time = 0.0


@tried
async def test_two_stops_at_once_both_end(slider: Slider) -> None:
    task = await soon(slider.work(10))
    await asyncio.gather(slider.stop(), slider.stop())
    with pytest.raises(MotionAborted):
        await task
    assert slider.log.count("stands") == 2
    await slider.stop()


@tried
async def test_a_stop_while_a_timeout_is_stopping(slider: Slider) -> None:
    task = await soon(slider.work(10, timeout=1.0), 1.1)
    assert slider.busy
    await slider.stop()
    with pytest.raises(MotionTimeout):
        await task


# --- timeout ------------------------------------------------------------------------------------------------------


@tried
async def test_nothing_begins_while_a_timeout_stops(slider: Slider) -> None:
    task = await soon(slider.work(10, timeout=1.0), 1.1)
    assert slider.log == ["stop begins"]
    with pytest.raises(DeviceBusy):
        await slider.work(1)
    with pytest.raises(MotionTimeout, match="longer than 1 s and was stopped"):
        await task
    assert now() == pytest.approx(1.2)


@tried
async def test_a_timeout_whose_stop_fails_says_both(slider: Slider) -> None:
    slider.stop_error = DeviceFault("slider", "no brakes")
    with pytest.raises(MotionTimeout, match="the stop failed too: no brakes"):
        await slider.work(10, timeout=1.0)
    slider.stop_error = None


@pytest.mark.parametrize("timeout", [0.0, -1.0, math.nan, math.inf])
def test_a_timeout_must_be_a_time(timeout: float) -> None:
    async def main() -> None:
        async with Slider() as slider:
            with pytest.raises(CommandRejected, match="timeout must be above zero and finite"):
                await slider.work(1, timeout=timeout)

    run(main())


# --- replace ------------------------------------------------------------------------------------------------------


@tried
async def test_the_replaced_mover_cannot_get_in_between(slider: Slider) -> None:
    async def obstinate() -> str:
        try:
            await slider.work(10)
        except MotionAborted:
            try:
                await slider.work(10)
            except DeviceBusy:
                return "refused"
        return "got in"

    task = await soon(obstinate())
    assert await slider.work(1, replace=True) == 1.0
    assert await task == "refused"


@tried
async def test_of_two_that_replace_the_first_wins(slider: Slider) -> None:
    task = await soon(slider.work(10))
    first = asyncio.ensure_future(slider.work(1, replace=True))
    await asyncio.sleep(0.01)
    with pytest.raises(DeviceBusy, match="work is taking over"):
        await slider.work(2, replace=True)
    assert await first == 1.0
    with pytest.raises(MotionAborted, match="replaced by work"):
        await task


@tried
async def test_a_stop_while_one_command_replaces_another_ends_both(slider: Slider) -> None:
    """After stop() nothing moves, though the new command had not begun when it was asked for."""
    task = await soon(slider.work(10))
    taking_over = asyncio.ensure_future(slider.work(5, replace=True))
    await asyncio.sleep(0.05)
    await slider.stop()
    with pytest.raises(MotionAborted, match=r"stopped by stop\(\) before it began"):
        await taking_over
    with pytest.raises(MotionAborted):
        await task
    assert not slider.busy
    assert slider.position == 0.0


@tried
async def test_a_cancel_while_taking_over_stops_the_old_and_begins_nothing(slider: Slider) -> None:
    task = await soon(slider.work(10))
    taking_over = await soon(slider.work(5, replace=True), 0.05)
    taking_over.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking_over
    with pytest.raises(MotionAborted):
        await task
    assert slider.log == ["stop begins", "stands"]
    assert not slider.busy


@tried
async def test_the_link_breaks_while_one_command_replaces_another(slider: Slider) -> None:
    task = await soon(slider.work(10))
    taking_over = await soon(slider.work(5, replace=True), 0.05)
    slider.lose_link()
    for one in (task, taking_over):
        with pytest.raises(ConnectionLost):
            await one
    assert now() == pytest.approx(0.15)


@tried
async def test_a_stop_that_fails_lets_nobody_take_over(slider: Slider) -> None:
    slider.stop_error = DeviceFault("slider", "no brakes")
    task = await soon(slider.work(10))
    with pytest.raises(DeviceFault):
        await slider.work(1, replace=True)
    with pytest.raises(MotionAborted):
        await task
    assert slider.position == 0.0
    slider.stop_error = None


# --- lost link ----------------------------------------------------------------------------------------------------


@tried
async def test_a_lost_link_ends_a_stop_that_waits_for_an_answer(slider: Slider) -> None:
    slider.stop_time = 5.0
    task = await soon(slider.work(10))
    stopping = await soon(slider.stop(), 0.05)
    slider.lose_link()
    for one in (task, stopping):
        with pytest.raises(ConnectionLost):
            await one
    assert now() == pytest.approx(0.15)


@tried
async def test_a_lost_link_while_a_cancelled_command_stops(slider: Slider) -> None:
    slider.stop_time = 5.0
    task = await soon(slider.work(10))
    task.cancel()
    await asyncio.sleep(0.05)
    slider.lose_link()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert now() == pytest.approx(0.15)


@tried
async def test_a_lost_link_while_a_timeout_stops(slider: Slider) -> None:
    slider.stop_time = 5.0
    task = await soon(slider.work(10, timeout=1.0), 1.1)
    slider.lose_link()
    with pytest.raises((ConnectionLost, MotionTimeout), match=r"cable is out"):
        await task


@tried
async def test_a_link_that_is_lost_twice_is_told_once(slider: Slider) -> None:
    told: list[str] = []
    slider.on_event(lambda event: told.append(event.what))
    slider.lose_link()
    slider.lose_link("again")
    with pytest.raises(ConnectionLost, match="cable is out"):
        await slider.stop()
    assert told == ["connection_lost"]


@tried
async def test_connecting_again_closes_what_is_left_first(slider: Slider) -> None:
    slider.lose_link()
    await slider.connect()
    assert slider.log == ["link closed", "link opened"]
    assert await slider.work(1) == 1.0


# --- opening and closing ------------------------------------------------------------------------------------------


def test_connecting_at_the_same_time_opens_one_link() -> None:
    async def main() -> list[str]:
        slider = Slider()
        slider.connect_time = 1.0
        await asyncio.gather(slider.connect(), slider.connect(), slider.close())
        assert slider.lifecycle in (Lifecycle.OPEN, Lifecycle.CLOSED)
        await slider.close()
        return slider.log

    log = run(main())
    assert log.count("link opened") == log.count("link closed")
    assert log[:2] in (["link opened", "stop begins"], ["link opened", "link closed"])


@tried
async def test_nothing_begins_while_the_device_is_being_closed(slider: Slider) -> None:
    task = await soon(slider.work(10))
    closing = await soon(slider.close(), 0.05)
    with pytest.raises(CommandRejected, match="is being closed"):
        await slider.work(1)
    await slider.close()
    await closing
    with pytest.raises(MotionAborted, match="being closed"):
        await task
    assert slider.log == ["stop begins", "stands", "link closed"]


@tried
async def test_closing_while_one_command_replaces_another(slider: Slider) -> None:
    task = await soon(slider.work(10))
    taking_over = await soon(slider.work(5, replace=True), 0.05)
    await slider.close()
    with pytest.raises(CommandRejected):
        await taking_over
    with pytest.raises(MotionAborted):
        await task


@tried
async def test_a_stop_that_fails_does_not_keep_the_device_open(slider: Slider) -> None:
    slider.stop_error = DeviceFault("slider", "no brakes")
    task = await soon(slider.work(10))
    with pytest.raises(DeviceFault):
        await slider.close()
    with pytest.raises(MotionAborted):
        await task
    assert slider.lifecycle is Lifecycle.CLOSED
    assert slider.log[-1] == "link closed"


# --- what drivers and listeners do wrong --------------------------------------------------------------------------


@tried
async def test_a_driver_that_ends_its_own_command(slider: Slider) -> None:
    async def operation() -> None:
        raise asyncio.CancelledError

    with pytest.raises(MotionAborted, match="ended by the driver"):
        await slider.run(operation)
    assert not slider.busy


@tried
async def test_errors_of_a_driver_come_through_unchanged(slider: Slider) -> None:
    with pytest.raises(ZeroDivisionError):
        await slider.work(1, error=ZeroDivisionError("a bug"))
    assert not slider.busy


def test_a_listener_that_fails_harms_nothing_and_is_reported() -> None:
    reported: list[str] = []

    async def main() -> float:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
        async with Slider() as slider:
            end = slider.on_event(lambda event: 1 // 0)
            result = await slider.work(1)
            end()
            return result

    assert run(main()) == 1.0
    assert reported == ["slider: a listener failed on 'command'", "slider: a listener failed on 'done'"]


@tried
async def test_events_tell_the_story(slider: Slider) -> None:
    told: list[tuple[float, str]] = []
    slider.on_event(lambda event: told.append((round(event.time, 3), event.what)))
    await slider.work(1)
    task = await soon(slider.work(10))
    await slider.stop()
    await asyncio.wait({task})
    assert isinstance(task.exception(), MotionAborted)
    assert told == [(0.0, "command"), (1.0, "done"), (1.0, "command"), (1.3, "aborted")]
