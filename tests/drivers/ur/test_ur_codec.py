"""RTDE and Dashboard bytes: examples of other sources, and properties that hold for any bytes."""

from __future__ import annotations

import struct

import pytest
from cellkit_ur.protocol.dashboard import LONGEST_LINE, LineReader, encode_line
from cellkit_ur.protocol.fields import FORMATS, INPUTS, OUTPUTS, Layout
from cellkit_ur.protocol.rtde import (
    Accepted,
    ControllerVersion,
    Data,
    FrameReader,
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
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
    frame,
)
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ProtocolError

# UniversalRobots/Universal_Robots_Client_Library, commit c5d1e26, tests/test_rtde_parser.cpp: bytes of a controller.
# (The size of the last one is 17 there, two bytes less than it has; it is corrected here.)
CONTROLLER_BYTES = [
    ("0004 56 01", Accepted(Kind.PROTOCOL_VERSION, True)),
    ("0013 76 00000005 00000008 00000000 00000000", ControllerVersion(5, 8, 0, 0)),
    ("0004 50 01", Accepted(Kind.PAUSE, True)),
    ("0004 53 01", Accepted(Kind.START, True)),
    ("0011 49 01 55494e5433322c444f55424c45", Recipe(Kind.SETUP_INPUTS, 1, ("UINT32", "DOUBLE"))),
    ("0013 4f 01 444f55424c452c564543544f523644", Recipe(Kind.SETUP_OUTPUTS, 1, ("DOUBLE", "VECTOR6D"))),
]
DATA_PACKAGE = bytes.fromhex("0014 55 01 40d0070d2f1a9fbe 3ff0000000000000")

# The vendor's RTDE guide: the layout of each request, with these values filled in by hand.
CLIENT_BYTES = [
    ("0005 56 0002", RequestProtocol(2)),
    ("0003 76", RequestController()),
    ("0003 53", Start()),
    ("0003 50", Pause()),
    ("0014 4f 405f400000000000 74696d657374616d70", SetupOutputs(125.0, ("timestamp",))),
    ("0015 49 73706565645f736c696465725f6d61736b2c", SetupInputs(("speed_slider_mask",))),
]

names = st.lists(st.sampled_from(sorted(OUTPUTS)), min_size=1, max_size=8).map(tuple)
requests = st.one_of(
    st.builds(RequestProtocol, st.integers(0, 65535)),
    st.just(RequestController()),
    st.builds(SetupOutputs, st.floats(allow_nan=False), names),
    st.builds(SetupInputs, names),
    st.just(Start()),
    st.just(Pause()),
    st.builds(Data, st.integers(0, 255), st.binary(max_size=200)),
)
replies = st.one_of(
    st.builds(Accepted, st.sampled_from([Kind.PROTOCOL_VERSION, Kind.START, Kind.PAUSE]), st.booleans()),
    st.builds(ControllerVersion, *[st.integers(0, 2**32 - 1)] * 4),
    st.builds(
        Recipe,
        st.sampled_from([Kind.SETUP_INPUTS, Kind.SETUP_OUTPUTS]),
        st.integers(0, 255),
        st.lists(st.sampled_from([*FORMATS, "NOT_FOUND", "IN_USE"]), min_size=1).map(tuple),
    ),
    st.builds(Text, st.text(max_size=60), st.text(max_size=20), st.sampled_from(Level)),
    st.builds(Data, st.integers(0, 255), st.binary(max_size=200)),
)


@pytest.mark.parametrize(("data", "message"), CONTROLLER_BYTES, ids=lambda value: str(value)[:12])
def test_a_controllers_bytes(data: str, message: object) -> None:
    raw = bytes.fromhex(data)
    [(kind, payload)] = FrameReader().feed(raw)
    found = decode_reply(kind, payload)
    assert found == message
    assert encode_reply(found) == raw


@pytest.mark.parametrize(("data", "message"), CLIENT_BYTES, ids=lambda value: str(value)[:12])
def test_a_clients_bytes(data: str, message: object) -> None:
    raw = bytes.fromhex(data)
    [(kind, payload)] = FrameReader().feed(raw)
    found = decode_request(kind, payload)
    assert found == message
    assert encode_request(found) == (raw if not raw.endswith(b",") else frame(kind, payload.rstrip(b",")))


def test_a_controllers_data_package() -> None:
    [(kind, payload)] = FrameReader().feed(DATA_PACKAGE)
    package = decode_reply(kind, payload)
    assert isinstance(package, Data)
    layout = Layout(("timestamp", "target_speed_fraction"), ("DOUBLE", "DOUBLE"))
    assert layout.unpack(package.values) == (16412.206, 1.0)
    assert encode_reply(Data(1, layout.pack((16412.206, 1.0)))) == DATA_PACKAGE


def test_the_sizes_of_all_types() -> None:
    sizes = {kind: struct.calcsize(">" + letters) for kind, letters in FORMATS.items()}
    assert sizes == {
        "BOOL": 1, "UINT8": 1, "UINT32": 4, "UINT64": 8, "INT32": 4, "DOUBLE": 8,
        "VECTOR3D": 24, "VECTOR6D": 48, "VECTOR6INT32": 24, "VECTOR6UINT32": 24,
    }  # fmt: skip
    assert set(OUTPUTS.values()) | set(INPUTS.values()) <= set(FORMATS)
    assert len(OUTPUTS) > 350
    assert OUTPUTS["input_bit_register_127"] == "BOOL"
    assert "input_bit_register_63" not in OUTPUTS


@given(requests)
def test_requests_survive_the_wire(request: object) -> None:
    [(kind, payload)] = FrameReader().feed(encode_request(request))  # type: ignore[arg-type]
    assert decode_request(kind, payload) == request


@given(replies)
def test_replies_survive_the_wire(reply: object) -> None:
    [(kind, payload)] = FrameReader().feed(encode_reply(reply))  # type: ignore[arg-type]
    assert decode_reply(kind, payload) == reply


@given(st.lists(requests, min_size=1, max_size=6), st.lists(st.integers(1, 40)))
def test_frames_may_be_split_and_merged_anywhere(messages: list[object], cuts: list[int]) -> None:
    data = b"".join(encode_request(one) for one in messages)  # type: ignore[arg-type]
    reader, found = FrameReader(), []
    for size in [*cuts, len(data)]:
        found += reader.feed(data[:size])
        data = data[size:]
    assert [decode_request(kind, payload) for kind, payload in found] == messages


@given(requests, st.integers(1, 20))
def test_a_frame_that_is_cut_off_waits(request: object, missing: int) -> None:
    data = encode_request(request)  # type: ignore[arg-type]
    assert FrameReader().feed(data[: max(0, len(data) - missing)]) == []


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_garbage_is_an_error_or_nothing_and_is_never_piled_up(chunks: list[bytes]) -> None:
    for decode in (decode_request, decode_reply):
        reader = FrameReader()
        try:
            for chunk in chunks:
                for kind, payload in reader.feed(chunk):
                    decode(kind, payload)
                assert len(reader._buffer) <= 65535
        except ProtocolError:
            pass


@pytest.mark.parametrize("data", ["0000 56", "0002 56", "0004 5a 00", "0004 56 02", "0006 56 000201", "0005 4d 0261"])
def test_frames_that_mean_nothing(data: str) -> None:
    with pytest.raises(ProtocolError):
        [decode_reply(kind, payload) for kind, payload in FrameReader().feed(bytes.fromhex(data))]


def test_values_that_do_not_fit_their_type() -> None:
    layout = Layout(("a", "b"), ("UINT8", "INT32"))
    with pytest.raises(ProtocolError):
        layout.pack((256, 0))
    with pytest.raises(ProtocolError):
        layout.unpack(b"\0" * 4)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=50), st.integers(1, 7))
def test_lines_may_be_split_anywhere(text: str, size: int) -> None:
    data, reader, found = encode_line(text) * 3, LineReader(), []
    for start in range(0, len(data), size):
        found += reader.feed(data[start : start + size])
    assert found == [text] * 3


@pytest.mark.parametrize("data", [b"\xff\xfe\n", b"x" * (LONGEST_LINE + 1)])
def test_lines_that_are_none(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        LineReader().feed(data)
