"""The codec against telegrams that others have recorded, and what must hold for any.

Sources: TEXT_RMS, BINARY_TIM and LMS5XX are in SICKAG/sick_scan_xd, commit 2d47966 (Apache-2.0): CoLa A from
``test/emulator/scandata/20221018_rms_1xxx_ascii_rms2_objects.pcapng.json``, CoLa B from
``doc/tim5xx_startup_sequence.txt`` and ``test/emulator/test_server.py``. ISSUES are from the logs in the issues of
SICKAG/sick_scan (4, 44, 80) and SICKAG/sick_scan_xd (35, 39). ``golden/tim571_osgar.txt`` is the scan of a TiM571 in
``osgar/drivers/test_sicklidar.py`` of robotika/osgar 1.1.0 (MIT), whose lines were put together again. LMS111 is in the
README of sick-scan-tcp 1.0.1 (MIT).
"""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cellkit_sick.protocol.commands import (
    IDENT,
    METHODS,
    VARIABLES,
    Item,
    Layout,
    Values,
    read_values,
    write_values,
)
from cellkit_sick.protocol.errors import TEXTS, BadValue, Sfa
from cellkit_sick.protocol.framing import LONGEST, checksum
from cellkit_sick.protocol.scandata import (
    Channel,
    Encoder,
    ScanData,
    Timestamp,
    decode_scan,
    encode_scan,
)
from cellkit_sick.protocol.telegrams import COLA_A, COLA_B, Dialect, Telegram, decode
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cellkit.errors import ProtocolError

TIM571 = (Path(__file__).parent / "golden" / "tim571_osgar.txt").read_bytes().rstrip(b"\n")
BOTH = pytest.mark.parametrize("dialect", [COLA_A, COLA_B], ids=lambda dialect: dialect.name)


def answered(name: str) -> Layout:
    """The layout of an answer by name."""
    return METHODS[name].result if name in METHODS else VARIABLES[name].layout


# --- recorded telegrams -------------------------------------------------------------------------------------------

LOGIN = METHODS["SetAccessMode"].arguments
VERSION = answered("FirmwareVersion")
TEXT_RMS: list[tuple[bytes, str, str, Values, Layout]] = [
    (b"\x02sRN SCdevicestate\x03", "sRN", "SCdevicestate", (), ()),
    (b"\x02sRA SCdevicestate 1\x03", "sRA", "SCdevicestate", (1,), answered("SCdevicestate")),
    (b"\x02sMN SetAccessMode 3 F4724744\x03", "sMN", "SetAccessMode", (3, 0xF4724744), LOGIN),
    (b"\x02sAN SetAccessMode 1\x03", "sAN", "SetAccessMode", (1,), answered("SetAccessMode")),
    (b"\x02sWN EIHstCola 0\x03", "sWN", "EIHstCola", (0,), answered("EIHstCola")),
    (b"\x02sWA EIHstCola\x03", "sWA", "EIHstCola", (), ()),
    (b"\x02sRN FirmwareVersion\x03", "sRN", "FirmwareVersion", (), ()),
    (b"\x02sRA FirmwareVersion A 1.5.1.115R\x03", "sRA", "FirmwareVersion", ("1.5.1.115R",), VERSION),
    (b"\x02sRA ODoprh 53B\x03", "sRA", "ODoprh", (1339,), answered("ODoprh")),
    (b"\x02sRA ODpwrc 30\x03", "sRA", "ODpwrc", (48,), answered("ODpwrc")),
    (b"\x02sRA LocationName B SN 20439907\x03", "sRA", "LocationName", ("SN 20439907",), answered("LocationName")),
    (b"\x02sRA DItype F RMS2731C-636111\x03", "sRA", "DItype", ("RMS2731C-636111",), answered("DItype")),
    (b"\x02sRA SerialNumber 8 20439907\x03", "sRA", "SerialNumber", ("20439907",), answered("SerialNumber")),
    (b"\x02sRA OrdNum 7 1107598\x03", "sRA", "OrdNum", ("1107598",), answered("OrdNum")),
    (b"\x02sMN Run\x03", "sMN", "Run", (), ()),
    (b"\x02sAN Run 1\x03", "sAN", "Run", (1,), answered("Run")),
]  # fmt: skip
RANGE = (1, 5000, -250_000, 2_050_000)
ISSUES: list[tuple[bytes, str, str, Values, Layout]] = [
    (b"\x02sRI 0\x03", "sRI", "0", (), ()),
    (b"\x02sRA 0 6 TiM561 E V2.51-21.08.15\x03", "sRA", "0", ("TiM561", "V2.51-21.08.15"), IDENT),
    (b"\x02sRA SerialNumber 8 16160456\x03", "sRA", "SerialNumber", ("16160456",), answered("SerialNumber")),
    (b"\x02sRA FirmwareVersion 5 V2.51\x03", "sRA", "FirmwareVersion", ("V2.51",), VERSION),
    (b"\x02sAN SetAccessMode 0\x03", "sAN", "SetAccessMode", (0,), answered("SetAccessMode")),
    (b"\x02sRA LMPoutputRange 1 1388 FFFC2F70 1F47D0\x03", "sRA", "LMPoutputRange", RANGE, answered("LMPoutputRange")),
    (b"\x02sWN LMPoutputRange 1 1388 FFFC2F70 1F47D0\x03", "sWN", "LMPoutputRange", RANGE, answered("LMPoutputRange")),
]  # fmt: skip

FULL = (1, 3333, -450_000, 2_250_000)
BINARY_TIM: list[tuple[str, str, Values, Layout, bytes, int | None]] = [
    ("sMN", "SetAccessMode", (3, 0xF4724744), LOGIN, b"\x03\xf4\x72\x47\x44", 0xB3),
    ("sAN", "SetAccessMode", (1,), answered("SetAccessMode"), b"\x01", 0x38),
    ("sWN", "EIHstCola", (1,), answered("EIHstCola"), b"\x01", 0x09),
    ("sWA", "EIHstCola", (), (), b"", 0x07),
    ("sRN", "FirmwareVersion", (), (), b"", 0x24),
    ("sRA", "FirmwareVersion", ("V2.60",), answered("FirmwareVersion"), b"\x00\x05\x56\x32\x2e\x36\x30", None),
    ("sRN", "SCdevicestate", (), (), b"", 0x30),
    ("sRA", "SCdevicestate", (0,), answered("SCdevicestate"), b"\x00", 0x1F),
    ("sRN", "ODoprh", (), (), b"", 0x41),
    ("sRA", "ODoprh", (0x68C,), answered("ODoprh"), b"\x00\x00\x06\x8c", None),
    ("sRN", "LocationName", (), (), b"", 0x55),
    ("sRA", "LocationName", ("not defined",), answered("LocationName"), b"\x00\x0bnot defined", None),
    ("sRN", "LMPoutputRange", (), (), b"", 0x5E),
    ("sWN", "LMPoutputRange", FULL, answered("LMPoutputRange"),
     b"\x00\x01\x00\x00\x0d\x05\xff\xf9\x22\x30\x00\x22\x55\x10", 0x01),
    ("sWN", "LMDscandatacfg", (1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1), answered("LMDscandatacfg"),
     b"\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01", 0x42),
    ("sMN", "LMCstartmeas", (), (), b"", 0x68),
    ("sAN", "LMCstartmeas", (0,), answered("LMCstartmeas"), b"\x00", 0x44),
    ("sMN", "Run", (), (), b"", 0x19),
    ("sAN", "Run", (1,), answered("Run"), b"\x01", 0x34),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "letters", "name", "values", "layout"), [*TEXT_RMS, *ISSUES])
def test_text_telegrams_as_recorded(raw: bytes, letters: str, name: str, values: Values, layout: Layout) -> None:
    (content,) = COLA_A.frames().feed(raw)
    telegram = decode(content)
    assert (telegram.letters, telegram.name) == (letters, name)
    assert read_values(COLA_A, telegram.body, layout) == values
    assert COLA_A.encode(Telegram(letters, name, write_values(COLA_A, values, layout))) == raw


@pytest.mark.parametrize(("letters", "name", "values", "layout", "body", "crc"), BINARY_TIM)
def test_binary_telegrams_as_recorded(
    letters: str, name: str, values: Values, layout: Layout, body: bytes, crc: int | None
) -> None:
    blank = b" " if body or letters == "sWA" else b""
    content = f"{letters} {name}".encode() + blank + body
    raw = b"\x02\x02\x02\x02" + struct.pack(">I", len(content)) + content
    written = COLA_B.encode(Telegram(letters, name, write_values(COLA_B, values, layout)))
    assert written[:-1] == raw
    if crc is not None:
        assert written[-1] == crc
    (read,) = COLA_B.frames().feed(written)
    assert read_values(COLA_B, decode(read).body, layout) == values


def test_other_ways_to_write_the_same_are_read() -> None:
    """Decimal numbers behind a sign, leading zeros, no blank in ``sRI0``, a NUL behind the telegram (pysicktim)."""
    layout = VARIABLES["LMDscandatacfg"].layout
    for body in (b"01 00 1 1 0 00 00 0 0 0 0 +1", b"1 0 1 1 0 0 0 0 0 0 0 1"):
        assert read_values(COLA_A, body, layout) == (1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1)
    five = METHODS["mLMPsetscancfg"].arguments
    assert read_values(COLA_A, b"+5000 +1 +5000 -450000 +2250000", five) == (5000, 1, 5000, -450_000, 2_250_000)
    assert decode(b"sRI0") == Telegram("sRI", "0")
    assert list(COLA_A.frames().feed(b"\x02sRN ODoprh\x03\0\x02sRN ODpwrc\x03\0")) == [b"sRN ODoprh", b"sRN ODpwrc"]


def test_failures_as_recorded() -> None:
    r"""Issue 4: ``sFA A`` for a write without a login. Issue 39: ``sFA\x00\x08`` for a method without its numbers."""
    assert COLA_A.failure(Sfa.WRITE_DENIED) == b"\x02sFA A\x03"
    assert COLA_B.failure(Sfa.TOO_LITTLE)[8:-1] == b"sFA\x00\x08"
    for dialect, content, code in ((COLA_A, b"sFA A", 0xA), (COLA_A, b"sFA 11", 0x11), (COLA_B, b"sFA\x00\x08", 8)):
        assert dialect.failure_code(decode(content)) == code
    assert set(TEXTS) == set(range(1, 0x1B))


def test_the_scan_of_a_tim571_as_recorded() -> None:
    telegram = decode(TIM571)
    assert (telegram.letters, telegram.name) == ("sRA", "LMDscandata")
    scan = decode_scan(COLA_A, telegram.body)
    assert (scan.serial, scan.telegrams, scan.scans) == (0x10A719E, 0x20F9, 0x20FB)
    assert (scan.started, scan.sent) == (0x26C0C24A, 0x26C0DDF1)
    assert (scan.frequency, scan.measurements) == (1500, 162)
    assert (scan.status, scan.inputs, scan.outputs) == ((0, 0), (0, 0), (1, 0))
    (distances,) = scan.wide
    assert (distances.content, distances.scale, distances.offset) == ("DIST1", 1.0, 0.0)
    assert (distances.start, distances.step, len(distances.counts)) == (-450_000, 3333, 811)
    assert distances.counts[:3].tolist() == [0x87B, 0x88D, 0x8A8]
    assert distances.counts[-1] == 0x4E4
    assert {value for value in distances.counts.tolist() if value < 16} == {0, 2}
    assert (scan.narrow, scan.encoders, scan.position, scan.name, scan.comment, scan.time) == (
        (), (), (), "not defined", None, None,
    )  # fmt: skip
    assert COLA_A.encode(Telegram("sRA", "LMDscandata", encode_scan(COLA_A, scan))) == b"\x02" + TIM571 + b"\x03"


def test_the_head_of_an_lms111_as_recorded() -> None:
    head = (
        b"1 1 153D067 0 0 1FA7 1FAA 939EF3A6 939F9752 0 0 7 0 0 1388 168 0 1 "
        b"DIST1 3F800000 00000000 FFF92230 1388 21D 55 51 44 46 4F 4E 40 4B 4E 4A 54 "
    )
    counts = np.full(541, 3.0)
    counts[:11] = [0x55, 0x51, 0x44, 0x46, 0x4F, 0x4E, 0x40, 0x4B, 0x4E, 0x4A, 0x54]
    scan = ScanData(
        0x153D067, 0x1FA7, 0x1FAA, 0x939EF3A6, 0x939F9752, 5000, 360,
        (Channel("DIST1", counts, -450_000, 5000),), outputs=(7, 0),
    )  # fmt: skip
    assert encode_scan(COLA_A, scan).startswith(head)


LMS5XX_HEAD = bytes.fromhex(
    "0000 0001 01145856 0100 d352 d4d4 f4750951 f475a8e6 0000 0000 0000 000009c4 0000021c 0000 0001"
    "4449535431 3f800000 00000000 ffff3cb0 0683 0475 0519 0513 051b 0513"
)
LMS5XX_REMISSION = bytes.fromhex("0001 5253534931 3f800000 00000000 ffff3cb0 0683 0475 fe fe fe")
LMS5XX_TAIL = bytes.fromhex("0000 0000 0000 0001 07b2 01 01 03 1f 1e 000e2900 0000")


def test_head_and_tail_of_an_lms5xx_in_binary_as_recorded() -> None:
    counts = np.full(1141, 2000.0)
    counts[:4] = [0x519, 0x513, 0x51B, 0x513]
    scan = ScanData(
        0x01145856, 0xD352, 0xD4D4, 0xF4750951, 0xF475A8E6, 2500, 540,
        (Channel("DIST1", counts, -50_000, 1667),),
        (Channel("RSSI1", np.full(1141, 254.0), -50_000, 1667),),
        status=(1, 0), time=Timestamp(1970, 1, 1, 3, 31, 30, 928_000), version=0,
    )  # fmt: skip
    body = encode_scan(COLA_B, scan)
    assert body.startswith(LMS5XX_HEAD)
    assert LMS5XX_REMISSION in body
    assert body.endswith(LMS5XX_TAIL)
    again = decode_scan(COLA_B, body)
    assert again.time == scan.time
    assert again.channels["RSSI1"].counts.tolist() == [254.0] * 1141


# --- what must hold for any -----------------------------------------------------------------------------------------

words = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=20)
u8, u16, u32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))
s16, s32 = (st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (16, 32))
reals = st.floats(width=32, allow_nan=False)
STRATEGIES: dict[tuple[str, int], st.SearchStrategy[Any]] = {
    ("uint", 8): u8, ("uint", 16): u16, ("uint", 32): u32, ("sint", 16): s16, ("sint", 32): s32,
}  # fmt: skip


def item(one: Item) -> st.SearchStrategy[Any]:
    """Any value of a kind."""
    if one.kind == "flag":
        return st.integers(0, 1)
    if one.kind == "text":
        return words
    if one.kind == "word":
        return st.text(st.sampled_from("ABCDE012"), min_size=one.size, max_size=one.size)
    return STRATEGIES[one.kind, one.size]


@st.composite
def channels(draw: st.DrawFn, bits: int) -> Channel:
    counts = draw(st.lists(st.integers(0, 2**bits - 1), max_size=30))
    content = draw(st.sampled_from(["DIST1", "RSSI1", "VANG1", "ANGL1"]))
    return Channel(content, np.array(counts, float), draw(s32), draw(u16), draw(reals), draw(reals))


@st.composite
def scans(draw: st.DrawFn) -> ScanData:
    pair = st.tuples(u8, u8)
    position = draw(st.none() | st.tuples(*(reals for _ in range(6)), u8.map(float)))
    return ScanData(
        draw(u32), draw(u16), draw(u16), draw(u32), draw(u32), draw(u32), draw(u32),
        tuple(draw(st.lists(channels(16), max_size=3))), tuple(draw(st.lists(channels(8), max_size=3))),
        draw(pair), draw(pair), draw(pair), tuple(draw(st.lists(st.builds(Encoder, u32, u16), max_size=4))),
        position or (), draw(st.none() | words), draw(st.none() | words),
        draw(st.none() | st.builds(Timestamp, u16, u8, u8, u8, u8, u8, u32)), draw(u16), draw(u16), draw(u16),
    )  # fmt: skip


def same(one: ScanData, other: ScanData) -> bool:
    def plain(scan: ScanData) -> Any:
        rows = [
            (each.content, each.counts.tolist(), each.start, each.step, each.scale, each.offset)
            for each in (*scan.wide, *scan.narrow)
        ]
        rest = [
            getattr(scan, name) for name in ScanData.__dataclass_fields__ if name not in ("wide", "narrow", "channels")
        ]
        return rows, rest

    return bool(plain(one) == plain(other))


@BOTH
@given(scan=scans())
def test_scans_come_back_as_they_were(dialect: Dialect, scan: ScanData) -> None:
    assert same(decode_scan(dialect, encode_scan(dialect, scan)), scan)


ALL = sorted(
    {one.layout for one in VARIABLES.values()}
    | {layout for one in METHODS.values() for layout in (one.arguments, one.result)},
    key=str,
)


@BOTH
@given(data=st.data())
def test_values_come_back_as_they_were(dialect: Dialect, data: st.DataObject) -> None:
    layout = data.draw(st.sampled_from(ALL))
    values = data.draw(st.tuples(*map(item, layout)))
    assert read_values(dialect, write_values(dialect, values, layout), layout) == values


contents = {
    COLA_A.name: st.lists(st.binary(max_size=40).map(lambda raw: raw.translate(None, b"\x02\x03")), max_size=6),
    COLA_B.name: st.lists(st.binary(max_size=40), max_size=6),
}


@BOTH
@given(data=st.data())
def test_telegrams_can_be_split_anywhere_and_merged(dialect: Dialect, data: st.DataObject) -> None:
    telegrams = data.draw(contents[dialect.name])
    raw = b"".join(map(dialect.wrap, telegrams))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    frames = dialect.frames()
    found = []
    for begin, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        found += list(frames.feed(raw[begin:end]))
    assert found == telegrams


@BOTH
@given(scan=scans(), at=st.floats(0, 1, exclude_max=True))
def test_a_telegram_that_is_cut_short_is_no_telegram_yet_and_a_body_no_scan(
    dialect: Dialect, scan: ScanData, at: float
) -> None:
    body = encode_scan(dialect, scan)
    raw = dialect.encode(Telegram("sSN", "LMDscandata", body))
    assert list(dialect.frames().feed(raw[: int(at * len(raw))])) == []
    with pytest.raises(ProtocolError) as error:
        decode_scan(dialect, body[: int(at * (len(body) - 1))])
    assert isinstance(error.value.data, bytes)


@BOTH
@example(raw=b"\x02\x03")
@example(raw=b"\x02sRN a\x03")
@example(raw=b"\x02sRN a  1\x03")
@given(raw=st.binary(max_size=200))
def test_garbage_is_a_protocol_error_or_nothing(dialect: Dialect, raw: bytes) -> None:
    reading = raw
    try:
        for content in dialect.frames().feed(raw):
            reading = content
            reading = decode(content).body
            decode_scan(dialect, reading)
    except ProtocolError as error:
        assert error.data or not reading  # noqa: PT017  (or no error at all: a telegram that has only begun)


@BOTH
@given(body=st.binary(max_size=120))
def test_bodies_of_garbage_are_no_scans(dialect: Dialect, body: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_scan(dialect, body)


@BOTH
@settings(max_examples=30)
@given(data=st.data())
def test_a_damaged_scan_never_passes_for_another_kind_of_error(dialect: Dialect, data: st.DataObject) -> None:
    body = bytearray(encode_scan(dialect, data.draw(scans())))
    for _ in range(data.draw(st.integers(1, 5))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ProtocolError):
        decode_scan(dialect, bytes(body))


@pytest.mark.parametrize(
    ("dialect", "raw"),
    [
        (COLA_A, b"sRN ODoprh"),
        (COLA_A, b"\x02sRN \x02ODoprh\x03"),
        (COLA_A, b"\x02\x02\x02\x02\x00\x00\x00\x0asRN ODoprh\x41"),
        (COLA_A, b"\x02" + b"A" * (LONGEST + 1)),
        (COLA_B, b"\x02sRN ODoprh\x03"),
        (COLA_B, b"\x02\x02\x02\x02\x00\x00\x00\x0asRN ODoprh\x42"),  # the checksum is 41
        (COLA_B, b"\x02\x02\x02\x02\xff\xff\xff\xff"),
        (COLA_B, b"\x02\x02\x02\x02\x00\x01\x00\x01"),
        (COLA_B, b"\x00\x02\x02\x02\x02"),
    ],
)
def test_what_is_no_telegram_is_refused_with_its_bytes(dialect: Dialect, raw: bytes) -> None:
    with pytest.raises(ProtocolError) as error:
        list(dialect.frames().feed(raw))
    assert error.value.data


@BOTH
def test_memory_is_bounded(dialect: Dialect) -> None:
    """However long a telegram has no end, no more than one is held."""
    frames = dialect.frames()
    head = b"\x02" if dialect is COLA_A else b"\x02\x02\x02\x02\x00\x00\xff\xff"
    list(frames.feed(head))

    def flood() -> None:
        for _ in range(10_000):
            list(frames.feed(b"A" * 1000))

    with pytest.raises(ProtocolError):
        flood()
    assert len(frames._rest) <= LONGEST + 2000  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "layout", "code"),
    [
        (b"", VARIABLES["ODoprh"].layout, Sfa.TOO_LITTLE),
        (b"1 1", VARIABLES["ODoprh"].layout, Sfa.TOO_MUCH),
        (b"1G", VARIABLES["ODoprh"].layout, Sfa.BAD_CHARACTER),
        (b"1_0", VARIABLES["ODoprh"].layout, Sfa.BAD_CHARACTER),
        (b"0x10", VARIABLES["ODoprh"].layout, Sfa.BAD_CHARACTER),
        (b"\x01", VARIABLES["ODoprh"].layout, Sfa.BAD_CHARACTER),
        (b"123456789", VARIABLES["ODoprh"].layout, Sfa.OVERFLOW),
        (b"+4294967296", VARIABLES["ODoprh"].layout, Sfa.OVERFLOW),
        (b"-1", VARIABLES["ODoprh"].layout, Sfa.OVERFLOW),
        (b"100", VARIABLES["SCdevicestate"].layout, Sfa.OVERFLOW),
        (b"2", METHODS["Run"].result, Sfa.CONDITION_FAILED),
        (b"3 ab", VARIABLES["LocationName"].layout, Sfa.TOO_LITTLE),
        (b"3 abcd", VARIABLES["LocationName"].layout, Sfa.TOO_MUCH),
        (b"3 a\x07c", VARIABLES["LocationName"].layout, Sfa.BAD_CHARACTER),
        (b"1 FEV 1", VARIABLES["SetActiveApplications"].layout, Sfa.BAD_CHARACTER),
    ],
)
def test_values_that_are_none_have_the_vendors_number(body: bytes, layout: Layout, code: Sfa) -> None:
    with pytest.raises(BadValue) as error:
        read_values(COLA_A, body, layout)
    assert error.value.code == code


@pytest.mark.parametrize("content", [b"", b"s", b"xRN ODoprh", b"sRN", b"sRN ", b"sRNODoprh", b"s1N x", b"sRN a-b"])
def test_what_is_no_command_is_refused(content: bytes) -> None:
    with pytest.raises(BadValue):
        decode(content)


@given(content=st.binary(max_size=300))
def test_the_checksum_is_the_exclusive_or_of_all_bytes(content: bytes) -> None:
    expected = 0
    for byte in content:
        expected ^= byte
    assert checksum(content) == expected
