"""Digital signals of a coupler: where they are, what is read back, silence on either side, two users."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from cellkit_modbus.protocol.tables import GAP, MOST_BITS, stretches
from cellkit_modbus.virtual import WATCHDOG
from hypothesis import given
from hypothesis import strategies as st
from modbus_bench import HOST, INPUTS, OUTPUTS, Bench, digital, heard_from

from cellkit.devices import Lifecycle
from cellkit.errors import CommandRejected, ConfigError, ConnectionFailed, ConnectionLost, DeviceFault, MotionTimeout
from cellkit.timing import now
from cellkit.transport import RecordingNetwork
from cellkit.transport.recording import Passed

ANSWER_TIMEOUT = 0.5  # s, the usual setting


def recorded(bench: Bench) -> list[Passed]:
    """What passes between drivers and the coupler from now on."""
    passed: list[Passed] = []
    bench.network = RecordingNetwork(bench.network, passed.append)  # type: ignore[assignment]
    return passed


def requests(passed: list[Passed]) -> list[str]:
    """Requests without their headers, in hex, in order."""
    return [one.data[7:].hex(" ") for one in passed if one.data and one.direction == "sent"]


# --- terminals ------------------------------------------------------------------------------------------------------


def test_every_signal_is_where_its_terminal_is() -> None:
    async def test(bench: Bench) -> None:
        async with bench.io() as io:
            for signal in INPUTS:
                bench.image[signal] = True
                await asyncio.sleep(0.05)
                assert [await io.read(one) for one in INPUTS] == [one == signal for one in INPUTS]
                bench.image[signal] = False
            for signal in OUTPUTS:
                await io.write(signal, True)
                assert [bench.image[one] for one in OUTPUTS] == [one == signal for one in OUTPUTS]
                assert await io.read(signal) is True
                await io.write(signal, False)
                assert not bench.image[signal]

    digital(test)


def test_terminals_are_counted_from_the_first_addresses() -> None:
    async def test(bench: Bench) -> None:
        inputs, outputs = {"door": 2}, {"lamp": 1}  # the bench has them at 5 and 9
        async with bench.io(inputs, outputs, first_input=3, first_output=8) as io:
            bench.image["door"] = True
            await io.wait_for("door", timeout=1.0)
            await io.write("lamp", True)
            assert bench.image["lamp"]

    digital(test)


def test_one_request_reads_all_inputs_and_one_all_outputs() -> None:
    async def test(bench: Bench) -> None:
        passed = recorded(bench)
        async with bench.io():
            pass
        assert requests(passed)[:2] == ["02 00 00 00 06", "01 00 00 00 0a"]

    digital(test)


def test_a_wide_gap_is_not_read() -> None:
    async def test(bench: Bench) -> None:
        passed = recorded(bench)
        async with bench.io({"near": 0, "far": 40}, {}):
            pass
        assert requests(passed)[:2] == ["02 00 00 00 01", "02 00 28 00 01"]

    digital(test)


@given(st.lists(st.integers(0, 65535), max_size=60), st.integers(1, MOST_BITS))
def test_stretches_hold_every_terminal_once_and_no_more_than_allowed(terminals: list[int], most: int) -> None:
    found = stretches(terminals, most)
    covered = [at for first, count in found for at in range(first, first + count)]
    assert len(covered) == len(set(covered))
    assert set(terminals) <= set(covered)
    assert all(1 <= count <= most for _, count in found)
    assert all(first in terminals and first + count - 1 in terminals for first, count in found)
    assert len(covered) - len(set(terminals)) <= GAP * len(terminals)


# --- no connection --------------------------------------------------------------------------------------------------


def test_a_wrong_unit_is_no_connection_and_the_error_asks_for_it() -> None:
    async def test(bench: Bench) -> None:
        io = bench.io(unit=7)
        with pytest.raises(ConnectionFailed, match=r"exception 11.*is the unit id right"):
            await io.connect()
        assert io.lifecycle is Lifecycle.CLOSED

    digital(test)


def test_terminals_that_the_coupler_has_not_are_no_connection() -> None:
    async def test(bench: Bench) -> None:
        with pytest.raises(ConnectionFailed, match="function 1 at 64: Modbus exception 2"):
            await bench.io({}, {"clamp": 64}).connect()

    digital(test)


def test_nobody_there() -> None:
    async def test(bench: Bench) -> None:
        with pytest.raises(ConnectionFailed, match=f"no Modbus coupler at {HOST}:503"):
            await bench.io(modbus_port=503).connect()

    digital(test)


def test_another_machines_address_warns_that_no_real_coupler_was_ever_tried(caplog: pytest.LogCaptureFixture) -> None:
    async def test(bench: Bench) -> None:
        io = bench.io()
        io.config = io.config.model_copy(update={"host": "192.0.2.1"})
        with caplog.at_level(logging.WARNING), pytest.raises(ConnectionFailed):
            await io.connect()
        assert "never on a real Modbus TCP coupler (192.0.2.1)" in caplog.text

    digital(test)


def test_an_address_beyond_the_last_is_refused_before_anything_is_sent() -> None:
    async def test(bench: Bench) -> None:
        with pytest.raises(ConfigError, match="terminal 9 counted from first_output 65530 is address 65539"):
            bench.io(first_output=65530)
        with pytest.raises(ConfigError, match="terminal 5 counted from first_input 65531 is address 65536"):
            bench.io(first_input=65531)
        bench.io(first_input=65530)

    digital(test)


# --- what outputs are -----------------------------------------------------------------------------------------------


def test_an_output_that_falls_is_told_and_reads_as_it_is() -> None:
    """The watchdog of a coupler that is set shorter than the driver looks."""

    async def test(bench: Bench) -> None:
        async with bench.io(poll_period=1.5 * WATCHDOG) as io:
            events = heard_from(io)
            await io.write("clamp", True)
            await asyncio.sleep(0.9 * WATCHDOG)
            assert await io.read("clamp")
            await asyncio.sleep(2 * WATCHDOG)
            assert bench.virtual.dropped
            assert await io.read("clamp") is False
            (told,) = [one.data for one in events if one.what == "output_changed"]
            assert told == {"signal": "clamp", "value": False, "was": True}
            await io.write("clamp", True)
            assert bench.image["clamp"], "and can be set again"

    digital(test)


def test_two_users_see_each_others_outputs_and_only_changes_are_told() -> None:
    async def test(bench: Bench) -> None:
        async with bench.io() as one, bench.io() as other:
            to_one, to_other = heard_from(one), heard_from(other)
            await one.write("clamp", True)
            await other.wait_for("clamp", timeout=0.1)
            await other.write("lamp", True)
            await asyncio.sleep(0.1)
            assert not [event for event in (*to_one, *to_other) if event.what == "output_changed"]
            await other.write("clamp", False)
            await one.wait_for("clamp", False, timeout=0.1)
            assert [event.data["signal"] for event in to_one if event.what == "output_changed"] == ["clamp"]
            await one.close()
            await other.write("lamp", False)
            assert not bench.image["lamp"], "the other one goes on"

    digital(test)


def test_writes_at_the_same_time_all_arrive_and_none_is_taken_for_a_fall() -> None:
    async def test(bench: Bench) -> None:
        async with bench.io(poll_period=0.001) as io:
            events = heard_from(io)
            for turn in range(20):
                await asyncio.gather(io.write("clamp", turn % 2 == 0), io.write("lamp", turn % 3 == 0))
                assert (bench.image["clamp"], bench.image["lamp"]) == (turn % 2 == 0, turn % 3 == 0)
            await asyncio.gather(io.write("clamp", True), io.write("clamp", False), io.write("clamp", True))
            assert await io.read("clamp")
            await asyncio.sleep(0.1)
            assert not [one for one in events if one.what == "output_changed"]

    digital(test)


def test_an_output_that_is_taken_and_not_set_is_a_fault() -> None:
    async def test(bench: Bench) -> None:
        async with bench.io() as io:
            bench.alter("coils", {0: 0})  # as a coupler whose coils read back its inputs
            with pytest.raises(DeviceFault, match="clamp was set to True, and the coupler has False") as caught:
                await io.write("clamp", True)
            assert caught.value.code == "not-set"
            await io.write("lamp", True)

    digital(test)


def test_a_write_that_is_refused_says_so_and_the_link_stays() -> None:
    async def test(bench: Bench) -> None:
        async with bench.io() as io:
            events = heard_from(io)
            put = bench.virtual._put

            def refuse(*_arguments: Any) -> None:
                raise ValueError

            bench.virtual._put = refuse  # type: ignore[method-assign]
            with pytest.raises(CommandRejected, match="function 5 at 0: Modbus exception 3"):
                await io.write("clamp", True)
            bench.virtual._put = put  # type: ignore[method-assign]
            await asyncio.sleep(0.1)
            assert io.lifecycle is Lifecycle.OPEN
            assert [one.what for one in events] == [], "neither written nor fallen"
            await io.write("clamp", True)

    digital(test)


def test_a_write_that_is_cancelled_has_arrived_or_not_and_is_no_fall() -> None:
    async def test(bench: Bench) -> None:
        bench.faults.delay = 0.05
        async with bench.io() as io:
            events = heard_from(io)
            writing = asyncio.ensure_future(io.write("clamp", True))
            await asyncio.sleep(0.01)
            writing.cancel()
            await asyncio.wait({writing})
            await asyncio.sleep(1.0)
            assert bench.image["clamp"], "it was on its way"
            assert await io.read("clamp")
            assert not [one for one in events if one.what == "output_changed"]

    digital(test)


# --- silence --------------------------------------------------------------------------------------------------------


def hang(bench: Bench) -> None:
    bench.virtual.switches()["mute"]()


def silence(bench: Bench) -> None:
    bench.faults.silent = True


def cut(bench: Bench) -> None:
    bench.faults.drop()


@pytest.mark.parametrize(("trouble", "noticed"), [(hang, ANSWER_TIMEOUT), (silence, ANSWER_TIMEOUT), (cut, 0.0)])
def test_a_coupler_that_is_gone_is_a_lost_link_and_nothing_is_left_on(
    trouble: Callable[[Bench], None], noticed: float
) -> None:
    async def test(bench: Bench) -> None:
        io = bench.io()
        await io.connect()
        await io.write("clamp", True)
        events = heard_from(io)
        waiting = asyncio.ensure_future(io.wait_for("ready", timeout=60.0))
        await asyncio.sleep(3.0)
        assert bench.image["clamp"], "looking at the coupler keeps its watchdog content"
        began = now()
        trouble(bench)
        with pytest.raises(ConnectionLost):
            await waiting
        assert noticed - 0.05 <= now() - began <= noticed + 0.05
        assert io.lifecycle is Lifecycle.LOST
        for refused in (io.read("clamp"), io.write("clamp", True), io.wait_for("ready")):
            with pytest.raises(ConnectionLost):
                await refused
        await asyncio.sleep(WATCHDOG)
        assert not bench.image["clamp"]
        assert [one.what for one in events] == ["waiting", "connection_lost", "waited"]
        await asyncio.sleep(10.0)
        assert bench.virtual.dropped == 1

        bench.faults.restore()
        bench.virtual.switches()["speak"]()
        await io.connect()
        assert await io.read("clamp") is False
        told = [one.data for one in events if one.what == "output_changed"]
        assert told == [{"signal": "clamp", "value": False, "was": True}], "what has become of it is told"
        await io.write("clamp", True)
        assert bench.image["clamp"]
        bench.image["ready"] = True
        await io.wait_for("ready", timeout=0.1)
        await io.close()

    digital(test)


def test_a_write_whose_answer_does_not_come_is_a_lost_link_at_once() -> None:
    async def test(bench: Bench) -> None:
        io = bench.io(poll_period=10.0)
        await io.connect()
        await asyncio.sleep(0.1)
        hang(bench)
        began = now()
        with pytest.raises(ConnectionLost, match=r"function 5 at 0: no answer for 0\.5 s"):
            await io.write("clamp", True)
        assert now() - began == pytest.approx(ANSWER_TIMEOUT, abs=0.01)
        assert io.lifecycle is Lifecycle.LOST

    digital(test)


def test_a_pulse_during_which_the_coupler_goes_is_an_error() -> None:
    async def test(bench: Bench) -> None:
        io = bench.io()
        await io.connect()
        asyncio.get_running_loop().call_later(0.2, silence, bench)
        with pytest.raises(ConnectionLost):
            await io.pulse("clamp", 5.0)
        await asyncio.sleep(WATCHDOG)
        assert not bench.image["clamp"]

    digital(test)


def test_closing_leaves_outputs_to_the_coupler() -> None:
    async def test(bench: Bench) -> None:
        async with bench.io() as io:
            await io.write("clamp", True)
        assert bench.image["clamp"]
        await asyncio.sleep(WATCHDOG + 0.1)
        assert not bench.image["clamp"]

    digital(test)


# --- late -----------------------------------------------------------------------------------------------------------


def test_late_answers_are_still_the_right_ones() -> None:
    async def test(bench: Bench) -> None:
        bench.faults.delay = 0.3
        async with bench.io() as io:
            for value in (True, False, True):
                await io.write("clamp", value)
                assert await io.read("clamp") is value
                assert bench.image["clamp"] is value
            bench.image["ready"] = True
            await io.wait_for("ready", timeout=2.0)
            with pytest.raises(MotionTimeout):
                await io.wait_for("door", timeout=1.0)

    digital(test)


def test_answers_that_come_too_late_are_a_lost_link() -> None:
    async def test(bench: Bench) -> None:
        io = bench.io()
        await io.connect()
        bench.faults.delay = 0.7
        await asyncio.sleep(1.0)
        assert io.lifecycle is Lifecycle.LOST
        bench.faults.restore()
        await io.connect()
        await io.write("clamp", True)
        assert bench.image["clamp"]
        await io.close()

    digital(test)


@pytest.mark.parametrize("setting", ["poll_period", "answer_timeout"])
def test_settings_of_time_are_kept(setting: str) -> None:
    async def test(bench: Bench) -> None:
        passed = recorded(bench)
        io = bench.io(**{setting: 0.25})
        await io.connect()
        await asyncio.sleep(2.0)
        if setting == "poll_period":
            assert 14 <= len(requests(passed)) <= 20, "two requests four times a second, and two when it connects"
        else:
            hang(bench)
            await asyncio.sleep(0.35)
            assert io.lifecycle is Lifecycle.LOST
        await io.close()

    digital(test)


def test_the_same_run_sends_the_same_bytes() -> None:
    runs: list[list[Passed]] = []

    async def test(bench: Bench) -> None:
        runs.append(recorded(bench))
        async with bench.io() as io:
            await io.pulse("clamp", 0.2)
            bench.image["ready"] = True
            await io.wait_for("ready")

    digital(test)
    digital(test)
    assert runs[0] == runs[1]
    assert len(runs[0]) > 40


def test_terminals_that_are_pulled_out_are_a_lost_link() -> None:
    async def test(bench: Bench) -> None:
        io = bench.io()
        await io.connect()
        bench.virtual._count = 3
        with pytest.raises(ConnectionLost, match="function 2 at 0: Modbus exception 2"):
            await io.wait_for("ready", timeout=1.0)
        assert io.lifecycle is Lifecycle.LOST

    digital(test)
