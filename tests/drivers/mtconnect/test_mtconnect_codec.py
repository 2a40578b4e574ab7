"""The codec against documents of other agents, and what every input must lead to."""

from __future__ import annotations

import contextlib
import json

import pytest
from cellkit_mtconnect.protocol.choosing import Unsuited, choose
from cellkit_mtconnect.protocol.conditions import MOST_ACTIVE, ActiveConditions, Picture
from cellkit_mtconnect.protocol.documents import (
    Assets,
    Component,
    ComponentStream,
    DataItem,
    Devices,
    DeviceStream,
    Document,
    Errors,
    Header,
    Observation,
    Streams,
    camel,
)
from cellkit_mtconnect.protocol.errors import CODES, ERRORS, AgentError
from cellkit_mtconnect.protocol.json_form import write_json
from cellkit_mtconnect.protocol.multipart import LARGEST_PART, LONGEST_HEAD, PartReader, boundary_of, encode_part
from cellkit_mtconnect.protocol.paths import BadPath, matching
from cellkit_mtconnect.protocol.reading import DEEPEST, read_document
from cellkit_mtconnect.protocol.requests import read_target, sample_target
from cellkit_mtconnect.protocol.times import time_text
from cellkit_mtconnect.protocol.writing import VERSIONS, write_document
from hypothesis import given
from hypothesis import strategies as st
from mtconnect_documents import (
    ERRORS_1_7,
    HEARTBEAT_1_7,
    LEGACY_ERROR,
    MAZAK_2_0,
    MAZAK_DEVICES,
    OBSERVATIONS_1_8,
    OKUMA_1_3,
    OUT_OF_RANGE_2_0,
    OUT_OF_RANGE_2_6,
    PART_BOUNDARY,
    PART_HEAD,
    PART_LENGTH,
    SIMPLEST_1_1,
)

from cellkit.errors import ProtocolError


def streams(data: bytes) -> Streams:
    document = read_document(data)
    assert isinstance(document, Streams)
    return document


def devices(data: bytes) -> Devices:
    document = read_document(data)
    assert isinstance(document, Devices)
    return document


def errors(data: bytes) -> Errors:
    document = read_document(data)
    assert isinstance(document, Errors)
    return document


# --- documents of others ----------------------------------------------------------------------------------------------


def test_a_current_document_of_a_lathe_with_the_vendors_own_words() -> None:
    document = streams(OKUMA_1_3)
    assert document.header == Header(
        1642402168, "2022-01-17T14:44:45Z", "OKUMA-P234077", "1.3.0.15", 131072, 322765, 191693, 322764
    )
    found = {one.item: one for one in document.observations()}
    assert [one.sequence for one in document.observations()] == [54, 56, 76, 806, 61351, 305972, 322550, 322749]
    assert found["LS1ChuckState"].value == "CLOSED"
    assert found["LS1SurfaceSpeed"].element == "SurfaceSpeed"
    assert found["Lp1CurrentTool"].value == ""
    assert found["Lsystem"].element == "Normal"
    assert found["Lsystem"].get("type") == "SYSTEM"
    assert found["OKUMA.Lathe_asset_chg"].get("assetType") == ""


def test_a_current_document_of_an_agent_that_describes_itself() -> None:
    document = streams(MAZAK_2_0)
    assert [device.name for device in document.devices] == ["Agent", "HCN001"]
    assert document.header.next == 9558169
    found = {one.item: one for one in document.observations()}
    assert found["doorstate"].value == "CLOSED"
    assert found["Stemp_cond"].element == "Unavailable"
    assert found["comms_cond"].value == ""
    assert found["woffsettable"].value == ""  # the entries of a table are not read as a value


def test_observations_and_signs_of_life_of_the_reference_agent() -> None:
    document = streams(OBSERVATIONS_1_8)
    assert (document.header.instance, document.header.next) == (1649989201, 5741581)
    assert [(one.item, one.value) for one in document.observations()] == [("px", "AUTOMATIC"), ("c1", "1556.33")]
    empty = streams(HEARTBEAT_1_7)
    assert (empty.header.instance, empty.header.next, empty.observations()) == (1649989201, 4992049, [])


def test_a_device_and_what_is_chosen_of_it() -> None:
    chosen = choose(devices(MAZAK_DEVICES), None, {})
    assert (chosen.path, chosen.availability, chosen.door, chosen.execution) == (
        "Mazak", "avail", "doorstate", "execution",
    )  # fmt: skip
    assert (chosen.chuck, chosen.mode) == ("hd1chuckstate", "mode")
    assert chosen.conditions == ("comms_cond", "logic_cond", "system_cond", "motion_cond")


def test_a_device_that_tells_too_little_names_what_is_missing() -> None:
    with pytest.raises(Unsuited, match="'Simplest' does not tell DOOR_STATE, EXECUTION"):
        choose(devices(SIMPLEST_1_1), None, {})


def test_errors_of_all_ages() -> None:
    two = errors(ERRORS_1_7)
    assert [str(one) for one in two.errors] == [
        "OUT_OF_RANGE: 'at' must be greater than 4871368", "FAILURE: Something went wrong",
    ]  # fmt: skip
    assert errors(LEGACY_ERROR).errors == two.errors[:1]
    assert str(errors(OUT_OF_RANGE_2_0).errors[0]) == "OUT_OF_RANGE: 'from' must be greater than 9554240"
    (named,) = errors(OUT_OF_RANGE_2_6).errors
    assert (named.code, named.text) == ("OUT_OF_RANGE", "'from' must be less than 208")
    assert (named.uri, named.request) == ("/sample?from=208", "MTConnectStreams")
    assert dict(named.parameter) == {"name": "from", "Maximum": "207", "Minimum": "1", "Value": "208"}


def test_elements_of_errors_are_those_of_the_reference_agent() -> None:
    # cppagent 708116fb, sink/rest_sink/error.cpp
    known = {
        "ASSET_NOT_FOUND": "AssetNotFound", "INTERNAL_ERROR": "InternalError", "INVALID_REQUEST": "InvalidRequest",
        "INVALID_URI": "InvalidURI", "INVALID_XPATH": "InvalidXPath", "NO_DEVICE": "NoDevice",
        "OUT_OF_RANGE": "OutOfRange", "QUERY_ERROR": "QueryError", "TOO_MANY": "TooMany",
        "UNAUTHORIZED": "Unauthorized", "UNSUPPORTED": "Unsupported",
        "INVALID_PARAMETER_VALUE": "InvalidParameterValue", "INVALID_QUERY_PARAMETER": "InvalidQueryParameter",
    }  # fmt: skip
    assert {code: CODES[name] for code, name in known.items()} == {code: code for code in known}
    assert set(ERRORS) == {*known, "INVALID_PATH"}


def test_a_part_of_the_public_demonstration_agent() -> None:
    reader = PartReader(PART_BOUNDARY)
    body = b"<" + b"x" * (PART_LENGTH - 2) + b">"
    assert reader.feed(PART_HEAD + body[:100]) == []
    assert reader.feed(body[100:]) == [body]


def test_boundaries_of_both_versions() -> None:
    assert boundary_of("multipart/x-mixed-replace;boundary=abc") == "abc"
    assert boundary_of('multipart/mixed; charset=utf-8; Boundary="a b"') == "a b"
    assert boundary_of("text/xml") is None
    with pytest.raises(ProtocolError):
        boundary_of("multipart/mixed")


# --- conditions -------------------------------------------------------------------------------------------------------


def condition(level: str, code: str = "", text: str = "", sequence: int = 1, key: str = "nativeCode") -> Observation:
    attributes = (("type", "LOGIC_PROGRAM"), *(((key, code),) if code else ()))
    return Observation("lp", level, sequence, "2021-02-01T12:00:00Z", text, attributes)


def test_conditions_follow_the_reference_agents_own_example() -> None:
    # cppagent 708116fb, test_package/agent_test.cpp, should_handle_condition_activation
    first, again = "2218-1 ALARM_B UNUSABLE G-code  A side FFFFFFFF", "4200 ALARM_D Power on effective parameter set"
    active = ActiveConditions()

    def told(observation: Observation) -> list[tuple[str, str]]:
        active.apply(observation)
        return [(one.element, one.value) for one in active.all()]

    assert told(condition("Unavailable")) == [("Unavailable", "")]
    assert told(condition("Normal", text="XXX")) == [("Normal", "XXX")]
    assert told(condition("Fault", "2218", first)) == [("Fault", first)]
    assert told(condition("Normal")) == [("Normal", "")]
    assert told(condition("Fault", "4200", again)) == [("Fault", again)]
    assert told(condition("Fault", "2218", first)) == [("Fault", again), ("Fault", first)]
    assert told(condition("Fault", "4200", again)) == [("Fault", first), ("Fault", again)]


def test_normal_with_a_code_ends_that_one_alone() -> None:
    active = ActiveConditions()
    for one in (condition("Fault", "1"), condition("Warning", "2"), condition("Normal", "3")):
        active.apply(one)
    assert [one.code for one in active.active()] == ["1", "2"], "an unknown code ends nothing"
    active.apply(condition("Normal", "1"))
    assert [one.code for one in active.active()] == ["2"]
    active.apply(condition("Normal", "2", "over"))
    assert active.active() == ()
    assert [(one.element, one.code, one.value, one.get("type")) for one in active.all()] == [
        ("Normal", "", "", "LOGIC_PROGRAM")
    ]


def test_a_condition_changes_its_level_and_unavailable_ends_all() -> None:
    active = ActiveConditions()
    active.apply(condition("Warning", "1"))
    active.apply(condition("Fault", "1"))
    assert [one.element for one in active.active()] == ["Fault"]
    active.apply(condition("Fault", "2"))
    active.apply(condition("Unavailable"))
    assert active.active() == ()


def test_an_id_goes_before_the_native_code() -> None:
    active = ActiveConditions()
    active.apply(condition("Fault", "a", key="conditionId"))
    active.apply(condition("Fault", "b", key="conditionId"))
    active.apply(condition("Normal", "a", key="conditionId"))
    assert [one.code for one in active.active()] == ["b"]


def test_an_agent_that_invents_conditions_for_ever_is_broken() -> None:
    active = ActiveConditions()
    for number in range(MOST_ACTIVE):
        active.apply(condition("Fault", f"n{number}"))
    with pytest.raises(ProtocolError, match="at once"):
        active.apply(condition("Fault", "one more"))


def test_a_picture_holds_what_is_wanted_only() -> None:
    picture = Picture({"doorstate", "comms_cond"})
    picture.apply(streams(MAZAK_2_0).observations())
    assert picture.value("doorstate") == "CLOSED"
    assert picture.value("avail") == "UNAVAILABLE"
    assert [one.item for one in picture.all()] == ["comms_cond", "doorstate"]


# --- choosing ---------------------------------------------------------------------------------------------------------


def machine(name: str = "M", *extra: DataItem, element: str = "Device") -> Component:
    items = (
        DataItem("a", "AVAILABILITY", "EVENT"),
        DataItem("d", "DOOR_STATE", "EVENT", "front"),
        DataItem("e", "EXECUTION", "EVENT"),
        *extra,
    )
    return Component(element, name, name, f"uuid-{name}", items)


def test_several_devices_must_be_named_and_the_agent_itself_is_none() -> None:
    both = Devices(Header(1), (machine("Agent", element="Agent"), machine("A"), machine("B b")))
    with pytest.raises(Unsuited, match=r"several devices \(A, B b\)"):
        choose(both, None, {})
    with pytest.raises(Unsuited, match="no device 'Agent'; the agent has A, B b"):
        choose(both, "Agent", {})
    assert choose(both, "uuid-B b", {}).path == "B%20b"
    with pytest.raises(Unsuited, match="no device"):
        choose(Devices(Header(1)), None, {})


def test_several_doors_must_be_named_by_id_or_name() -> None:
    both = Devices(Header(1), (machine("A", DataItem("d2", "DOOR_STATE", "EVENT", "rear")),))
    with pytest.raises(Unsuited, match=r"DOOR_STATE \(d, d2\): say which one \(door\)"):
        choose(both, None, {})
    assert choose(both, None, {"door": "d"}).door == "d"
    assert choose(both, None, {"door": "rear"}).door == "d2"
    with pytest.raises(Unsuited, match="no DOOR_STATE 'left'; there is d, d2"):
        choose(both, None, {"door": "left"})


def test_a_chuck_and_a_mode_may_be_lacking_but_not_if_they_are_named() -> None:
    alone = Devices(Header(1), (machine(),))
    assert (choose(alone, None, {}).chuck, choose(alone, None, {}).mode) == (None, None)
    with pytest.raises(Unsuited, match="no CHUCK_STATE 'c'; there is none"):
        choose(alone, None, {"chuck": "c"})


# --- paths ------------------------------------------------------------------------------------------------------------

MAZAK = devices(MAZAK_DEVICES).devices


@pytest.mark.parametrize(
    ("path", "items"),
    [
        ("//Door", {"doorstate"}),
        ("//Path/DataItems/DataItem[@type='EXECUTION']", {"execution"}),
        ('//DataItem[@type="EXECUTION" or @type="CONTROLLER_MODE"]', {"execution", "mode"}),
        ("//DataItem[@category='CONDITION' and @type='SYSTEM']", {"system_cond"}),
        ("//Device[@name='Mazak']/DataItems", {"avail", "functionalmode"}),
        ("//Door|//DataItem[@id='avail']", {"doorstate", "avail"}),
        ("/MTConnectDevices/Devices/Device/Components/Door/DataItems/*", {"doorstate"}),
        ("//Axes", set()),
    ],
)
def test_paths_narrow_to_data_items(path: str, items: set[str]) -> None:
    assert matching(path, MAZAK, (1, 8)) == items


@pytest.mark.parametrize(
    "path",
    [
        "//////Linear", "//Axes?//Linear", '//Devices/Device[@name="I_DON\'T_EXIST"',  # cppagent, agent_test.cpp
        "", "Door", "//Door[1]", "//Door[@id]", "//Door[@id=door1]", "//Door[position()=1]", "//x" * 1000,
        "//*" + "[@a='1' or @a='2']" * 60, "//Door|", "//m:Door",
    ],
)  # fmt: skip
def test_paths_that_cannot_be_understood(path: str) -> None:
    with pytest.raises(BadPath):
        matching(path, MAZAK, (1, 8))


@given(st.text(alphabet="/@[]='\"|*Door xand", max_size=60))
def test_no_path_hangs_or_fails_otherwise(path: str) -> None:
    with contextlib.suppress(BadPath):
        assert matching(path, MAZAK, (1, 8)) <= {item.id for item in MAZAK[0].all_items()}


# --- round trips ------------------------------------------------------------------------------------------------------

WORD = st.text(alphabet="abcXYZ019_-.", min_size=1, max_size=8)
TEXT = st.text(
    alphabet=st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"), max_size=20
).map(str.strip)
NUMBER = st.integers(0, 2**64 - 1)
HEADER = st.builds(Header, st.integers(1, 2**32 - 1), WORD, WORD, WORD, st.integers(0, 2**31), NUMBER, NUMBER, NUMBER)
NAME = st.sampled_from(["Door", "Chuck", "Path", "Controller", "Linear"])
ITEM = st.builds(DataItem, WORD, WORD, st.sampled_from(["EVENT", "SAMPLE", "CONDITION"]), WORD, WORD)
COMPONENT = st.recursive(
    st.builds(Component, NAME, WORD, WORD, WORD, st.lists(ITEM, max_size=3).map(tuple)),
    lambda parts: st.builds(Component, NAME, WORD, WORD, WORD, st.just(()), st.lists(parts, max_size=3).map(tuple)),
    max_leaves=8,
)
ATTRIBUTES = st.dictionaries(st.sampled_from(["nativeCode", "type", "qualifier"]), TEXT, max_size=3).map(
    lambda found: tuple(found.items())
)
OBSERVATION = st.builds(Observation, WORD, NAME, NUMBER, WORD, TEXT, ATTRIBUTES)
SOME = st.lists(OBSERVATION, max_size=2).map(tuple)
COMPONENT_STREAM = st.builds(ComponentStream, NAME, WORD, WORD, SOME, SOME, SOME)
DEVICE_STREAM = st.builds(DeviceStream, WORD, WORD, st.lists(COMPONENT_STREAM, max_size=2).map(tuple))
UNNUMBERED = HEADER.map(lambda head: Header(head.instance, head.created, head.sender, head.version, head.buffer_size))
DOCUMENT = st.one_of(
    st.builds(Devices, UNNUMBERED, st.lists(COMPONENT, max_size=2).map(tuple)),
    st.builds(Streams, HEADER, st.lists(DEVICE_STREAM, max_size=2).map(tuple)),
    st.builds(
        Errors, UNNUMBERED, st.lists(st.builds(AgentError, st.sampled_from([*ERRORS]), TEXT), min_size=1).map(tuple)
    ),
)
VERSION = st.sampled_from(VERSIONS)


@given(DOCUMENT, VERSION)
def test_what_is_written_is_read_again(document: Document, version: tuple[int, int]) -> None:
    assert read_document(write_document(document, version)) == document


@given(DOCUMENT, VERSION)
def test_json_holds_the_same_head_and_is_one_line(document: Document, version: tuple[int, int]) -> None:
    data = write_json(document, version)
    assert b"\n" not in data
    (found,) = json.loads(data).values()
    assert found["Header"]["instanceId"] == document.header.instance
    assert found["schemaVersion"] == f"{version[0]}.{version[1]}"


def test_json_of_the_second_form_groups_by_name() -> None:
    # As in cppagent 708116fb, test_package/json_printer_stream_test.cpp, two_components_version_2
    found = json.loads(write_json(streams(MAZAK_2_0), (2, 0)))["MTConnectStreams"]["Streams"]["DeviceStream"]
    assert [device["name"] for device in found] == ["Agent", "HCN001"]
    door = found[1]["ComponentStream"][-2]
    assert (door["component"], door["componentId"]) == ("Door", "door1")
    assert door["Events"]["DoorState"][0]["value"] == "CLOSED"
    assert door["Events"]["DoorState"][0]["sequence"] == 9554564
    assert json.loads(write_json(Streams(Header(1)), (2, 0)))["MTConnectStreams"]["Streams"] == {}


def test_assets_and_errors_with_all_that_belongs_to_them() -> None:
    assert read_document(write_document(Assets(Header(7)), (2, 0))) == Assets(Header(7))
    full = AgentError("OUT_OF_RANGE", "no", "/sample", "MTConnectStreams", (("name", "from"), ("Value", "1")))
    missing = AgentError("ASSET_NOT_FOUND", "no", "/asset/T1", "MTConnectAssets", asset="T1")
    both = Errors(Header(7), (full, missing))
    assert read_document(write_document(both, (2, 6))) == both
    assert b"<OutOfRange" in write_document(both, (2, 6))
    assert b"<Error errorCode=" in write_document(both, (2, 5))


@given(st.lists(st.binary(max_size=300), max_size=6), st.lists(st.integers(1, 40), max_size=60))
def test_parts_arrive_wherever_the_stream_is_split(bodies: list[bytes], cuts: list[int]) -> None:
    data = b"".join(encode_part("b", "text/xml", body) for body in bodies) + b"--b--\r\n"
    reader, found, at = PartReader("b"), list[bytes](), 0
    for size in cuts:
        found += reader.feed(data[at : at + size])
        at += size
    found += reader.feed(data[at:])
    assert found == bodies
    assert reader.ended


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=4), st.data())
def test_a_stream_that_breaks_off_gives_whole_parts_only(bodies: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(encode_part("b", "text/xml", body) for body in bodies)
    found = PartReader("b").feed(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert found == bodies[: len(found)]


# --- what is none -----------------------------------------------------------------------------------------------------


@given(st.binary(max_size=200))
def test_garbage_is_no_document(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_document(data)


@given(st.data())
def test_a_truncated_document_is_none(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([MAZAK_2_0, MAZAK_DEVICES, ERRORS_1_7]))
    with pytest.raises(ProtocolError):
        read_document(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize(
    "data",
    [
        b"<html/>",
        b"<MTConnectStreams/>",
        HEARTBEAT_1_7.replace(b'instanceId="1649989201" ', b""),
        HEARTBEAT_1_7.replace(b'nextSequence="4992049" ', b""),
        HEARTBEAT_1_7.replace(b'"4992049"', b'"-4"'),
        HEARTBEAT_1_7.replace(b'"4992049"', b'"1_0"'),
        HEARTBEAT_1_7.replace(b'"4992049"', b'"' + b"9" * 30 + b'"'),
        HEARTBEAT_1_7.replace(b"<Streams/>", b""),
        OBSERVATIONS_1_8.replace(b' dataItemId="px"', b""),
        OBSERVATIONS_1_8.replace(b'sequence="5741552"', b'sequence="five"'),
        MAZAK_DEVICES.replace(b'id="doorstate" ', b""),
        ERRORS_1_7.replace(b"errorCode", b"code"),
        b'<?xml version="1.0" encoding="no-such"?><MTConnectStreams/>',
        b'<!DOCTYPE a [<!ENTITY x "y">]>' + HEARTBEAT_1_7.split(b"\n", 1)[1],
    ],
)
def test_documents_that_are_not_what_they_say(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_document(data)


def test_components_within_components_without_end() -> None:
    part = Component("Path", "p")
    for _ in range(DEEPEST + 1):
        part = Component("Path", "p", parts=(part,))
    with pytest.raises(ProtocolError, match="deeper"):
        read_document(write_document(Devices(Header(1), (part,)), (2, 0)))


@given(st.binary(min_size=1, max_size=100).filter(lambda data: data.lstrip(b"\r\n")[:1] not in (b"", b"-")))
def test_garbage_is_no_part(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        PartReader("b").feed(data)


@pytest.mark.parametrize(
    "data",
    [
        b"--c\r\n",
        b"--b\r\nContent-type: text/xml\r\n\r\n<x/>",
        b"--b\r\nContent-length: -1\r\n\r\n",
        b"--b\r\nContent-length: 1e3\r\n\r\n",
        b"--b\r\nContent-length: %d\r\n\r\n" % (LARGEST_PART + 1),
        b"--b\r\nX: " + b"y" * LONGEST_HEAD,
        b"--b\r\nX: " + b"y" * LONGEST_HEAD + b"\r\n\r\n",
        b"--b\r\nContent-length: 3\r\n\r\nabcdef",
    ],
)
def test_broken_frames(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        PartReader("b").feed(data)


def test_a_part_reader_holds_no_more_than_one_part() -> None:
    reader = PartReader("b")
    part = encode_part("b", "text/xml", b"x" * 1000)
    for _ in range(100):
        assert len(reader.feed(part)) == 1
        assert len(reader._rest) <= len(b"\r\n")


# --- requests and times -----------------------------------------------------------------------------------------------


def test_targets() -> None:
    asked = read_target(sample_target("B%20b", 7, 0.1, 0.0001).encode())
    assert asked.parts == ("B b", "sample")
    assert asked.parameters == {"from": "7", "interval": "100", "heartbeat": "1"}
    for bad in (b"x", b"", b"/" + b"a" * 9000, b"/?" + b"a=1&" * 30):
        with pytest.raises(ProtocolError):
            read_target(bad)


@given(st.binary(max_size=80))
def test_no_target_fails_otherwise(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert len(read_target(b"/" + data).uri) == len(data) + 1


def test_times_count_from_a_fixed_moment() -> None:
    assert time_text(0.0) == "2024-01-01T00:00:00.000000Z"
    assert time_text(86400 * 59 + 3661.25) == "2024-02-29T01:01:01.250000Z"


def test_camel_case() -> None:
    assert camel("DOOR_STATE") == "DoorState"
    assert camel("EXECUTION") == "Execution"
