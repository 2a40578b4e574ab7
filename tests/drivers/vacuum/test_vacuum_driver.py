"""Grip and release by a valve and a switch: what is found, what is lost, a switch that lies, what stays switched on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from cellkit_vacuum.virtual import SWITCHES_OFF, SWITCHES_ON
from vacuum_bench import (
    BLOW_TIME,
    EVACUATION,
    FULL,
    GRIP_TIME,
    PART,
    RELEASE,
    RELEASE_TIME,
    SETTLE_TIME,
    Bench,
    bench,
)

from cellkit.devices import DeviceEvent, Grip, Lifecycle
from cellkit.errors import ConnectionLost, DeviceError, DeviceFault, GraspLost, MotionAborted, MotionTimeout
from cellkit.timing import now

SOON = 0.03  # s: two looks at the vacuum, and the driver's own


def heard_from(table: Bench) -> list[DeviceEvent]:
    events: list[DeviceEvent] = []
    table.gripper.on_event(events.append)
    return events


def losses(events: list[DeviceEvent]) -> int:
    return [one.what for one in events].count("grasp_lost")


async def gripped(table: Bench) -> None:
    table.put_part()
    assert (await table.gripper.grip(PART)).held


async def carry(table: Bench, seconds: float = 60.0) -> None:
    async with table.gripper.guard():
        await asyncio.sleep(seconds)


# --- grip -----------------------------------------------------------------------------------------------------------


def test_a_part_is_found_when_the_switch_closes() -> None:
    async def test(table: Bench) -> None:
        table.put_part()
        began = now()
        result = await table.gripper.grip(PART)
        assert (result.grip, result.measure) == (Grip.PART, None), "a switch tells no figure"
        assert now() - began == pytest.approx(EVACUATION, abs=SOON)
        assert table.ejector
        assert (await table.gripper.state()).part_present

    bench(test)


def test_no_part_is_found_when_the_switch_stays_open_and_the_ejector_is_off_again() -> None:
    async def test(table: Bench) -> None:
        began = now()
        result = await table.gripper.grip(PART)
        assert (result.grip, result.measure) == (Grip.NO_PART, None)
        assert now() - began == pytest.approx(GRIP_TIME, abs=SOON)
        assert not table.ejector
        assert not table.gripper.holding

    bench(test)


def test_how_long_it_tries_is_a_setting() -> None:
    async def test(table: Bench) -> None:
        began = now()
        assert (await table.gripper.grip()).grip is Grip.NO_PART
        assert now() - began == pytest.approx(0.3, abs=SOON)
        table.put_part()
        assert (await table.gripper.grip()).held

    bench(test, grip_time=0.3)


def test_a_part_that_is_too_leaky_never_closes_the_switch() -> None:
    async def test(table: Bench) -> None:
        table.suction.leak((1.0 - SWITCHES_ON + 0.05) * FULL / EVACUATION)
        table.put_part()
        assert (await table.gripper.grip(PART)).grip is Grip.NO_PART
        assert not table.ejector
        assert not table.holds()

    bench(test)


def test_gripping_what_is_held_changes_nothing() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        events, began = heard_from(table), now()
        assert (await table.gripper.grip(PART)).held
        assert now() - began < SOON
        assert table.gripper.holding
        assert losses(events) == 0

    bench(test)


# --- release --------------------------------------------------------------------------------------------------------


def test_release_returns_when_the_part_is_free() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        began, events = now(), heard_from(table)
        await table.gripper.release(PART)
        took = now() - began
        assert RELEASE * (1.0 - SWITCHES_OFF) + SETTLE_TIME - SOON <= took <= RELEASE + SETTLE_TIME + SOON
        assert not table.holds()
        assert not table.ejector
        assert losses(events) == 0, "letting go is no loss"
        assert (await table.gripper.grip()).grip is Grip.PART, "it still lies there"

    bench(test)


def test_release_blows_the_part_off_for_a_moment_after_the_ejector_is_off() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        moments: list[tuple[float, bool, bool]] = []
        table.image.watch("blow_off", lambda: moments.append((now(), table.image["blow_off"], table.image["ejector"])))
        await table.gripper.release()
        (on, *first), (off, *second) = moments
        assert (first, second) == ([True, False], [False, False])
        assert off - on == pytest.approx(BLOW_TIME, abs=1e-6)
        assert not table.image["blow_off"]

    bench(test, blow_off=True)


def test_a_grip_ends_what_blows() -> None:
    async def test(table: Bench) -> None:
        table.image["blow_off"] = True  # somebody else's doing
        table.put_part()
        assert (await table.gripper.grip()).held
        assert table.signals.written == [("blow_off", False), ("ejector", True)]

    bench(test, blow_off=True)


def test_without_a_blow_off_valve_only_the_ejector_is_written() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        await table.gripper.release()
        assert table.signals.written == [("ejector", True), ("ejector", False)]

    bench(test)


def test_release_with_nothing_held_is_quick() -> None:
    async def test(table: Bench) -> None:
        began = now()
        await table.gripper.release()
        assert now() - began <= SETTLE_TIME + SOON

    bench(test)


# --- losing it ------------------------------------------------------------------------------------------------------


def test_a_part_that_breaks_away_ends_whoever_waits_and_is_told_to_whoever_listens() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        events = heard_from(table)
        carrying = [asyncio.ensure_future(carry(table)) for _ in range(2)]
        await asyncio.sleep(1.0)
        began = now()
        table.lose_part()
        for one in carrying:
            with pytest.raises(GraspLost, match="the part was lost"):
                await one
        assert now() - began <= SOON
        assert losses(events) == 1
        assert not table.gripper.holding
        with pytest.raises(GraspLost, match="no part is held"):
            await carry(table)

    bench(test)


def test_a_vacuum_that_decays_is_told_before_the_part_falls_and_suction_stays_on() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        seen: list[tuple[float, bool, bool]] = []

        def heard(event: DeviceEvent) -> None:
            if event.what == "grasp_lost":
                state = table.suction.state()
                seen.append((state.vacuum, state.part_present, table.ejector))

        table.gripper.on_event(heard)
        rate = 10_000.0
        began = now()
        table.suction.leak(rate)
        with pytest.raises(GraspLost):
            await carry(table)
        expected = (1.0 - SWITCHES_OFF) * FULL / rate
        assert now() - began == pytest.approx(expected, abs=SOON)
        assert seen == [(pytest.approx(SWITCHES_OFF * FULL, abs=rate * SOON), True, True)]
        await table.gripper.stop()  # as a cell does when its program fails
        assert table.ejector, "the part still hangs there"
        assert table.holds()
        await table.gripper.release()
        assert not table.ejector

    bench(test)


def test_a_leak_that_is_mended_in_time_is_no_loss() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        events = heard_from(table)
        table.suction.leak(10_000.0)
        await asyncio.sleep(2.0)
        table.suction.leak(0.0)
        await asyncio.sleep(10.0)
        assert losses(events) == 0
        assert table.gripper.holding

    bench(test)


def test_a_part_lost_in_the_moment_in_which_it_was_gripped_is_lost_all_the_same() -> None:
    """The switch closes, and opens before the grip has come back to its caller."""

    async def test(table: Bench) -> None:
        events = heard_from(table)
        closed = asyncio.Event()
        table.image.watch("vacuum", closed.set)
        gripping = asyncio.ensure_future(table.gripper.grip())
        await asyncio.sleep(0.1)
        table.stick(True)
        await closed.wait()
        while table.gripper.busy:
            if table.gripper._sees:
                table.image["vacuum"] = False
            await asyncio.sleep(0)
        result = await gripping
        await asyncio.sleep(SOON)
        assert not table.gripper.holding
        assert losses(events) == (1 if result.held else 0)

    bench(test)


def test_loss_is_noticed_again_after_each_grip() -> None:
    async def test(table: Bench) -> None:
        events = heard_from(table)
        for turn in range(3):
            await gripped(table)
            await asyncio.sleep(0.5)
            table.lose_part()
            await asyncio.sleep(SOON)
            assert losses(events) == turn + 1
            await table.gripper.release()

    bench(test)


def test_a_part_that_is_lost_while_it_is_gripped_again_is_told() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        events = heard_from(table)
        carrying = asyncio.ensure_future(carry(table))
        table.signals.delay = 0.05
        await asyncio.sleep(0.1)
        table.lose_part()
        result = await table.gripper.grip()
        assert result.grip is Grip.NO_PART
        assert table.ejector, "as with any loss"
        with pytest.raises(GraspLost):
            await carrying
        assert losses(events) == 1

    bench(test)


# --- a switch that lies ---------------------------------------------------------------------------------------------


def test_a_switch_stuck_closed_is_a_fault_at_the_next_grip_and_nothing_is_switched_on() -> None:
    async def test(table: Bench) -> None:
        table.stick(True)
        began = now()
        with pytest.raises(DeviceFault, match="switch stays closed with the ejector off for 1 s") as caught:
            await table.gripper.grip()
        assert caught.value.code == "switch-stuck"
        assert now() - began == pytest.approx(RELEASE_TIME, abs=SOON)
        assert not table.gripper.holding
        assert ("ejector", True) not in table.signals.written
        table.stick(False)
        assert (await table.gripper.grip()).grip is Grip.NO_PART, "and goes on when it opens"

    bench(test)


def test_a_vacuum_that_is_still_going_is_waited_for() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        table.image["ejector"] = False  # by somebody else, with the part still at the cup
        await asyncio.sleep(0.01)
        assert (await table.gripper.grip()).held
        assert table.ejector

    bench(test)


def test_a_switch_that_sticks_while_a_part_is_held_is_a_fault_of_the_release() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        table.stick(True)
        with pytest.raises(DeviceFault, match="the vacuum is still present 1 s after") as caught:
            await table.gripper.release()
        assert caught.value.code == "vacuum-stays"
        assert not table.ejector
        assert not table.image["blow_off"]
        assert not table.gripper.holding

    bench(test, blow_off=True)


def test_a_switch_stuck_open_means_no_part_and_what_may_hang_there_is_let_go() -> None:
    async def test(table: Bench) -> None:
        table.stick(False)
        table.put_part()
        assert (await table.gripper.grip(PART)).grip is Grip.NO_PART
        await asyncio.sleep(RELEASE + SOON)
        assert not table.holds(), "nobody carries away what nobody knows of"

    bench(test)


def test_a_switch_that_opens_by_itself_is_a_loss() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        asyncio.get_running_loop().call_later(0.5, table.stick, False)
        with pytest.raises(GraspLost):
            await carry(table)
        assert table.holds()
        assert table.ejector, "the part is there, and stays"

    bench(test)


# --- stops and errors -----------------------------------------------------------------------------------------------


async def cancelled(table: Bench) -> None:
    gripping = asyncio.ensure_future(table.gripper.grip())
    await asyncio.sleep(0.05)
    gripping.cancel()
    await asyncio.wait({gripping})
    assert gripping.cancelled()


async def stopped(table: Bench) -> None:
    gripping = asyncio.ensure_future(table.gripper.grip())
    await asyncio.sleep(0.05)
    await table.gripper.stop()
    with pytest.raises(MotionAborted):
        await gripping


async def timed_out(table: Bench) -> None:
    with pytest.raises(MotionTimeout):
        await table.gripper.grip(timeout=0.05)


async def closed(table: Bench) -> None:
    gripping = asyncio.ensure_future(table.gripper.grip())
    await asyncio.sleep(0.05)
    await table.gripper.close()
    with pytest.raises(DeviceError):
        await gripping


async def switch_broken(table: Bench) -> None:
    gripping = asyncio.ensure_future(table.gripper.grip())
    await asyncio.sleep(0.05)
    table.signals.broken.add("vacuum")
    table.image["vacuum"] = True
    with pytest.raises(DeviceError, match="another mode"):
        await gripping


@pytest.mark.parametrize("end", [cancelled, stopped, timed_out, closed, switch_broken])
@pytest.mark.parametrize("delay", [0.0, 0.02, 0.04, 0.049, 0.05, 0.07])
@pytest.mark.parametrize("blow_off", [False, True])
def test_a_grip_that_does_not_end_well_leaves_nothing_on(
    end: Callable[[Bench], asyncio.Future[None]], delay: float, blow_off: bool
) -> None:
    """However slow the signals are: what was on its way when the grip was ended is undone too."""

    async def test(table: Bench) -> None:
        table.put_part()
        table.signals.delay = delay
        await end(table)
        assert not table.gripper.busy
        await asyncio.sleep(0.5)
        assert table.signals.written[-1:] in ([], [("ejector", False)])
        assert not table.ejector
        assert not table.gripper.holding
        assert not table.holds()

    bench(test, blow_off=blow_off)


def test_a_grip_stopped_in_the_very_moment_of_its_success_leaves_nothing_on_or_holds() -> None:
    outcomes = set()

    async def one(table: Bench, turns: int) -> None:
        table.put_part()
        gripping = asyncio.ensure_future(table.gripper.grip())
        closed = asyncio.Event()
        table.image.watch("vacuum", closed.set)
        await closed.wait()
        for _ in range(turns):
            await asyncio.sleep(0)
        stopping = asyncio.ensure_future(table.gripper.stop())
        await asyncio.wait({gripping, stopping})
        await asyncio.sleep(0.5)
        held = gripping.exception() is None
        outcomes.add(held)
        assert (table.gripper.holding, table.ejector) == (held, held)

    for turns in range(20):
        bench(lambda table, turns=turns: one(table, turns))  # type: ignore[misc]
    assert outcomes == {True, False}


def test_stop_keeps_what_is_held_and_a_grip_of_it_that_is_stopped_too() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        table.signals.delay = 0.1
        again = asyncio.ensure_future(table.gripper.grip())
        await asyncio.sleep(0.05)
        await table.gripper.stop()
        with pytest.raises(MotionAborted):
            await again
        await table.gripper.stop()
        await asyncio.sleep(1.0)
        assert table.gripper.holding
        assert table.holds()

    bench(test)


@pytest.mark.parametrize("moment", [0.0, 0.01, 0.06, 0.12])
def test_a_release_that_is_stopped_has_switched_everything_off(moment: float) -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        table.signals.delay = 0.02
        releasing = asyncio.ensure_future(table.gripper.release())
        await asyncio.sleep(moment)
        await table.gripper.stop()
        await asyncio.wait({releasing})
        await asyncio.sleep(1.0)
        if moment == 0.0 and table.gripper.holding:
            assert table.ejector, "it was stopped before it began"
        else:
            assert not table.ejector
            assert not table.image["blow_off"]

    bench(test, blow_off=True)


def test_closing_keeps_what_is_held() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        await table.gripper.close()
        await asyncio.sleep(1.0)
        assert table.holds()
        await table.gripper.connect()
        assert (await table.gripper.grip(PART)).held
        await table.gripper.release()
        assert not table.holds()

    bench(test)


# --- the signals go -------------------------------------------------------------------------------------------------


def test_signals_that_are_lost_take_the_gripper_with_them() -> None:
    async def test(table: Bench) -> None:
        gripping = asyncio.ensure_future(table.gripper.grip())
        await asyncio.sleep(0.05)
        table.signals.cut()
        with pytest.raises(ConnectionLost, match="the line was cut"):
            await gripping
        assert table.gripper.lifecycle is Lifecycle.LOST
        with pytest.raises(ConnectionLost):
            await table.gripper.release()
        with pytest.raises(ConnectionLost):
            await table.gripper.state()

    bench(test)


def test_a_part_that_fell_while_the_link_was_lost_is_told_when_it_is_back() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        events = heard_from(table)
        table.signals.cut()
        table.image["ejector"] = False  # as a coupler's watchdog does
        await asyncio.sleep(1.0)
        table.signals.up = True
        await table.gripper.connect()
        assert losses(events) == 1
        assert not table.gripper.holding
        table.put_part()
        assert (await table.gripper.grip(PART)).held

    bench(test)


def test_a_part_that_stayed_while_the_link_was_lost_is_still_held() -> None:
    async def test(table: Bench) -> None:
        await gripped(table)
        events = heard_from(table)
        table.signals.cut()
        await asyncio.sleep(1.0)
        table.signals.up = True
        await table.gripper.connect()
        assert table.gripper.holding
        table.lose_part()
        await asyncio.sleep(SOON)
        assert losses(events) == 1

    bench(test)


def test_signals_that_somebody_closes_take_the_gripper_with_them() -> None:
    async def test(table: Bench) -> None:
        await table.signals.close()
        assert table.gripper.lifecycle is Lifecycle.LOST
        with pytest.raises(ConnectionLost, match="were closed"):
            await table.gripper.grip()

    bench(test)
