"""The virtual agent: what it refuses and how, in both versions of the reference agent; numbers and streams."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from xml.etree import ElementTree

import httpx
import pytest
from cellkit_mtconnect.config import MTConnectConfig
from cellkit_mtconnect.driver import MTConnectMachine
from cellkit_mtconnect.protocol.documents import Observation
from cellkit_mtconnect.virtual import VirtualAgent
from cellkit_mtconnect.virtual_buffer import Ring
from hypothesis import given
from hypothesis import strategies as st
from mtconnect_bench import HOST, PORT, Bench, bench, played

from cellkit.controller.plants.machine_tool import MachineTimes, MachineTool
from cellkit.devices.machine import Clamping, MachineAlarm
from cellkit.timing import now, run
from cellkit.transport import ByteStream, MemoryNetwork, RecordingNetwork
from cellkit.transport.http_client import http_client

BOTH = pytest.mark.parametrize("schema", ["1.8", "2.0"])


class Client:
    """A client of its own."""

    def __init__(self, found: Bench) -> None:
        self.bench = found
        self.http = http_client(found.network, f"http://{HOST}:{PORT}", timeout=30.0)

    async def get(self, target: str, **headers: str) -> httpx.Response:
        return await self.http.get(target, headers=headers)

    async def xml(self, target: str) -> ElementTree.Element:
        answer = await self.get(target)
        assert answer.headers["content-type"] == "text/xml"
        return ElementTree.fromstring(answer.content)

    async def refusal(self, target: str, method: str = "GET") -> tuple[int, str, str]:
        answer = await self.http.request(method, target)
        root = ElementTree.fromstring(answer.content)
        assert root.tag.endswith("}MTConnectError")
        (error,) = root.iterfind(".//{*}Error")
        return answer.status_code, error.get("errorCode", ""), error.text or ""

    async def numbers(self, target: str) -> list[int]:
        root = await self.xml(target)
        assert root.tag.endswith("}MTConnectStreams")
        return sorted(int(one.get("sequence", "")) for one in root.iter() if one.get("dataItemId"))

    async def header(self, target: str) -> dict[str, int]:
        (head,) = (await self.xml(target)).iterfind("{*}Header")
        return {name: int(value) for name, value in head.items() if value.isdigit()}

    async def stream(self, target: str) -> ByteStream:
        stream = await self.bench.network.connect(HOST, PORT)
        stream.write(f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        return stream


@contextlib.asynccontextmanager
async def client(schema: str = "2.0") -> AsyncIterator[Client]:
    async with bench(connect=False, schema=schema) as found:
        one = Client(found)
        try:
            yield one
        finally:
            await one.http.aclose()


async def bytes_of(stream: ByteStream, seconds: float) -> bytes:
    """What comes within a time."""
    found = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while data := await stream.read():
                found += data
    return found


# --- refusals ---------------------------------------------------------------------------------------------------------

FIRST = {  # cppagent 19f32b66, src/agent.cpp
    "/nothing": (200, "UNSUPPORTED", "The following path is invalid: /nothing"),
    "/CNC/current/more": (200, "UNSUPPORTED", "The following path is invalid: /CNC/current/more"),
    "/Saw/probe": (200, "NO_DEVICE", "Could not find the device 'Saw'"),
    "/current?path=//////Linear": (
        200, "INVALID_XPATH", "The path could not be parsed. Invalid syntax: //////Linear",
    ),
    "/current?at=x": (200, "OUT_OF_RANGE", "'at' must be a positive integer."),
    "/current?at=": (200, "QUERY_ERROR", "'at' cannot be empty."),
    "/current?at=1&interval=100": (
        200, "INVALID_REQUEST", "You cannot specify both the at and frequency arguments to a current request",
    ),
    "/current?at=0": (200, "OUT_OF_RANGE", "'at' must be greater than or equal to 1."),
    "/sample?count=0": (200, "OUT_OF_RANGE", "'count' must not be 0."),
    "/sample?count=1025": (200, "OUT_OF_RANGE", "'count' must be less than or equal to 1024."),
    "/sample?from=0": (200, "OUT_OF_RANGE", "'from' must be greater than or equal to 1."),
    "/sample?from=9999": (200, "OUT_OF_RANGE", "'from' must be less than or equal to {next}."),
    "/sample?count=-5&interval=100": (200, "OUT_OF_RANGE", "'count' must not be used with an 'interval'."),
    "/sample?interval=100&heartbeat=9": (
        200, "OUT_OF_RANGE", "'heartbeat' must be greater than or equal to 10.",
    ),
    "/asset/T1": (200, "ASSET_NOT_FOUND", "Cannot find asset: T1"),
}  # fmt: skip
SECOND = {  # cppagent 708116fb, sink/rest_sink/rest_service.cpp, routing.hpp, server.hpp
    "/nothing": (404, "INVALID_URI", "Cannot find handler for: GET /nothing"),
    "/CNC/current/more": (404, "INVALID_URI", "Cannot find handler for: GET /CNC/current/more"),
    "/Saw/probe": (404, "NO_DEVICE", "Could not find the device 'Saw'"),
    "/current?path=//////Linear": (
        400, "INVALID_XPATH", "The path could not be parsed. Invalid syntax: //////Linear",
    ),
    "/current?path=//Spindle": (400, "INVALID_XPATH", "The path could not be parsed. Invalid syntax: //Spindle"),
    "/current?at=x": (
        400, "INVALID_PARAMETER_VALUE", "query parameter 'at': cannot convert string 'x' to unsigned integer",
    ),
    "/current?at=0": (400, "OUT_OF_RANGE", "'at' must be greater than 0"),
    "/current?at=9999": (400, "OUT_OF_RANGE", "'at' must be less than {next}"),
    "/current?interval=0": (400, "OUT_OF_RANGE", "'interval' must be greater than 0"),
    "/sample?count=0": (400, "OUT_OF_RANGE", "'count' must not be zero(0)"),
    "/sample?count=1025": (400, "OUT_OF_RANGE", "'count' must be less than 1025"),
    "/sample?count=-1025": (400, "OUT_OF_RANGE", "'count' must be greater than -1025"),
    "/sample?count=ten": (
        400, "INVALID_PARAMETER_VALUE", "query parameter 'count': cannot convert string 'ten' to integer",
    ),
    "/sample?from=0": (400, "OUT_OF_RANGE", "'from' must be greater than 0"),
    "/sample?from=9999": (400, "OUT_OF_RANGE", "'from' must be less than {after}"),
    "/sample?from=3&to=3": (400, "OUT_OF_RANGE", "'to' must be greater than 3"),
    "/sample?to=9&count=-1": (400, "OUT_OF_RANGE", "'count' must be greater than 0"),
    "/sample?interval=-1": (400, "OUT_OF_RANGE", "'interval' must be greater than -1"),
    "/sample?interval=100&heartbeat=0": (400, "OUT_OF_RANGE", "'heartbeat' must be greater than 1"),
    "/asset/T1": (404, "ASSET_NOT_FOUND", "Cannot find asset: T1"),
    "/asset/T1/T2": (404, "INVALID_URI", "Cannot find handler for: GET /asset/T1/T2"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "target", "refusal"),
    [*(("1.8", *one) for one in FIRST.items()), *(("2.0", *one) for one in SECOND.items())],
)
@played
async def test_refusals_are_those_of_the_reference_agent(
    schema: str, target: str, refusal: tuple[int, str, str]
) -> None:
    async with client(schema) as one:
        following = one.bench.virtual.agent.ring.next
        status, code, text = refusal
        assert await one.refusal(target) == (status, code, text.format(next=following, after=following + 1))


@BOTH
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "OPTIONS"])
@played
async def test_an_agent_is_read_only(schema: str, method: str) -> None:
    async with client(schema) as one:
        before = one.bench.virtual.agent.ring.next
        status, code, text = await one.refusal("/CNC?doorstate=OPEN", method)
        if schema == "1.8":
            assert (status, code, text) == (200, "UNSUPPORTED", "Only the HTTP GET request is supported")
        elif method == "OPTIONS":
            assert (status, code) == (404, "INVALID_URI")
        else:
            assert (status, code) == (400, "INTERNAL_ERROR")
            assert "only GET is allowed" in text
        assert one.bench.virtual.agent.ring.next == before


@played
async def test_the_answer_to_head_has_no_body_and_a_body_is_ignored() -> None:
    async with client() as one:
        answer = await one.http.request("HEAD", "/probe")
        assert (answer.status_code, answer.content) == (404, b"")
        assert (await one.http.request("GET", "/probe", content=b"x" * 5000)).status_code == 200
        assert (await one.get("/probe")).status_code == 200


@played
async def test_errors_since_2_6_are_named_after_their_code() -> None:
    async with client("2.6") as one:
        answer = await one.get("/sample?from=0")
        root = ElementTree.fromstring(answer.content)
        (error,) = root.iterfind("{*}Errors/*")
        assert error.tag == "{urn:mtconnect.org:MTConnectError:2.6}OutOfRange"
        assert error.findtext("{*}URI") == "/sample?from=0"
        assert error.findtext("{*}Request") == "MTConnectStreams"
        assert error.findtext("{*}ErrorMessage") == "'from' must be greater than 0"
        parameter = error.find("{*}QueryParameter")
        assert parameter is not None
        assert (parameter.get("name"), parameter.findtext("{*}Minimum")) == ("from", "1")
        missing = ElementTree.fromstring((await one.get("/asset/T1")).content)
        assert missing.findtext(".//{*}AssetId") == "T1"


@played
async def test_what_is_no_http_is_refused_and_ends_the_connection() -> None:
    async with client() as one:
        stream = await one.bench.network.connect(HOST, PORT)
        stream.write(b"\x00\x01 nonsense\r\n\r\n")
        assert (await bytes_of(stream, 1.0)).startswith(b"HTTP/1.1 400 ")
        assert (await one.get("/probe")).status_code == 200


# --- documents --------------------------------------------------------------------------------------------------------


@BOTH
@played
async def test_documents_have_the_heads_and_namespaces_of_their_version(schema: str) -> None:
    async with client(schema) as one:
        for target, kind, fields in (
            ("/probe", "Devices", {"assetBufferSize", "assetCount", "bufferSize"}),
            ("/current", "Streams", {"bufferSize", "nextSequence", "firstSequence", "lastSequence"}),
            ("/sample", "Streams", {"bufferSize", "nextSequence", "firstSequence", "lastSequence"}),
            ("/assets", "Assets", {"assetBufferSize", "assetCount"}),
        ):
            root = await one.xml(target)
            assert root.tag == f"{{urn:mtconnect.org:MTConnect{kind}:{schema}}}MTConnect{kind}"
            (head,) = root.iterfind("{*}Header")
            common = {"creationTime", "sender", "instanceId", "version", "deviceModelChangeTime"}
            assert set(head.keys()) == common | fields


@played
async def test_times_are_cell_time_from_a_fixed_moment() -> None:
    async with client() as one:
        await asyncio.sleep(301.5 - now())
        root = await one.xml("/current")
        assert root[0].get("creationTime") == "2024-01-01T00:05:01.500000Z"
        one.bench.tool.move_door(True)
        door = (await one.xml("/current?path=//Door")).find(".//{*}DoorState")
        assert door is not None
        assert (door.text, door.get("timestamp")) == ("UNLATCHED", "2024-01-01T00:05:01.500000Z")


@played
async def test_one_device_by_name_or_uuid_and_the_agent_itself() -> None:
    async with client() as one:
        for target, names in (
            ("/", ["Agent", "CNC"]),
            ("/probe", ["Agent", "CNC"]),
            ("/CNC", ["CNC"]),
            ("/cellkit-machine-1/probe", ["CNC"]),
            ("/probe?deviceType=Agent", ["Agent"]),
        ):
            assert [device.get("name") for device in (await one.xml(target))[1]] == names
        streams = (await one.xml("/CNC/current"))[1]
        assert [device.get("uuid") for device in streams] == ["cellkit-machine-1"]
    async with client("1.6") as one:
        assert [device.get("name") for device in (await one.xml("/probe"))[1]] == ["CNC"]


@played
async def test_json_for_those_who_ask_for_it() -> None:
    async with client() as one:
        answer = await one.get("/current", Accept="application/json")
        assert answer.headers["content-type"] == "application/json"
        assert json.loads(answer.content)["MTConnectStreams"]["jsonVersion"] == 2
        assert (await one.get("/probe?format=json")).json()["MTConnectDevices"]["Devices"]["Device"][0]["name"] == "CNC"
        refused = await one.get("/nothing", Accept="application/json")
        assert refused.status_code == 404
        assert refused.json()["MTConnectError"]["Errors"]["Error"][0]["errorCode"] == "INVALID_URI"
        assert (await one.get("/probe", Accept="text/html, text/xml, */*")).headers["content-type"] == "text/xml"


# --- sequence numbers -------------------------------------------------------------------------------------------------


@played
async def test_everything_is_unavailable_first_and_told_once_after_that() -> None:
    async with client() as one:
        first = await one.xml("/sample?count=9")
        assert {event.text for event in first.iterfind(".//{*}Events/*")} == {"UNAVAILABLE"}
        assert first.find(".//{*}Condition/{*}Unavailable") is not None
        following = one.bench.virtual.agent.ring.next
        one.bench.tool.move_door(False)  # it is closed
        assert one.bench.virtual.agent.ring.next == following


@played
async def test_samples_page_through_the_buffer() -> None:
    async with client() as one:
        last = one.bench.virtual.agent.ring.next - 1
        assert await one.numbers("/sample") == [*range(1, last + 1)]
        assert await one.numbers("/sample?from=3&count=4") == [3, 4, 5, 6]
        assert (await one.header("/sample?from=3&count=4"))["nextSequence"] == 7
        assert (await one.header("/sample"))["nextSequence"] == last + 1
        assert await one.numbers("/sample?count=-2") == [last - 1, last]
        assert await one.numbers("/sample?from=5&count=-2") == [4, 5]
        assert await one.numbers("/sample?from=2&to=5") == [2, 3, 4, 5]
        assert await one.numbers("/sample?from=2&to=5&count=2") == [4, 5]
        assert await one.numbers(f"/sample?from={last + 1}") == []


@played
async def test_paths_narrow_samples_and_how_it_was() -> None:
    async with client() as one:
        before = one.bench.virtual.agent.ring.next - 1
        one.bench.tool.move_chuck(True)
        await asyncio.sleep(1.0)
        path = "path=//Chuck"
        assert len(await one.numbers(f"/sample?{path}")) == 4  # UNAVAILABLE, OPEN, UNLATCHED, CLOSED
        for at, value in ((before, "OPEN"), (before + 1, "UNLATCHED"), (before + 2, "CLOSED")):
            chuck = (await one.xml(f"/current?{path}&at={at}")).find(".//{*}ChuckState")
            assert chuck is not None
            assert chuck.text == value


@played
async def test_the_oldest_leave_the_buffer_and_how_it_was_before_stays_known() -> None:
    async with client() as one:
        one.bench.tool.alarm(MachineAlarm("E1", "old", "fault"))
        one.bench.switch("flood 5000")
        head = await one.header("/current")
        assert head["nextSequence"] - head["firstSequence"] == head["bufferSize"] == 1024
        assert head["lastSequence"] == head["nextSequence"] - 1
        assert (await one.refusal(f"/sample?from={head['firstSequence'] - 1}"))[1] == "OUT_OF_RANGE"
        root = await one.xml(f"/current?at={head['firstSequence']}")
        assert root.findtext(".//{*}DoorState") == "CLOSED"
        assert root.findtext(".//{*}Fault") == "old"


@played
async def test_conditions_stand_beside_each_other_and_end_one_by_one() -> None:
    async with client() as one:
        tool = one.bench.tool
        tool.alarm(MachineAlarm("W1", "low", "warning"))
        tool.alarm(MachineAlarm("E1", "hot", "fault"))

        async def told(target: str) -> list[tuple[str, str | None]]:
            found = (await one.xml(target)).iterfind(".//{*}Condition/*")
            return [(each.tag.rpartition("}")[2], each.get("nativeCode")) for each in found]

        assert await told("/current") == [("Warning", "W1"), ("Fault", "E1")]
        start = one.bench.virtual.agent.ring.next
        del tool._alarms["W1"]
        tool._changed()
        assert await told(f"/sample?from={start}") == [("Normal", "W1")]
        assert await told("/current") == [("Fault", "E1")]
        tool.reset()
        assert await told("/current") == [("Normal", None)]


@played
async def test_a_restart_has_a_new_number_and_an_empty_buffer() -> None:
    async with client() as one:
        one.bench.switch("flood 50")
        before = await one.header("/current")
        one.bench.switch("restart")
        after = await one.header("/current")
        assert after["instanceId"] > before["instanceId"]
        assert after["nextSequence"] < before["nextSequence"]
        assert after["firstSequence"] == 1


@given(
    st.integers(1, 12),
    st.lists(st.sampled_from("abc"), max_size=30),
    st.sets(st.sampled_from("abc")),
    st.integers(0, 32),
    st.integers(-12, 12).filter(bool),
)
def test_a_ring_gives_what_a_list_would(size: int, added: list[str], items: set[str], start: int, count: int) -> None:
    ring = Ring(size)
    for number, item in enumerate(added, 1):
        ring.add(item, "Any", "", str(number), {})
    kept = [number for number in range(1, len(added) + 1) if number > len(added) - size]
    assert (ring.first, ring.next) == (kept[0] if kept else 1, len(added) + 1)
    start = min(max(start, ring.first), ring.next)
    fitting = [number for number in kept if added[number - 1] in items]
    found = ring.excerpt(items, start, count)
    if count > 0:
        wanted = [number for number in fitting if number >= start][:count]
        assert found.at_end is (found.next == ring.next)
        assert set(range(start, found.next)) & set(fitting) == set(wanted)
    else:
        wanted = [number for number in fitting if number <= start][count:]
    assert [one.sequence for one in found.observations] == wanted
    now_told = {item: number for number, item in enumerate(added, 1) if item in items}
    assert {one.item: one.sequence for one in ring.current(items)} == now_told
    for at in kept:
        then = {item: number for number, item in enumerate(added[:at], 1) if item in items}
        assert {one.item: one.sequence for one in ring.current(items, at)} == then


# --- endless answers --------------------------------------------------------------------------------------------------


def parts(data: bytes) -> list[str]:
    """Observations of each part of an answer in chunks, by hand; frames are checked on the way."""
    head, _, rest = data.partition(b"\r\n\r\n")
    boundary = head.partition(b"boundary=")[2].partition(b"\r\n")[0]
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        body += rest[: int(size, 16)]
        assert rest[int(size, 16) : int(size, 16) + 2] == b"\r\n"
        rest = rest[int(size, 16) + 2 :]
    found = []
    while body:
        first, _, body = body.partition(b"\r\n")
        assert first == b"--" + boundary
        kind, _, body = body.partition(b"\r\n")
        assert kind == b"Content-type: text/xml"
        length, _, body = body.partition(b"\r\n\r\n")
        size = int(length.removeprefix(b"Content-length: "))
        root = ElementTree.fromstring(body[:size])
        found.append(" ".join(one.text or "" for one in root.iter() if one.get("dataItemId")))
        body = body[size:].removeprefix(b"\r\n")
    return found


@BOTH
@played
async def test_a_stream_tells_as_things_happen_and_lives_in_between(schema: str) -> None:
    async with client(schema) as one:
        following = one.bench.virtual.agent.ring.next
        stream = await one.stream(f"/sample?from={following}&interval=500&heartbeat=2000")
        began = now()
        first = await stream.read()
        kind = b"multipart/x-mixed-replace" if schema == "1.8" else b"multipart/mixed"
        assert b"Content-Type: " + kind + b";boundary=" in first
        assert b"Transfer-Encoding: chunked" in first
        data = first + await bytes_of(stream, 5.0)
        # Version 1 begins with a document, version 2 with the first sign of life.
        assert parts(data) == ([""] * 3 if schema == "1.8" else [""] * 2)
        assert now() - began == pytest.approx(5.0)
        one.bench.tool.move_door(True)
        await asyncio.sleep(0.1)
        one.bench.tool.move_chuck(True)
        head = data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        later = parts(head + await bytes_of(stream, 2.0))
        assert later[0] == "UNLATCHED"
        assert later[1] == "UNLATCHED CLOSED", "what happens within the interval comes together"
        assert later[2] == "OPEN"


@played
async def test_a_stream_pages_through_what_has_happened_first() -> None:
    async with client() as one:
        one.bench.switch("flood 250")
        stream = await one.stream("/sample?from=1&interval=1000&count=100&path=//Path")
        found = parts(await bytes_of(stream, 0.1))
        assert [len(part.split()) for part in found] == [100, 100, 55]


@played
async def test_a_stream_of_other_data_items_hears_nothing_but_goes_on_in_time() -> None:
    async with client() as one:
        following = one.bench.virtual.agent.ring.next
        stream = await one.stream(f"/sample?from={following}&interval=100&heartbeat=1000&path=//Door")
        await asyncio.sleep(0.1)
        one.bench.switch("flood 500")
        await asyncio.sleep(1.4)
        one.bench.switch("flood 1000")
        assert parts(await bytes_of(stream, 2.0)) == ["", "", ""]


@played
async def test_current_again_and_again() -> None:
    async with client() as one:
        stream = await one.stream("/current?interval=1000&path=//Door")
        await asyncio.sleep(0.5)
        one.bench.tool.move_door(True)
        assert parts(await bytes_of(stream, 2.0)) == ["CLOSED", "UNLATCHED", "OPEN"]


@BOTH
@played
async def test_a_client_that_is_too_slow_is_told_so_and_left(schema: str) -> None:
    async with client(schema) as one:
        following = one.bench.virtual.agent.ring.next
        stream = await one.stream(f"/sample?from={following}&interval=1000&heartbeat=5000")
        await asyncio.sleep(0.5)
        one.bench.switch("flood 2000")
        data = await bytes_of(stream, 5.0)
        code = b"OUT_OF_RANGE" if schema == "1.8" else b"INTERNAL_ERROR"
        assert b'errorCode="' + code + b'"' in data
        assert data.endswith(b"0\r\n\r\n")


@played
async def test_streams_can_be_cut_in_the_middle_of_a_chunk() -> None:
    async with client() as one:
        stream = await one.stream("/sample?from=1&interval=1000")
        await asyncio.sleep(0.1)
        assert one.bench.virtual.server.streams == 1
        one.bench.switch("break")
        data = await bytes_of(stream, 1.0)
        last = data.rpartition(b"\r\n--cellkit")[2]
        assert b"<MTConnectStreams" in last
        assert not data.endswith(b"\r\n")
        assert one.bench.virtual.server.streams == 0


@played
async def test_clients_that_go_away_leave_nothing_behind() -> None:
    async with client() as one:
        stream = await one.stream("/sample?from=1&interval=100&heartbeat=1000")
        await asyncio.sleep(0.1)
        stream.close()
        await asyncio.sleep(1.5)
        assert one.bench.virtual.server.streams == 0
        assert one.bench.virtual.agent.ring._listeners == []


@played
async def test_clients_of_the_first_version_of_http_get_streams_without_chunks() -> None:
    async with client() as one:
        stream = await one.bench.network.connect(HOST, PORT)
        stream.write(b"GET /sample?from=1&interval=1000 HTTP/1.0\r\n\r\n")
        data = await bytes_of(stream, 0.5)
        assert b"chunked" not in data
        assert b"\r\n\r\n--cellkit" in data


# --- switches ---------------------------------------------------------------------------------------------------------


@played
async def test_switches_and_words_that_they_do_not_take() -> None:
    async with client() as one:
        one.bench.switch("http500 2")
        assert [(await one.get("/probe")).status_code for _ in range(3)] == [500, 500, 200]
        one.bench.switch("mute")
        asked = asyncio.ensure_future(one.get("/probe"))
        await asyncio.sleep(5.0)
        assert not asked.done()
        one.bench.switch("speak")
        assert (await asked).status_code == 200
        for words in ("schema 9.9", "http500 x", "flood -1", "unavailable roof", "flood 99999999"):
            with pytest.raises(ValueError, match=words.split()[0]):
                one.bench.switch(words)


@played
async def test_the_state_in_one_line() -> None:
    async with client() as one:
        virtual = one.bench.virtual
        assert virtual.status_line().startswith("door CLOSED, chuck OPEN, READY; version 2.0, next ")
        one.bench.tool.alarm(MachineAlarm("E1", "hot", "fault"))
        one.bench.tool.set_available(False)
        one.bench.switch("mute")
        assert "not available; E1; " in virtual.status_line()
        assert virtual.status_line().endswith("0 streams; mute")
        assert virtual.title


# --- repeatable -------------------------------------------------------------------------------------------------------


def recorded() -> list[str]:
    passed: list[str] = []

    async def play() -> None:
        network = RecordingNetwork(MemoryNetwork(), lambda one: passed.append(repr(one)))
        tool = MachineTool(MachineTimes())
        virtual = VirtualAgent(tool)
        await virtual.start(network, HOST)
        machine = MTConnectMachine("machine", MTConnectConfig(host=HOST), network)
        async with machine:
            tool.move_door(True)
            await machine.wait_for(door=Clamping.OPEN)
            virtual.switches()["break"]()
            tool.move_chuck(True)
            await machine.wait_for(chuck=Clamping.CLOSED)
            await asyncio.sleep(4.0)
            virtual.switches()["restart"]()
            await asyncio.sleep(3.0)
        await virtual.stop()

    run(play())
    return passed


def test_the_same_run_gives_the_same_bytes() -> None:
    first = recorded()
    assert len(first) > 20
    assert recorded() == first


def test_an_observation_without_a_code_has_none() -> None:
    assert Observation("a", "Fault", 1, "").code == ""
