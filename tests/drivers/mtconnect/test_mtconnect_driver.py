"""The driver: what it makes of other agents' documents, of streams that break, restarts, gaps, silence and versions."""

from __future__ import annotations

import asyncio

import pytest
from cellkit_mtconnect.config import MTConnectConfig
from cellkit_mtconnect.driver import MTConnectMachine
from cellkit_mtconnect.protocol.writing import VERSIONS
from mtconnect_bench import (
    FOREVER,
    HOST,
    Answer,
    Bench,
    Script,
    bench,
    document,
    played,
    scripted,
    stream,
)
from mtconnect_documents import (
    ERRORS_1_7,
    MAZAK_2_0,
    MAZAK_DEVICES,
    OUT_OF_RANGE_2_0,
    SIMPLEST_1_1,
)
from pydantic import ValidationError

from cellkit.devices.device import Lifecycle
from cellkit.devices.machine import Clamping, Execution, MachineAlarm
from cellkit.errors import ConnectionFailed, ConnectionLost, DeviceFault, MotionTimeout
from cellkit.timing import now
from cellkit.transport import MemoryNetwork

NEXT = 9558169  # of MAZAK_2_0
INSTANCE = 1678972033


def told(observations: str = "", following: int = NEXT + 1, instance: int = INSTANCE, first: int = 9554073) -> bytes:
    """A document of the agent of MAZAK_2_0."""
    return f"""<MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:2.0">
<Header instanceId="{instance}" nextSequence="{following}" firstSequence="{first}" lastSequence="{following - 1}"/>
<Streams><DeviceStream name="HCN001" uuid="x"><ComponentStream component="Any" componentId="any">{observations}
</ComponentStream></DeviceStream></Streams></MTConnectStreams>""".encode()


def event(element: str, item: str, value: str, sequence: int = NEXT) -> str:
    return f'<Events><{element} dataItemId="{item}" sequence="{sequence}" timestamp="2023">{value}</{element}></Events>'


def fault(words: str, text: str = "", level: str = "Fault", item: str = "system_cond", sequence: int = NEXT) -> str:
    attributes = f'dataItemId="{item}" sequence="{sequence}" timestamp="2023" {words}'
    return f"<Condition><{level} {attributes}>{text}</{level}></Condition>"


def mazak(*parts: bytes | float, **others: list[list[Answer]]) -> Script:
    """The machining centre, whose stream tells ``parts``."""
    answers = {
        "probe": [document(MAZAK_DEVICES)],
        "current": [document(MAZAK_2_0)],
        "sample": [stream(*parts, FOREVER)],
    }
    return Script(**answers | others)


async def states(machine: MTConnectMachine, seconds: float = 0.5) -> MachineAlarm | None:
    await asyncio.sleep(seconds)
    state = await machine.state()
    return state.alarms[0] if state.alarms else None


# --- other agents' documents ------------------------------------------------------------------------------------------


@played
async def test_a_machining_centre_by_its_own_documents() -> None:
    script = mazak(told(event("DoorState", "doorstate", "OPEN")))
    async with scripted(script) as machine:
        await asyncio.sleep(0.1)
        state = await machine.state()
        assert (state.available, state.door, state.chuck) == (True, Clamping.OPEN, Clamping.UNKNOWN)
        assert (state.execution, state.mode, state.alarms) == (Execution.READY, "AUTOMATIC", ())
    assert script.asked == ["/probe", "/Mazak/current", f"/Mazak/sample?from={NEXT}&interval=100&heartbeat=1000"]


@played
async def test_settings_say_how_often_the_agent_tells() -> None:
    script = mazak()
    async with scripted(script, interval=0.25, heartbeat=5.0, silence_limit=20.0):
        assert script.asked[-1].endswith("&interval=250&heartbeat=5000")


@pytest.mark.parametrize(
    ("value", "execution"),
    [
        ("ACTIVE", Execution.ACTIVE),
        ("PROGRAM_COMPLETED", Execution.PROGRAM_COMPLETED),
        ("PROGRAM_OPTIONAL_STOP", Execution.OPTIONAL_STOP),
        ("UNAVAILABLE", Execution.UNKNOWN),
        ("RESTING", Execution.UNKNOWN),
        ("active", Execution.UNKNOWN),
    ],
)
@played
async def test_words_for_what_the_program_does(value: str, execution: Execution) -> None:
    async with scripted(mazak(told(event("Execution", "execution", value)))) as machine:
        await asyncio.sleep(0.1)
        assert (await machine.state()).execution is execution


@pytest.mark.parametrize(
    ("words", "text", "alarm"),
    [
        ('type="SYSTEM" nativeCode="2218" qualifier="HIGH"', "unusable", MachineAlarm("2218", "unusable", "fault")),
        ('type="SYSTEM" conditionId="c7"', "odd", MachineAlarm("c7", "odd", "fault")),
        ('type="SYSTEM" conditionId="c7" nativeCode="2218"', "odd", MachineAlarm("2218", "odd", "fault")),
        ('type="TEMPERATURE" qualifier="HIGH"', "", MachineAlarm("TEMPERATURE", "TEMPERATURE HIGH", "fault")),
    ],
)
@played
async def test_conditions_become_alarms(words: str, text: str, alarm: MachineAlarm) -> None:
    async with scripted(mazak(told(fault(words, text)))) as machine:
        assert await states(machine) == alarm
        with pytest.raises(DeviceFault) as found:
            await machine.wait_for(door=Clamping.OPEN)
        assert found.value.code == alarm.code


@played
async def test_conditions_of_other_data_items_stand_beside_each_other() -> None:
    both = told(
        fault('type="SYSTEM" nativeCode="1"', "a") + fault('type="X"', "b", "Warning", "motion_cond", NEXT + 1),
        NEXT + 2,
    )
    over = told(fault('type="SYSTEM"', level="Normal", sequence=NEXT + 2), NEXT + 3)
    async with scripted(mazak(both, 1.0, over)) as machine:
        await asyncio.sleep(0.5)
        assert [alarm.code for alarm in (await machine.state()).alarms] == ["1", "X"]
        await asyncio.sleep(1.0)
        assert [alarm.code for alarm in (await machine.state()).alarms] == ["X"]


@played
async def test_what_was_told_before_is_not_taken_twice() -> None:
    old = told(event("DoorState", "doorstate", "OPEN", NEXT - 5), NEXT)
    async with scripted(mazak(old)) as machine:
        await asyncio.sleep(0.1)
        assert (await machine.state()).door is Clamping.CLOSED


# --- agents that do not fit -------------------------------------------------------------------------------------------


async def refused(script: Script, **config: object) -> str:
    async with scripted(script, connect=False, **config) as machine:
        with pytest.raises(ConnectionFailed) as error:
            await machine.connect()
        assert machine.lifecycle is Lifecycle.CLOSED
        return error.value.message


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"probe": [document(SIMPLEST_1_1)]}, "does not tell DOOR_STATE, EXECUTION"),
        ({"probe": [document(MAZAK_2_0)]}, "the answer to a probe is Streams"),
        ({"current": [document(MAZAK_DEVICES)]}, "the answer to a current request is Devices"),
        ({"probe": [document(b"<html/>")]}, "no MTConnect document"),
        ({"probe": [document(b"Not here", "404 Not Found", b"Content-Type: text/plain\r\n")]}, "HTTP status 404"),
        ({"current": [document(ERRORS_1_7)]}, "OUT_OF_RANGE: 'at' must be greater than 4871368; FAILURE: Something"),
        ({"sample": [document(MAZAK_2_0)]}, "the agent does not stream, it answers Streams"),
        ({"sample": [document(OUT_OF_RANGE_2_0, "400 Bad Request")]}, "'from' must be greater than 9554240"),
        ({"sample": [document(b"", head=b"Content-Type: multipart/mixed\r\n")]}, "without a boundary"),
        ({"probe": [[b"SSH-2.0-OpenSSH_9.2\r\n"]]}, "MTConnect agent at 127.0.0.70:5000: "),
        ({"probe": [[b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<MTC"]]}, "MTConnect agent at 127.0.0.70:5000: "),
        ({"probe": [[]]}, "MTConnect agent at 127.0.0.70:5000: "),
        ({"current": [[FOREVER]]}, "no answer for 2 s"),
        ({"probe": [[b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 1_000_000] * 20]]}, "more than 16000000 bytes"),
    ],
)
@played
async def test_agents_that_do_not_fit_are_no_connection(answers: dict[str, list[list[Answer]]], words: str) -> None:
    assert words in await refused(mazak(**answers))


@played
async def test_nobody_at_the_address() -> None:
    machine = MTConnectMachine("machine", MTConnectConfig(host=HOST), MemoryNetwork())
    with pytest.raises(ConnectionFailed, match="connection refused"):
        await machine.connect()


@played
async def test_the_device_and_data_items_can_be_named() -> None:
    two = MAZAK_DEVICES.replace(b"</Device>", b'</Device><Device id="d2" uuid="u2" name="Saw"/>')
    script = mazak(probe=[document(two)])
    assert "several devices (Mazak, Saw)" in await refused(script)
    async with scripted(script, device="Mazak", door="doorstate", mode="mode"):
        pass
    assert "no DOOR_STATE 'rear'; there is doorstate" in await refused(script, device="Mazak", door="rear")
    assert "does not tell AVAILABILITY, DOOR_STATE, EXECUTION" in await refused(script, device="u2")


def test_heartbeats_must_come_before_the_silence_is_too_long() -> None:
    with pytest.raises(ValidationError, match="two heartbeats"):
        MTConnectConfig(heartbeat=2.0, silence_limit=4.0)


# --- streams that break -----------------------------------------------------------------------------------------------


def samples(found: Bench) -> int:
    """How many streams were opened."""
    return found.virtual.server.opened


@played
async def test_a_stream_that_is_cut_in_the_middle_of_a_chunk_goes_on_without_loss() -> None:
    async with bench() as found:
        await asyncio.sleep(1.0)
        found.tool.alarm(MachineAlarm("E1", "before", "fault"))
        found.switch("break")  # before the agent has reported it
        await asyncio.sleep(1.5)
        assert found.machine.lifecycle is Lifecycle.OPEN
        assert [alarm.code for alarm in (await found.machine.state()).alarms] == ["E1"]
        assert samples(found) == 2


@played
async def test_a_second_break_within_the_silence_limit_is_a_lost_link_and_a_later_one_is_not() -> None:
    async with bench() as found:
        for _ in range(3):
            await asyncio.sleep(5.0)
            found.switch("break")
        await asyncio.sleep(1.0)
        assert found.machine.lifecycle is Lifecycle.OPEN
        found.switch("break")
        await asyncio.sleep(0.1)
        assert found.machine.lifecycle is Lifecycle.LOST
        with pytest.raises(ConnectionLost, match="for the second time within 3 s"):
            await found.machine.state()
        await found.machine.connect()
        assert (await found.machine.state()).available


@played
async def test_an_agent_that_ends_its_stream_in_order_is_asked_again() -> None:
    script = mazak(
        sample=[
            [*stream(told(following=NEXT + 3)), b"0\r\n\r\n"],
            stream(told(event("DoorState", "doorstate", "OPEN", NEXT + 3), NEXT + 4), FOREVER),
        ]
    )
    async with scripted(script) as machine:
        await machine.wait_for(door=Clamping.OPEN, timeout=1.0)
    assert script.asked[-1].startswith(f"/Mazak/sample?from={NEXT + 3}&")


@played
async def test_a_part_that_is_no_document_is_a_lost_link() -> None:
    async with scripted(mazak(b"<x/>")) as machine:
        await asyncio.sleep(0.1)
        with pytest.raises(ConnectionLost, match="no MTConnect document"):
            await machine.state()


@played
async def test_a_frame_that_is_broken_is_a_broken_stream() -> None:
    broken: list[Answer] = [stream()[0], b"5\r\n--xyz\r\n"]
    script = mazak(sample=[broken, stream(told(event("DoorState", "doorstate", "OPEN")), FOREVER)])
    async with scripted(script) as machine:
        await machine.wait_for(door=Clamping.OPEN, timeout=1.0)
    assert len(script.asked) == 4


@played
async def test_an_agent_that_fails_when_it_is_asked_again_is_a_lost_link() -> None:
    async with bench() as found:
        await asyncio.sleep(1.0)
        found.switch("http500 1")
        found.switch("break")
        await asyncio.sleep(0.1)
        with pytest.raises(ConnectionLost, match="HTTP status 500"):
            await found.machine.state()
        await found.machine.connect()


@played
async def test_an_agent_that_fails_at_first_is_no_connection() -> None:
    async with bench(connect=False) as found:
        found.switch("http500 1")
        with pytest.raises(ConnectionFailed, match="HTTP status 500"):
            await found.machine.connect()
        await found.machine.connect()


# --- restarts and gaps ------------------------------------------------------------------------------------------------


@played
async def test_an_agent_that_was_started_anew_is_asked_for_everything() -> None:
    async with bench() as found:
        await asyncio.sleep(1.0)
        found.tool.alarm(MachineAlarm("E1", "old", "fault"))
        await asyncio.sleep(0.5)
        found.tool.reset()
        found.tool.move_door(True)
        found.switch("restart")
        await asyncio.sleep(0.1)
        assert (await found.machine.state()).alarms == ()
        await found.machine.wait_for(door=Clamping.OPEN, timeout=5.0)


@played
async def test_a_restart_is_noticed_though_the_numbers_fit() -> None:
    async with bench() as found:
        found.switch("flood 50")
        await asyncio.sleep(1.0)
        found.switch("restart")
        found.tool.move_chuck(True)
        found.switch("flood 500")  # so that the number the driver asks for is in the new buffer
        await found.machine.wait_for(chuck=Clamping.CLOSED, timeout=5.0)
        assert found.machine.lifecycle is Lifecycle.OPEN


@played
async def test_an_agent_may_describe_another_machine_after_its_restart() -> None:
    async with bench() as found:
        await asyncio.sleep(1.0)
        found.switch("schema 1.3")  # the spindle reports the chuck there
        found.tool.move_chuck(True)
        await found.machine.wait_for(chuck=Clamping.CLOSED, timeout=5.0)
        script = mazak(
            told(following=NEXT + 1, instance=INSTANCE + 1),
            probe=[document(MAZAK_DEVICES), document(SIMPLEST_1_1)],
        )
        async with scripted(script) as machine:
            await asyncio.sleep(0.5)
            with pytest.raises(ConnectionLost, match="does not fit any more: device 'Simplest'"):
                await machine.state()


@pytest.mark.parametrize("schema", ["1.8", "2.0"])
@played
async def test_a_client_that_is_too_slow_asks_for_everything(schema: str) -> None:
    async with bench(schema=schema) as found:
        await asyncio.sleep(1.0)
        found.tool.move_door(True)
        found.switch("flood 3000")
        await found.machine.wait_for(door=Clamping.OPEN, timeout=5.0)
        assert found.machine.lifecycle is Lifecycle.OPEN
        assert samples(found) == 2


@played
async def test_numbers_that_have_left_the_buffer_meanwhile() -> None:
    async with bench() as found:
        await asyncio.sleep(1.0)
        found.switch("break")
        found.tool.alarm(MachineAlarm("E1", "lost from sight", "fault"))
        found.switch("flood 3000")
        await asyncio.sleep(1.5)
        assert [alarm.code for alarm in (await found.machine.state()).alarms] == ["E1"]


@pytest.mark.parametrize(
    "odd", [told(following=NEXT - 100), told(following=NEXT + 50, first=NEXT + 1)], ids=["backwards", "a gap"]
)
@played
async def test_numbers_that_do_not_follow_are_a_reason_to_ask_for_everything(odd: bytes) -> None:
    script = mazak(odd)
    script.answers["sample"].append(stream(FOREVER))
    async with scripted(script):
        await asyncio.sleep(0.1)
    assert [asked.partition("?")[0] for asked in script.asked] == [
        "/probe", "/Mazak/current", "/Mazak/sample", "/probe", "/Mazak/current", "/Mazak/sample",
    ]  # fmt: skip


@played
async def test_an_agent_that_is_never_in_step_is_a_lost_link() -> None:
    script = mazak(told(following=NEXT - 100))
    async with scripted(script) as machine:
        await asyncio.sleep(0.1)
        with pytest.raises(ConnectionLost, match="sequence numbers run backwards"):
            await machine.state()
    refusing = mazak(sample=[stream(), document(OUT_OF_RANGE_2_0, "400 Bad Request")])
    async with scripted(refusing) as machine:
        await asyncio.sleep(0.1)
        with pytest.raises(ConnectionLost, match="OUT_OF_RANGE"):
            await machine.state()


# --- silence ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", ["1.3", "2.0"])
@played
async def test_a_machine_at_rest_stays_connected(schema: str) -> None:
    async with bench(schema=schema) as found:
        before = (await found.machine.state()).stamp
        await asyncio.sleep(120.0)
        state = await found.machine.state()
        assert 0.0 <= now() - state.stamp <= 1.1
        assert state.stamp > before + 118.0
        assert samples(found) == 1


@played
async def test_an_agent_that_hangs_is_a_lost_link() -> None:
    async with bench() as found:
        await asyncio.sleep(1.0)
        waiting = asyncio.ensure_future(found.machine.wait_for(door=Clamping.OPEN))
        await asyncio.sleep(0.1)
        found.switch("mute")
        began = now()
        with pytest.raises(ConnectionLost, match="silent for 3 s"):
            await waiting
        assert 2.0 <= now() - began <= 3.1
        found.switch("speak")
        await asyncio.sleep(2.0)
        assert found.virtual.server.streams == 0, "a link that is lost leaves no stream open"
        await found.machine.connect()
        assert (await found.machine.state()).door is Clamping.CLOSED


@played
async def test_bytes_that_make_no_document_are_silence() -> None:
    head, part = stream(told())
    assert isinstance(part, bytes)
    drops: list[Answer] = [head]
    for at in range(0, len(part) - 10):
        drops += [part[at : at + 1], 0.1]
    async with scripted(mazak(sample=[drops])) as machine:
        await asyncio.sleep(2.9)
        assert machine.lifecycle is Lifecycle.OPEN
        await asyncio.sleep(0.2)
        assert machine.lifecycle is Lifecycle.LOST


# --- unavailable ------------------------------------------------------------------------------------------------------


@played
async def test_a_source_that_is_gone_reads_unknown() -> None:
    async with bench() as found:
        found.switch("unavailable door")
        await asyncio.sleep(0.5)
        state = await found.machine.state()
        assert (state.available, state.door, state.chuck) == (True, Clamping.UNKNOWN, Clamping.OPEN)
        with pytest.raises(MotionTimeout):
            await found.machine.wait_for(door=Clamping.CLOSED, timeout=2.0)
        found.switch("available")
        await found.machine.wait_for(door=Clamping.CLOSED, timeout=2.0)


@played
async def test_an_adapter_that_has_lost_its_machine_is_not_available() -> None:
    async with bench() as found:
        found.tool.alarm(MachineAlarm("W1", "low", "warning"))
        await asyncio.sleep(0.5)
        found.switch("unavailable")
        with pytest.raises(DeviceFault) as error:
            await found.machine.wait_for(door=Clamping.OPEN)
        assert error.value.code == "UNAVAILABLE"
        state = await found.machine.state()
        assert (state.execution, state.mode, state.alarms) == (Execution.UNKNOWN, "UNAVAILABLE", ())
        found.switch("available")
        await asyncio.sleep(0.5)
        state = await found.machine.state()
        assert [alarm.code for alarm in state.alarms] == ["W1"]
        assert state.mode == "AUTOMATIC"


@played
async def test_conditions_that_are_not_known_are_no_alarms() -> None:
    async with bench() as found:
        found.tool.alarm(MachineAlarm("E1", "hot", "fault"))
        found.switch("unavailable conditions")
        await asyncio.sleep(0.5)
        assert (await found.machine.state()).alarms == ()


# --- all versions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", [".".join(map(str, version)) for version in VERSIONS])
@played
async def test_every_version_tells_the_same(schema: str) -> None:
    async with bench(schema=schema) as found:
        found.tool.move_door(True)
        found.tool.alarm(MachineAlarm("W1", "low & <less>", "warning"))
        found.tool.alarm(MachineAlarm("E1", "hot", "fault"))
        await asyncio.sleep(3.0)
        state = await found.machine.state()
        assert (state.door, state.chuck, state.execution) == (Clamping.OPEN, Clamping.OPEN, Execution.READY)
        assert state.alarms == (MachineAlarm("W1", "low & <less>", "warning"), MachineAlarm("E1", "hot", "fault"))
        found.tool.reset()
        await asyncio.sleep(0.5)
        assert (await found.machine.state()).alarms == ()
        found.switch("break")
        found.tool.move_door(False)
        await found.machine.wait_for(door=Clamping.CLOSED, timeout=5.0)
        await asyncio.sleep(4.0)
        found.switch("restart")
        found.tool.set_available(False)
        await asyncio.sleep(2.0)
        assert not (await found.machine.state()).available
