"""The RTDE server is as strict as the real one: versions, recipes, ownership, ranges, rates."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
from cellkit_ur.protocol.fields import INPUTS, OUTPUTS
from cellkit_ur.protocol.rtde import (
    Accepted,
    ControllerVersion,
    Data,
    Kind,
    Level,
    Pause,
    Recipe,
    RequestController,
    RequestProtocol,
    SetupInputs,
    SetupOutputs,
    Start,
    Text,
    encode_request,
)
from ur_bench import Bench, played


def test_versions() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde(version=False)
        assert await client.ask(RequestController()) == ControllerVersion(5, 15, 0, 0)
        for version, accepted in ((3, False), (0, False), (2, True), (2, True)):
            assert await client.ask(RequestProtocol(version)) == Accepted(Kind.PROTOCOL_VERSION, accepted)

    played(test)


def test_nothing_is_set_up_before_the_version_is_agreed() -> None:
    async def test(bench: Bench) -> None:
        for request, refusal in (
            (SetupOutputs(125.0, ("timestamp",)), Recipe(Kind.SETUP_OUTPUTS, 0, ())),
            (SetupInputs(("input_int_register_0",)), Recipe(Kind.SETUP_INPUTS, 0, ())),
            (Start(), Accepted(Kind.START, False)),
            (Pause(), Accepted(Kind.PAUSE, False)),
        ):
            client = await bench.rtde(version=False)
            complaint = await client.ask(request)
            assert isinstance(complaint, Text)
            assert complaint.level is Level.ERROR
            assert await client.reply() == refusal

    played(test)


def test_every_field_has_the_type_of_the_list_and_a_value() -> None:
    async def test(bench: Bench) -> None:
        names = sorted(OUTPUTS)
        for start in range(0, len(names), 40):
            client, some = await bench.rtde(), names[start : start + 40]
            recipe = await client.ask(SetupOutputs(500.0, tuple(some)))
            assert recipe == Recipe(Kind.SETUP_OUTPUTS, 1, tuple(OUTPUTS[name] for name in some))
            await client.outputs(*some)
            assert len(await client.values()) >= len(some)
        names = sorted(INPUTS)
        client = await bench.rtde()
        for number, start in enumerate(range(0, len(names), 40), 1):
            recipe = await client.ask(SetupInputs(tuple(names[start : start + 40])))
            assert recipe == Recipe(Kind.SETUP_INPUTS, number, tuple(INPUTS[n] for n in names[start : start + 40]))

    played(test)


def test_unknown_fields_are_not_found() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        assert await client.ask(SetupOutputs(125.0, ("timestamp", "mood"))) == Recipe(
            Kind.SETUP_OUTPUTS, 0, ("DOUBLE", "NOT_FOUND")
        )
        assert await client.ask(Start()) == Accepted(Kind.START, False)
        assert await client.ask(SetupInputs(("timestamp",))) == Recipe(Kind.SETUP_INPUTS, 0, ("NOT_FOUND",))
        assert await client.ask(SetupInputs(("input_int_register_48",))) == Recipe(Kind.SETUP_INPUTS, 0, ("NOT_FOUND",))

    played(test)


def test_an_input_has_one_owner() -> None:
    async def test(bench: Bench) -> None:
        one, two = await bench.rtde(), await bench.rtde()
        register = ("input_int_register_0",)
        assert await one.ask(SetupInputs(register)) == Recipe(Kind.SETUP_INPUTS, 1, ("INT32",))
        # The same client may use the field in any number of its recipes.
        assert await one.ask(SetupInputs((*register, "input_int_register_1"))) == Recipe(
            Kind.SETUP_INPUTS, 2, ("INT32", "INT32")
        )
        assert await two.ask(SetupInputs((*register, "input_int_register_2"))) == Recipe(
            Kind.SETUP_INPUTS, 0, ("IN_USE", "INT32")
        )
        assert await two.ask(SetupInputs(("input_int_register_2",))) == Recipe(Kind.SETUP_INPUTS, 1, ("INT32",))
        one.stream.close()
        await asyncio.sleep(0.01)
        assert await two.ask(SetupInputs(register)) == Recipe(Kind.SETUP_INPUTS, 2, ("INT32",))

    played(test)


def test_255_input_recipes_and_no_more() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        for number in range(1, 256):
            assert await client.ask(SetupInputs(("input_int_register_0",))) == Recipe(
                Kind.SETUP_INPUTS, number, ("INT32",)
            )
        assert isinstance(await client.ask(SetupInputs(("input_int_register_0",))), Text)
        refused: Any = await client.reply()
        assert refused.number == 0

    played(test)


def test_a_list_of_names_has_its_limit() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        many = ("actual_q",) * 300
        assert isinstance(await client.ask(SetupOutputs(125.0, many)), Text)
        assert await client.reply() == Recipe(Kind.SETUP_OUTPUTS, 0, ())

    played(test)


@pytest.mark.parametrize(("frequency", "period"), [(500.0, 0.002), (250.0, 0.004), (125.0, 0.008), (10.0, 0.1)])
def test_every_nth_control_step_is_sent(frequency: float, period: float) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        await client.outputs("timestamp", "control_step", frequency=frequency)
        stamps = [await client.values() for _ in range(5)]
        for (before, step_before), (after, step_after) in itertools.pairwise(stamps):
            assert after - before == pytest.approx(period)
            assert step_after - step_before == round(period / 0.002)

    played(test)


@pytest.mark.parametrize("frequency", [0.0, -1.0, 501.0, float("nan")])
def test_impossible_rates_are_refused(frequency: float) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        assert isinstance(await client.ask(SetupOutputs(frequency, ("timestamp",))), Text)
        assert await client.reply() == Recipe(Kind.SETUP_OUTPUTS, 0, ())

    played(test)


def test_pause_and_start() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        await client.outputs("timestamp")
        first = (await client.values())[0]
        client.send(Pause())
        while not isinstance(reply := await client.reply(), Accepted):
            assert isinstance(reply, Data)
        await asyncio.sleep(1.0)
        assert bench.virtual._beat is None, "nobody listens, and control steps are taken all the same"
        assert await client.ask(Start()) == Accepted(Kind.START, True)
        assert (await client.values())[0] >= first + 1.0

    played(test)


def test_packages_that_do_not_fit_are_complained_about_and_ignored() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        await client.ask(SetupInputs(("input_int_register_24", "input_double_register_24")))
        for wrong in (Data(2, b"\0" * 12), Data(0, b""), Data(1, b"\0" * 11), Data(1, b"\0" * 13)):
            assert isinstance(await client.ask(wrong), Text)
        assert bench.virtual.box.registers.input_int[24] == 0

    played(test)


def test_who_asks_without_reading_is_not_heard_any_more() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        for _ in range(300):
            client.stream.write(encode_request(RequestController()) * 1000)
            await asyncio.sleep(0.001)
        box: Any = client.stream
        assert box._size < 1_100_000

    played(test)


def test_nonsense_ends_the_one_who_says_it() -> None:
    async def test(bench: Bench) -> None:
        bad, good = await bench.rtde(), await bench.rtde()
        bad.stream.write(b"\x00\x01Z")
        with pytest.raises(EOFError):
            await bad.reply()
        assert await good.ask(Pause()) == Accepted(Kind.PAUSE, True)

    played(test)


def test_inputs_reach_registers_and_signals() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        registers = await client.inputs("input_int_register_3", "input_double_register_4", "input_bit_register_70")
        words = await client.inputs("input_bit_registers0_to_31")
        signals = await client.inputs("standard_digital_output_mask", "standard_digital_output")
        tool = await client.inputs("tool_digital_output_mask", "tool_digital_output")
        await client.outputs(
            "input_int_register_3", "input_double_register_4", "input_bit_register_70",
            "input_bit_registers0_to_31", "actual_digital_output_bits", "actual_q",
        )  # fmt: skip
        registers(-7, 2.5, True)
        words(0b1010)
        signals(0b0110, 0b1100)
        tool(0b01, 0b11)
        found = await client.fields()
        assert found["input_int_register_3"] == (-7,)
        assert found["input_double_register_4"] == (2.5,)
        assert found["input_bit_register_70"] == (True,)
        assert found["input_bit_registers0_to_31"] == (0b1010,)
        assert found["actual_digital_output_bits"] == (0b0100 | 1 << 16,)
        assert found["actual_q"] == pytest.approx(bench.model.home)

    played(test)


def test_the_speed_slider() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        slider = await client.inputs("speed_slider_mask", "speed_slider_fraction")
        await client.outputs("target_speed_fraction")
        slider(1, 0.25)
        assert (await client.fields())["target_speed_fraction"] == (0.25,)
        slider(0, 0.75)
        assert (await client.fields())["target_speed_fraction"] == (0.25,), "the mask was not set"
        slider(1, 1.5)
        while not isinstance(complaint := await client.reply(), Text):
            pass
        assert "0 to 1" in complaint.message
        assert bench.kernel.speed_override == 0.25

    played(test)


def test_a_client_that_does_not_read_is_left_out_and_disturbs_nobody() -> None:
    async def test(bench: Bench) -> None:
        lazy, other = await bench.rtde(), await bench.rtde()
        await lazy.outputs(*[name for name in sorted(OUTPUTS) if OUTPUTS[name] == "VECTOR6D"][:20])
        await other.outputs("timestamp")
        for _ in range(200):
            await asyncio.sleep(0.1)
            await other.values()
        box: Any = lazy.stream
        assert box._size < 2_000_000, "unread packages pile up"

    played(test)
