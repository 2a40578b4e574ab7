"""The driver beside its contract: faults and verdicts of the gripper, forces, wrong parts, connecting and leaving."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest
from cellkit_weiss.config import BinaryConfig, GclConfig
from cellkit_weiss.driver import BinaryGripper, GclGripper
from cellkit_weiss.gripper import END_MARGIN
from cellkit_weiss.protocol import gcl_requests
from cellkit_weiss.protocol.status import Grasping
from weiss_bench import Bench, bench

from cellkit.devices import Grip, Lifecycle, Workpiece
from cellkit.errors import CommandRejected, ConnectionFailed, ConnectionLost, DeviceFault
from cellkit.timing import run
from cellkit.transport import RecordingNetwork
from cellkit.transport.recording import Passed

FULL = 0.11
Test = Callable[[Bench], Coroutine[None, None, None]]


def part_of(width: float) -> Workpiece:
    return Workpiece("part", "box", (width, width + 0.02, 0.04), 0.1, 0.8)


def with_both(test: Test) -> Callable[[str], None]:
    """A test of the connected driver, in either language."""

    @pytest.mark.parametrize("protocol", ["gcl", "binary"])
    def wrapped(protocol: str) -> None:
        run(_played(test, protocol))

    wrapped.__name__ = test.__name__
    return wrapped


async def _played(test: Test, protocol: str) -> None:
    async with bench(protocol) as made:
        await made.gripper.connect()
        await test(made)


# --- connecting and leaving ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["gcl", "binary"])
def test_a_gripper_that_is_not_referenced_is_homed_on_connecting(protocol: str) -> None:
    async def play() -> None:
        async with bench(protocol) as made:
            await made.wsg.jaws.drive(0.02, 0.2, 20.0)
            assert not made.wsg.referenced
            await made.gripper.connect()
            assert made.wsg.referenced
            assert made.rig.true_width() == pytest.approx(FULL), "outwards"
            assert (await made.gripper.state()).width == pytest.approx(FULL)

    run(play())


@with_both
async def test_it_is_not_homed_again_and_a_part_stays_held(made: Bench) -> None:
    gripper = made.gripper
    part = made.put_part(0.05)
    assert (await gripper.grip(part)).held
    await gripper.close()
    await asyncio.sleep(1.0)
    await gripper.connect()
    assert made.wsg.state is Grasping.HOLDING
    assert made.rig.holds_part()
    await gripper.release(part)
    assert not made.rig.holds_part()


@with_both
async def test_leaving_is_announced_and_a_broken_line_leaves_a_fast_stop_that_is_acknowledged(made: Bench) -> None:
    gripper = made.gripper
    await gripper.move(0.05)
    await gripper.close()
    assert not made.wsg.fast_stopped
    await gripper.connect()
    made.rig.drop_link()
    await asyncio.sleep(0.1)
    assert made.wsg.fast_stopped
    await gripper.close()
    made.rig.restore_link()
    await gripper.connect()
    assert not made.wsg.fast_stopped
    assert made.rig.true_width() == pytest.approx(0.05), "it was referenced: nothing has moved"
    await gripper.move(0.06)


@with_both
async def test_a_place_that_is_taken_is_no_connection(made: Bench) -> None:
    driver = type(made.gripper)
    second = driver("second", made.gripper.model, made.gripper.config, made.rig.network)
    with pytest.raises(ConnectionFailed):
        await second.connect()
    assert second.lifecycle is Lifecycle.CLOSED
    await made.gripper.move(0.05)


@pytest.mark.parametrize("protocol", ["gcl", "binary"])
def test_homing_that_fails_is_no_connection(protocol: str) -> None:
    async def play() -> None:
        async with bench(protocol) as made:
            made.wsg.block(True)
            with pytest.raises(ConnectionFailed, match="blocked"):
                await made.gripper.connect()
            assert made.gripper.lifecycle is Lifecycle.CLOSED
            made.wsg.block(False)
            await made.gripper.connect()

    run(play())


def test_a_tolerance_that_the_gripper_refuses_says_so() -> None:
    async def play() -> None:
        async with bench("gcl") as made:
            config = GclConfig(part_width_tolerance=0.15)
            gripper = GclGripper("gripper", made.gripper.model, config, made.rig.network)
            with pytest.raises(ConnectionFailed, match=r"PWT=150: a value is out of range"):
                await gripper.connect()

    run(play())


def test_a_gripper_without_system_flags_is_homed_by_recover(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gcl_requests, "QUERIES", tuple(set(gcl_requests.QUERIES) - {"SYSFLAGS"}))

    async def play() -> None:
        async with bench("gcl") as made:
            await made.gripper.connect()
            assert not made.wsg.referenced
            with pytest.raises(DeviceFault, match="not referenced; recover") as caught:
                await made.gripper.grip()
            assert caught.value.code == "3"
            await made.gripper.recover()
            assert made.wsg.referenced
            assert (await made.gripper.grip()).grip is Grip.NO_PART

    run(play())


# --- faults -------------------------------------------------------------------------------------------------------


@with_both
async def test_a_fast_stop_while_idle_is_told_by_the_next_motion(made: Bench) -> None:
    made.wsg.fast_stop()
    for command in (made.gripper.grip, made.gripper.release):
        with pytest.raises(DeviceFault, match="access is denied by a fast stop; recover") as caught:
            await command()
        assert caught.value.code == "16"
    await made.gripper.recover()
    await made.gripper.release()


@with_both
async def test_a_gripper_that_was_switched_off_meanwhile_is_homed_by_recover(made: Bench) -> None:
    await made.gripper.move(0.05)
    made.wsg.referenced = False
    with pytest.raises(DeviceFault, match="not referenced") as caught:
        await made.gripper.move(0.06)
    assert caught.value.code == "3"
    await made.gripper.recover()
    assert made.rig.true_width() == pytest.approx(FULL)
    await made.gripper.move(0.06)


@with_both
async def test_fingers_that_are_blocked_are_a_fault_of_grips_and_releases(made: Bench) -> None:
    gripper = made.gripper
    gripping = asyncio.ensure_future(gripper.grip())
    await asyncio.sleep(0.1)
    made.wsg.block(True)
    with pytest.raises(DeviceFault, match="blocked") as caught:
        await gripping
    assert caught.value.code == "29"
    made.wsg.block(False)
    await gripper.recover()
    await gripper.release()
    part = made.put_part(0.05)
    await gripper.grip(part)
    made.wsg.block(True)
    with pytest.raises(DeviceFault, match="blocked"):
        await gripper.release()
    await gripper.recover()
    assert made.wsg.state is Grasping.IDLE
    with pytest.raises(DeviceFault, match="blocked") as caught:
        await gripper.release()
    assert caught.value.code == "29", "a move that ends early is none, a release that does is"


@with_both
async def test_recover_does_nothing_to_a_part_that_is_held(made: Bench) -> None:
    part = made.put_part(0.05)
    await made.gripper.grip(part)
    await made.gripper.recover()
    assert made.gripper.holding
    assert made.wsg.state is Grasping.HOLDING


@with_both
async def test_a_mute_gripper_is_a_lost_link(made: Bench) -> None:
    made.virtual.switches()["mute"]()
    with pytest.raises(ConnectionLost, match=r"for 0\.5 s"):
        await made.gripper.grip()
    assert made.gripper.lifecycle is Lifecycle.LOST
    made.virtual.switches()["speak"]()
    await made.gripper.connect()
    await made.gripper.grip()


# --- parts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("protocol", "there", "grip"),
    [
        ("gcl", 0.053, Grip.PART),
        ("gcl", 0.08, Grip.WRONG_WIDTH),
        ("gcl", 0.02, Grip.WRONG_WIDTH),
        ("binary", 0.053, Grip.PART),
        ("binary", 0.058, Grip.WRONG_WIDTH),
        ("binary", 0.08, Grip.WRONG_WIDTH),
        ("binary", 0.044, Grip.WRONG_WIDTH),
        ("binary", 0.02, Grip.NO_PART),
    ],
)
def test_parts_of_a_wrong_width(protocol: str, there: float, grip: Grip) -> None:
    """By text every part is taken and measured; the binary gripper gives up beyond the web page's 10 mm."""

    async def play(made: Bench) -> None:
        made.put_part(there)
        result = await made.gripper.grip(part_of(0.05))
        assert result.grip is grip
        assert made.gripper.holding is (grip is Grip.PART)
        assert result.measure == pytest.approx(made.rig.true_width(), abs=1e-4)
        if grip is not Grip.NO_PART:
            assert result.measure == pytest.approx(there, abs=1e-4)
        await made.gripper.release()
        assert made.rig.true_width() == pytest.approx(FULL, abs=END_MARGIN + 1e-4)
        assert (await made.gripper.grip(part_of(there))).held

    run(_played(play, protocol))


@with_both
async def test_a_part_of_unknown_width_is_gripped_and_watched(made: Bench) -> None:
    made.put_part(0.03)
    result = await made.gripper.grip(force=12.0)
    assert result.grip is Grip.PART
    assert result.measure == pytest.approx(0.03, abs=1e-4)
    assert (await made.gripper.state()).force == pytest.approx(12.0, abs=0.06)
    heard: list[str] = []
    made.gripper.on_event(lambda event: heard.append(event.what))
    made.rig.lose_part()
    await asyncio.sleep(0.1)
    assert heard == ["grasp_lost"]
    assert not made.gripper.holding
    assert (await made.gripper.grip()).grip is Grip.NO_PART, "after a loss, without a release in between"


def test_without_tolerances_of_its_own_a_text_grip_of_anything_has_no_width() -> None:
    async def play() -> None:
        async with bench("gcl") as made:
            config = GclConfig(part_width_tolerance=None, clamping_travel=None)
            gripper = GclGripper("gripper", made.gripper.model, config, made.rig.network)
            await gripper.connect()
            assert (await gripper.grip()).grip is Grip.NO_PART, "held by itself, at no width"
            assert made.wsg.state is Grasping.HOLDING
            await gripper.release()
            made.put_part(0.08)
            assert (await gripper.grip(part_of(0.05))).grip is Grip.WRONG_WIDTH, "met too early for the web page"
            assert made.wsg.state is Grasping.IDLE
            await gripper.release()
            await gripper.close()

    run(play())


@with_both
async def test_a_second_grip_wants_a_release_first(made: Bench) -> None:
    part = made.put_part(0.05)
    await made.gripper.grip(part)
    with pytest.raises(CommandRejected, match="only after a release"):
        await made.gripper.grip(part)
    assert made.gripper.holding
    assert made.rig.holds_part()


@with_both
async def test_jaws_that_are_too_narrow_for_the_part_still_close(made: Bench) -> None:
    await made.gripper.move(0.03)
    assert (await made.gripper.grip(part_of(0.05))).grip is Grip.NO_PART
    assert made.rig.true_width() == pytest.approx(0.0, abs=1e-4)


@with_both
async def test_a_grip_after_an_empty_one_needs_no_release(made: Bench) -> None:
    for _ in range(2):
        assert (await made.gripper.grip(part_of(0.05))).grip is Grip.NO_PART


# --- moves --------------------------------------------------------------------------------------------------------


@with_both
async def test_a_move_stops_early_at_a_part(made: Bench) -> None:
    made.put_part(0.05)
    state = await made.gripper.move(0.02, force=10.0)
    assert state.width == pytest.approx(0.05, abs=1e-4)
    assert not state.moving
    assert not made.gripper.holding
    if made.rig.wire.protocol == "binary":
        assert state.force == pytest.approx(10.0), "MOVE takes no force, the binary one is limited before"
    await made.gripper.move(0.09)


@with_both
async def test_moves_lead_out_of_a_grip(made: Bench) -> None:
    made.put_part(0.05)
    await made.gripper.grip(part_of(0.05))
    assert (await made.gripper.move(0.07)).width == pytest.approx(0.07, abs=1.5e-4)
    assert not made.rig.holds_part()
    await made.gripper.grip(part_of(0.05))
    state = await made.gripper.move(0.02)
    assert state.width == pytest.approx(0.05, abs=1e-4), "there is the part still"
    assert made.wsg.state is Grasping.IDLE


@with_both
async def test_a_stop_that_nothing_asked_for_says_nothing_to_the_gripper(made: Bench) -> None:
    part = made.put_part(0.05)
    await made.gripper.grip(part)
    await made.gripper.stop()
    assert made.wsg.state is Grasping.HOLDING, "the gripper's own stop would end its watch over the part"


# --- bytes --------------------------------------------------------------------------------------------------------


def test_forces_and_widths_on_the_wire() -> None:
    async def sent(protocol: str) -> bytes:
        async with bench(protocol) as made:
            passed: list[Passed] = []
            network = RecordingNetwork(made.rig.network, passed.append)
            model = made.gripper.model
            gripper = (
                GclGripper("gripper", model, GclConfig(), network)
                if protocol == "gcl"
                else BinaryGripper("gripper", model, BinaryConfig(), network)
            )
            await gripper.connect()
            made.put_part(0.05)
            await gripper.grip(part_of(0.05), force=15.0)
            await gripper.release(part_of(0.05))
            await gripper.close()
            return b"".join(message.data for message in passed if message.direction == "sent")

    text = run(sent("gcl"))
    for line in (b"HOME()\n", b"PWT=110\n", b"GRIP(30,50,420)\n", b"RELEASE(12,420)\n", b"BYE()\n"):
        assert line in text
    frames = run(sent("binary"))
    assert bytes.fromhex("32 04 00 00 00 f0 41") in frames, "30 N: 15 N on each pad"
    assert bytes.fromhex("25 08 00 00 00 48 42 00 00 d2 43") in frames, "50 mm at 420 mm/s"


@with_both
async def test_what_nobody_asked_for_is_no_matter_and_nonsense_ends_the_link(made: Bench) -> None:
    binary = made.rig.wire.protocol == "binary"
    made.rig.faults.garbage(bytes.fromhex("aaaaaa22020000 00a72e") if binary else b"FIN GRIP\nACK STOP\nPOS=110.0\n")
    await asyncio.sleep(0.1)
    await made.gripper.move(0.05)
    made.rig.faults.garbage(bytes.fromhex("aaaaaa410300000009") + b"\0\0" if binary else b"@GRIPSTATE=9\n")
    await asyncio.sleep(0.1)
    assert made.gripper.lifecycle is Lifecycle.LOST
    with pytest.raises(ConnectionLost, match="checksum" if binary else "state 9"):
        await made.gripper.grip()
