"""The virtual WSG refuses what a real one would, with the vendor's code; the same gripper behind both languages."""

from __future__ import annotations

import asyncio
import struct

import pytest
from cellkit_weiss.protocol.frames import Frame, encode_frame
from weiss_bench import Bench, Frames, Text, bench, with_binary, with_text

from cellkit.timing import run

PARTS = {"HOLDING": "4", "NO_PART": "2", "PART_LOST": "3", "IDLE": "0", "ERROR": "7"}


# --- text -------------------------------------------------------------------------------------------------------


@with_text
async def test_nothing_moves_before_homing(made: Bench, client: Text) -> None:
    for line in ("MOVE(50)", "GRIP(20)", "GRIP(20,40,100)"):
        assert await client.ask(line) == f"ERR {line.split('(')[0]} 3"
    assert await client.ask("SYSFLAGS[0]?") == "SYSFLAGS[0]=0"
    await client.ready()
    assert await client.ask("SYSFLAGS[0]?") == "SYSFLAGS[0]=1"
    assert await client.ask("MOVE(50)", 2) == "ACK MOVE | FIN MOVE"


@with_text
async def test_what_is_not_gcl_is_refused_with_its_code(made: Bench, client: Text) -> None:
    await client.ready()
    for line, answer in (
        ("JUMP(50)", "ERR JUMP 14"),
        ("TEMP?", "ERR TEMP 14"),
        ("SPEED=3", "ERR SPEED 14"),
        ("MOVE()", "ERR MOVE 13"),
        ("MOVE(1,2,3)", "ERR MOVE 12"),
        ("FSACK(1)", "ERR FSACK 12"),
        ("MOVE(wide)", "ERR MOVE 15"),
        ("MOVE(nan)", "ERR MOVE 24"),
        ("MOVE 50", "ERR MOVE 15"),
        ("move(50)", "ERR move 15"),
        ("\x01\x02", "ERR UNKNOWN 15"),
        ("HOME(2)", "ERR HOME 24"),
        ("VERBOSE=2", "ERR VERBOSE 24"),
        ("POS[0]?", "ERR POS 15"),
        ("SYSFLAGS[32]?", "ERR SYSFLAGS 25"),
        ('AUTOSEND("POS")', "ERR AUTOSEND 13"),
        ("AUTOSEND(POS,20)", "ERR AUTOSEND 24"),
        ('AUTOSEND("TEMP",20)', "ERR AUTOSEND 24"),
        ('AUTOSEND("POS",-1)', "ERR AUTOSEND 28"),
    ):
        assert await client.ask(line) == answer, line
    assert await client.ask("POS?") == "POS=110.0"


@with_text
async def test_values_out_of_range_are_refused_and_nothing_moves(made: Bench, client: Text) -> None:
    await client.ready()
    for line in (
        "MOVE(110.1)", "MOVE(-0.1)", "MOVE(50,420.1)", "MOVE(50,4.9)", "GRIP(4.9)", "GRIP(80.1)", "GRIP(20,111)",
        "GRIP(20,40,500)", "PWT=-1", "CLT=110.5",
    ):  # fmt: skip
        name = line.replace("=", "(").split("(")[0]
        assert await client.ask(line) == f"ERR {name} 28", line
    assert made.wsg.width == pytest.approx(0.11)


@with_text
async def test_one_motion_at_a_time(made: Bench, client: Text) -> None:
    await client.ready()
    assert await client.ask("MOVE(20,20)") == "ACK MOVE"
    assert await client.ask("GRIPSTATE?") == "GRIPSTATE=6"
    assert await client.ask("SPEED?") == "SPEED=20.0"
    for line in ("MOVE(50)", "HOME()", "GRIP(20)"):
        assert await client.ask(line) == f"ERR {line.split('(')[0]} 4"
    assert await client.lines(1) == ["FIN MOVE"]
    assert await client.ask("POS?") == "POS=20.0"


@with_text
async def test_acknowledgement_and_end_are_two_messages(made: Bench, client: Text) -> None:
    await client.ready()
    client.stream.write(b"MOVE(50,100)\n")
    assert await client.stream.read() == b"ACK MOVE\n"
    began = asyncio.get_running_loop().time()
    assert await client.stream.read() == b"FIN MOVE\n"
    assert asyncio.get_running_loop().time() - began == pytest.approx(0.6, abs=0.1), "60 mm at 100 mm/s"


@with_text
async def test_stop_ends_a_motion_and_is_no_error(made: Bench, client: Text) -> None:
    await client.ready()
    await client.ask("MOVE(20,20)")
    await asyncio.sleep(0.5)
    assert await client.ask("STOP()", 2) == "ACK STOP | ERR MOVE 19"
    assert await client.ask("GRIPSTATE?") == "GRIPSTATE=0"
    assert await client.ask("MOVE(30)", 2) == "ACK MOVE | FIN MOVE"
    assert await client.ask("STOP()") == "ACK STOP"


@with_text
async def test_a_fast_stop_has_to_be_acknowledged(made: Bench, client: Text) -> None:
    await client.ready()
    await client.ask("MOVE(20,20)")
    assert await client.ask("FASTSTOP()", 2) == "ACK FASTSTOP | ERR MOVE 19"
    assert await client.ask("SYSFLAGS[12]?") == "SYSFLAGS[12]=1"
    assert await client.ask("GRIPSTATE?") == "GRIPSTATE=7"
    for line in ("MOVE(50)", "GRIP(20)", "HOME()", "RELEASE(5)"):
        assert await client.ask(line) == f"ERR {line.split('(')[0]} 16"
    assert await client.ask("STOP()") == "ACK STOP"
    assert await client.ask("GRIPSTATE?") == "GRIPSTATE=7", "a stop does not lead out of an error"
    assert await client.ask("FSACK()") == "ACK FSACK"
    assert await client.ask("MOVE(50)", 2) == "ACK MOVE | FIN MOVE", "it is referenced still"


@with_text
async def test_a_client_that_goes_without_a_word_leaves_a_fast_stop(made: Bench, client: Text) -> None:
    await client.ready()
    await client.ask("MOVE(20,20)")
    client.stream.close()
    await asyncio.sleep(0.05)
    assert made.wsg.fast_stopped
    stands = made.wsg.width
    again = await made.text()
    assert await again.ask("MOVE(50)") == "ERR MOVE 16"
    assert await again.ask("FSACK()") == "ACK FSACK"
    assert made.wsg.width == stands
    assert await again.ask("BYE()") == "ACK BYE"
    assert await again.stream.read() == b""
    assert not made.wsg.fast_stopped


@with_text
async def test_there_is_one_client_at_a_time(made: Bench, client: Text) -> None:
    await client.ready()
    second = await made.text()
    second.stream.write(b"POS?\n")
    assert await second.stream.read() == b"", "closed unheard"
    assert await client.ask("POS?") == "POS=110.0"
    assert not made.wsg.fast_stopped
    await client.ask("BYE()")
    third = await made.text()
    assert await third.ask("POS?") == "POS=110.0"


@with_text
async def test_verbose_adds_words_and_ends_with_the_connection(made: Bench, client: Text) -> None:
    assert await client.ask("VERBOSE=1") == "VERBOSE=1"
    assert await client.ask("MOVE(5)") == "ERR MOVE 3 the gripper is not referenced"
    assert await client.ask("PWT=30") == "PWT=30.0"
    assert await client.ask("CLT=0") == "CLT=0.0"
    await client.ask("BYE()")
    again = await made.text()
    assert [await again.ask(name) for name in ("VERBOSE?", "PWT?", "CLT?")] == ["VERBOSE=0", "PWT=10.0", "CLT=10.0"]


@with_text
async def test_a_grip_without_a_width_takes_the_other_finger_for_a_part(made: Bench, client: Text) -> None:
    await client.ready()
    assert await client.ask("GRIP(20)", 2) == "ACK GRIP | FIN GRIP"
    assert await client.ask("GRIPSTATE?") == "GRIPSTATE=4"
    assert await client.ask("POS?") == "POS=0.0"


@with_text
async def test_a_grip_with_a_width_wants_a_part_there(made: Bench, client: Text) -> None:
    await client.ready()
    assert await client.ask("GRIP(20,40,200)", 2) == "ACK GRIP | ERR GRIP 18"
    assert await client.ask("GRIPSTATE?") == "GRIPSTATE=2"
    assert await client.ask("POS?") == "POS=30.0", "through the clamping travel"
    assert await client.ask("GRIP(20,40,200)") == "ERR GRIP 18", "a release has to come first"
    assert await client.ask("RELEASE(70)", 2) == "ACK RELEASE | FIN RELEASE"
    assert await client.ask("GRIPSTATE?") == "GRIPSTATE=0"
    assert await client.ask("RELEASE(5)") == "ERR RELEASE 18", "nothing was gripped since"


@with_text
async def test_a_part_is_held_lost_and_released(made: Bench, client: Text) -> None:
    await client.ready()
    made.put_part(0.04)
    assert await client.ask("GRIP(30,42,200)", 2) == "ACK GRIP | FIN GRIP"
    assert await client.ask("GRIPSTATE?") == "GRIPSTATE=4"
    assert await client.ask("POS?") == "POS=40.0"
    assert await client.ask("FORCE?") == "FORCE=30.0"
    assert await client.ask("GRIP(30)") == "ERR GRIP 18"
    made.rig.lose_part()
    await asyncio.sleep(0.1)
    assert await client.ask("GRIPSTATE?") == "GRIPSTATE=3"
    assert await client.ask("RELEASE(20,100)", 2) == "ACK RELEASE | FIN RELEASE"
    assert await client.ask("GRIPSTATE?") == "GRIPSTATE=0"


@with_text
async def test_a_part_met_too_early_is_a_collision(made: Bench, client: Text) -> None:
    await client.ready()
    made.put_part(0.06)
    assert await client.ask("GRIP(30,40,200)", 2) == "ACK GRIP | ERR GRIP 29"
    assert await client.ask("GRIPSTATE?") == "GRIPSTATE=7"
    assert await client.ask("SYSFLAGS[12]?") == "SYSFLAGS[12]=0", "no fast stop, so nothing to be acknowledged"
    assert await client.ask("MOVE(110)", 2) == "ACK MOVE | FIN MOVE"
    await client.ask("PWT=20")
    assert await client.ask("GRIP(30,40,200)", 2) == "ACK GRIP | FIN GRIP"


@with_text
async def test_a_width_above_the_present_one_is_gripped_from_inside(made: Bench, client: Text) -> None:
    await client.ready()
    await client.ask("MOVE(20)", 2)
    assert await client.ask("GRIP(30,40,200)", 2) == "ACK GRIP | ERR GRIP 18"
    assert await client.ask("POS?") == "POS=50.0", "outwards, through the clamping travel"


@with_text
async def test_fingers_that_are_blocked_say_so(made: Bench, client: Text) -> None:
    await client.ready()
    await client.ask("MOVE(20,20)")
    made.wsg.block(True)
    assert await client.lines(1) == ["ERR MOVE 29"]
    assert await client.ask("GRIPSTATE?") == "GRIPSTATE=7"
    assert await client.ask("MOVE(100)", 2) == "ACK MOVE | ERR MOVE 29"
    made.wsg.block(False)
    assert await client.ask("MOVE(100)", 2) == "ACK MOVE | FIN MOVE"


@with_text
async def test_something_in_the_way_of_homing_is_taken_for_the_end(made: Bench, client: Text) -> None:
    made.put_part(0.04)
    assert await client.ask("HOME(0)", 2) == "ACK HOME | FIN HOME"
    assert await client.ask("POS?") == "POS=0.0"
    assert made.wsg.jaws.state().width == pytest.approx(0.04)
    assert await client.ask("HOME(1)", 2) == "ACK HOME | FIN HOME"
    assert made.wsg.width == pytest.approx(made.wsg.jaws.state().width)


@with_text
async def test_values_come_by_themselves_until_they_are_ended(made: Bench, client: Text) -> None:
    await client.ready()
    assert await client.ask('AUTOSEND("POS",50)') == "ACK AUTOSEND"
    began = asyncio.get_running_loop().time()
    assert await client.lines(4) == ["@POS=110.0"] * 4
    assert asyncio.get_running_loop().time() - began == pytest.approx(0.2)
    assert await client.ask('AUTOSEND("POS",50,true)') == "ACK AUTOSEND"
    assert await client.lines(1) == ["@POS=110.0"]
    assert await client.silent(1.0), "only changes"
    await client.ask("MOVE(105,10)")
    told = await client.lines(5)
    assert all(line.startswith("@POS=10") for line in told[:4]), told
    assert len(set(told)) == 5
    while await client.lines(1) != ["@POS=105.0"]:
        pass
    assert await client.ask('AUTOSEND("POS",0)') == "ACK AUTOSEND"
    await client.ask("MOVE(50)", 2)
    assert await client.silent(1.0)


@with_text
async def test_a_mute_one_hears_and_says_nothing(made: Bench, client: Text) -> None:
    await client.ready()
    made.virtual.switches()["mute"]()
    client.stream.write(b"MOVE(20)\n")
    assert await client.silent(2.0)
    assert made.wsg.width == pytest.approx(0.11)
    made.virtual.switches()["speak"]()
    assert await client.ask("POS?") == "POS=110.0"


@with_text
async def test_a_line_without_end_ends_the_connection(made: Bench, client: Text) -> None:
    client.stream.write(b"M" * 600)
    assert await client.stream.read() == b""
    assert made.wsg.fast_stopped


# --- binary -----------------------------------------------------------------------------------------------------


def floats(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


@with_binary
async def test_binary_refusals_with_their_codes(made: Bench, client: Frames) -> None:
    move = b"\0" + floats(50, 100)
    assert await client.status(0x21, move) == 3
    await client.ready()
    for command, payload, status in (
        (0x99, b"", 14),
        (0x37, b"\0", 14),
        (0x20, b"", 13),
        (0x21, move[:-1], 13),
        (0x21, move + b"\0", 15),
        (0x22, b"\0", 12),
        (0x20, b"\3", 24),
        (0x24, b"nak", 24),
        (0x24, b"ac", 13),
        (0x21, b"\x04" + floats(50, 100), 24),
        (0x21, b"\0" + floats(float("nan"), 100), 24),
        (0x21, b"\0" + floats(111, 100), 28),
        (0x21, b"\0" + floats(50, 421), 28),
        (0x21, b"\1" + floats(-111, 100), 28),
        (0x25, floats(50, 1), 28),
        (0x26, floats(60, 100), 18),
        (0x30, floats(50), 28),
        (0x32, floats(4), 28),
        (0x32, floats(81), 28),
        (0x34, floats(60, 20), 28),
        (0x35, b"", 1),
        (0x43, b"\0\0", 13),
        (0x43, b"\1\0\0", 28),
    ):
        assert await client.status(command, payload) == status, (hex(command), payload.hex())
    assert made.wsg.width == pytest.approx(0.11)


@with_binary
async def test_a_wrong_checksum_is_told_and_nothing_is_done(made: Bench, client: Frames) -> None:
    await client.ready()
    whole = bytearray(encode_frame(Frame(0x21, b"\0" + floats(50, 100))))
    whole[-1] ^= 1
    client.stream.write(bytes(whole))
    (answer,) = await client.frames(1)
    assert (answer.command, answer.payload) == (0x21, b"\x0b\0")
    assert made.wsg.width == pytest.approx(0.11)


@with_binary
async def test_what_is_no_frame_is_skipped(made: Bench, client: Frames) -> None:
    client.stream.write(b"hello\xaa\xaa" + b"\x55" * 40 + encode_frame(Frame(0x06, b"x")))
    (answer,) = await client.frames(1)
    assert answer.payload == b"\0\0x"


@with_binary
async def test_motions_are_pending_first_then_end(made: Bench, client: Frames) -> None:
    await client.ready()
    answers = await client.ask(0x21, b"\0" + floats(50, 100), 2)
    assert [answer[:2] for answer in answers] == [(0x21, 26), (0x21, 0)]
    assert await client.ask(0x43, b"\0\0\0") == [(0x43, 0, floats(50))]
    assert await client.status(0x21, b"\1" + floats(-10, 100), 2) == 0
    assert await client.ask(0x43, b"\0\0\0") == [(0x43, 0, floats(40))], "relative"


@with_binary
async def test_limits_and_settings_are_kept(made: Bench, client: Frames) -> None:
    await client.ready()
    assert await client.status(0x32, floats(30)) == 0
    assert await client.ask(0x33) == [(0x33, 0, floats(30))]
    assert await client.status(0x30, floats(2000)) == 0
    assert await client.ask(0x31) == [(0x31, 0, floats(2000))]
    assert await client.status(0x34, floats(20, 90)) == 0
    assert await client.ask(0x35) == [(0x35, 0, floats(20, 90))]
    assert await client.status(0x21, b"\0" + floats(10, 100)) == 28, "beyond a soft limit"
    assert await client.status(0x21, b"\0" + floats(20, 400), 2) == 0
    assert int.from_bytes((await client.ask(0x40, b"\0\0\0"))[0][2], "little") & 0x10, "at the inner soft limit"
    assert await client.status(0x25, floats(25, 100), 2) == 18
    assert await client.ask(0x43, b"\0\0\0") == [(0x43, 0, floats(35))]
    assert await client.status(0x20, b"\1", 2) == 0, "homing knows no soft limits"
    assert await client.status(0x36) == 0
    assert await client.status(0x21, b"\0" + floats(10, 400), 2) == 0
    assert await client.status(0x38) == 0


@with_binary
async def test_a_part_stops_both_kinds_of_prepositioning(made: Bench, client: Frames) -> None:
    await client.ready()
    made.put_part(0.05)
    await client.status(0x32, floats(24))
    assert await client.status(0x21, b"\0" + floats(10, 200), 2) == 29
    assert await client.ask(0x41, b"\0\0\0") == [(0x41, 0, b"\0")], "it clamps, and is idle"
    assert await client.ask(0x45, b"\0\0\0") == [(0x45, 0, floats(24))]
    assert await client.status(0x21, b"\0" + floats(100, 200), 2) == 0
    assert await client.status(0x21, b"\2" + floats(10, 200), 2) == 29
    assert await client.ask(0x41, b"\0\0\0") == [(0x41, 0, b"\x07")], "it stops, and that is an error"


@with_binary
async def test_grasping_states_by_the_vendors_diagram(made: Bench, client: Frames) -> None:
    await client.ready()
    made.put_part(0.05)
    assert await client.ask(0x25, floats(52, 200)) == [(0x25, 26, b"")]
    assert await client.ask(0x41, b"\0\0\0") == [(0x41, 0, b"\1")]
    assert (await client.frames(1))[0].payload == b"\0\0"
    assert await client.ask(0x41, b"\0\0\0") == [(0x41, 0, b"\4")]
    assert await client.status(0x25, floats(52, 200)) == 18
    made.rig.lose_part()
    await asyncio.sleep(0.1)
    assert await client.ask(0x41, b"\0\0\0") == [(0x41, 0, b"\3")]
    assert await client.ask(0x26, floats(90, 200)) == [(0x26, 26, b"")]
    assert await client.ask(0x41, b"\0\0\0") == [(0x41, 0, b"\5")]
    assert (await client.frames(1))[0].payload == b"\0\0"
    assert await client.ask(0x41, b"\0\0\0") == [(0x41, 0, b"\0")]


@with_binary
async def test_binary_stops_are_answered_and_end_the_motion(made: Bench, client: Frames) -> None:
    await client.ready()
    slow = b"\0" + floats(20, 10)
    await client.ask(0x21, slow)
    assert await client.status(0x25, floats(20, 100)) == 4
    assert [answer[:2] for answer in await client.ask(0x22, b"", 2)] == [(0x22, 0), (0x21, 19)]
    await client.ask(0x21, slow)
    assert [answer[:2] for answer in await client.ask(0x23, b"", 2)] == [(0x23, 0), (0x21, 19)]
    flags = int.from_bytes((await client.ask(0x40, b"\0\0\0"))[0][2], "little")
    assert flags & 0x1000, "fast stop"
    assert flags & 1, "referenced"
    assert await client.status(0x21, slow) == 16
    assert await client.status(0x24, b"ack") == 0
    assert await client.status(0x21, b"\0" + floats(100, 400), 2) == 0


@with_binary
async def test_updates_come_until_a_value_is_asked_for_once(made: Bench, client: Frames) -> None:
    began = asyncio.get_running_loop().time()
    answers = await client.ask(0x43, b"\1" + struct.pack("<H", 100), 4)
    assert [answer[0] for answer in answers] == [0x43] * 4
    assert asyncio.get_running_loop().time() - began == pytest.approx(0.3), "at once, then every 0.1 s"
    await client.ask(0x43, b"\0\0\0")
    with pytest.raises(TimeoutError):
        await client.frames(1, 1.0)
    await client.ask(0x41, b"\3" + struct.pack("<H", 100))
    with pytest.raises(TimeoutError):
        await client.frames(1, 1.0)


@with_binary
async def test_leaving_is_announced_or_a_fast_stop(made: Bench, client: Frames) -> None:
    await client.ready()
    assert await client.status(0x07) == 0
    assert await client.stream.read() == b""
    assert not made.wsg.fast_stopped
    again = await made.binary()
    assert await again.status(0x06, b"echo") == 0
    again.stream.close()
    await asyncio.sleep(0.05)
    assert made.wsg.fast_stopped


@pytest.mark.parametrize("protocol", ["gcl", "binary"])
def test_the_state_in_words(protocol: str) -> None:
    async def look() -> None:
        async with bench(protocol) as made:
            assert made.virtual.status_line() == "idle, 110.0 mm, 0.0 N, not referenced"
            made.wsg.fast_stop()
            made.wsg.block(True)
            assert made.virtual.status_line() == "error, 110.0 mm, 0.0 N, not referenced, fast stop, blocked"
            assert set(made.virtual.switches()) == {"faststop", "block", "unblock", "mute", "speak"}

    run(look())
