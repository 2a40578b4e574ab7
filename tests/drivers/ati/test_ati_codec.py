"""The codec against bytes from elsewhere, and against everything that hypothesis can think of."""

from __future__ import annotations

import contextlib

import pytest
from cellkit_ati.protocol import units
from cellkit_ati.protocol.rdt import (
    MOST_RECORDS,
    RECORD_SIZE,
    Command,
    Record,
    Request,
    decode_records,
    decode_request,
    encode_record,
    encode_request,
)
from cellkit_ati.protocol.sequence import Arrival, SequenceCounter
from cellkit_ati.protocol.settings import LARGEST, NetFtSettings, achievable, decode_settings, encode_settings
from cellkit_ati.protocol.status import Family, code, describe, is_error
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ProtocolError

# Manual 9620-05-NET FT-11, chapter 10.2: streaming to a multicast group.
MANUAL_EXTENDED = bytes((0x12, 0x34, 0x80, 0x02, 0, 0, 0, 0, 224, 0, 5, 128, 0x6E, 0x5A))
# Recorded from the sockets of pynetft 2.1.3 (start, stop) and NetFT 2.0.1 (ten samples, start, stop).
RECORDED = {
    "1234000200000000": Request(Command.START),
    "1234000000000000": Request(Command.STOP),
    "123400020000000a": Request(Command.START, 10),
}
# netft/netft-cpp (commit 2380a61), test/test_protocol.cpp.
NETFT_CPP_REQUESTS = {
    "1234000300000007": Request(Command.START_BUFFERED, 7),
    "1234004100000007": Request(Command.RESET_LATCH, 7),
    "1234004200000007": Request(Command.BIAS, 7),
}
NETFT_CPP_RECORDS = {
    "ffffffff8000000080020000ffffffff00000002fffffffd00000004fffffffb00000006": Record(
        0xFFFFFFFF, 0x80000000, 0x80020000, (-1, 2, -3, 4, -5, 6)
    ),
    "000000010000000200000003800000007fffffffffffffff00000000800000017ffffffe": Record(
        1, 2, 3, (-(2**31), 2**31 - 1, -1, 0, -(2**31) + 1, 2**31 - 2)
    ),
}
# Of a Gamma SI-330-30 with firmware 2.2.59; from the page that sawyer-lab/sawyer-control (commit d1c78d6,
# bridge's tests) keeps of it.
LIVE_PAGE = b"""<?xml version="1.0"?><netft>
<runstat>0x00000000</runstat><runrate>7000</runrate>
<cfgnam>empty</cfgnam><cfgcalsel>0</cfgcalsel><cfgcalsn>FT27462</cfgcalsn>
<scfgfu>N</scfgfu><scfgtu>Nm</scfgtu>
<cfgtfx>0;0;132.710;0;0;0</cfgtfx><scfgtdu>mm</scfgtdu><scfgtau>degrees</scfgtau>
<cfgcpf>1000000</cfgcpf><cfgcpt>1000000</cfgcpt>
<cfgmr>330;330;990;30;30;30</cfgmr><cfgusra>empty</cfgusra><cfgusrb>empty</cfgusrb>
<setcfgsel>0</setcfgsel><setpke>1</setpke><setmce>0</setmce>
<setbias>745;17;447;184;-596;-253</setbias>
<setuserfilter>0</setuserfilter>
<comrdte>Enabled</comrdte><comrdtrate>100</comrdtrate><comrdtbsiz>1</comrdtbsiz>
<mfgdigsn>LOT2821</mfgdigsn><mfgdigver>2.2.59</mfgdigver>
</netft>"""

u32 = st.integers(0, 2**32 - 1)
i32 = st.integers(-(2**31), 2**31 - 1)
records = st.builds(Record, u32, u32, u32, st.tuples(i32, i32, i32, i32, i32, i32))


# --- requests and records -----------------------------------------------------------------------------------------


def test_the_manuals_extended_request() -> None:
    request = Request(Command.START, 0, ("224.0.5.128", 28250))
    assert encode_request(request) == MANUAL_EXTENDED
    assert decode_request(MANUAL_EXTENDED) == request


@pytest.mark.parametrize(("text", "request_"), [*RECORDED.items(), *NETFT_CPP_REQUESTS.items()])
def test_what_other_clients_send(text: str, request_: Request) -> None:
    assert encode_request(request_).hex() == text
    assert decode_request(bytes.fromhex(text)) == request_


@pytest.mark.parametrize(("text", "record"), NETFT_CPP_RECORDS.items())
def test_records_as_another_decoder_reads_them(text: str, record: Record) -> None:
    assert decode_records(bytes.fromhex(text)) == [record]
    assert encode_record(record).hex() == text


def test_counts_are_divided_as_in_the_manuals_example() -> None:
    """9620-05-C-Ethernet Axia, 8.4.1: with 1000000 counts per N, 4500000 counts are 4.5 N."""
    (record,) = decode_records(encode_record(Record(1, 1, 0, (0, 0, 4_500_000, 0, 0, 0))))
    assert record.counts[2] / 1_000_000 * units.newtons("N") == 4.5


@given(st.integers(0, 0x7FFF), u32)
def test_requests_round_trip(command: int, count: int) -> None:
    assert decode_request(encode_request(Request(command, count))) == Request(command, count)


@given(st.lists(records, min_size=1, max_size=MOST_RECORDS))
def test_records_round_trip_also_several_in_a_datagram(several: list[Record]) -> None:
    assert decode_records(b"".join(map(encode_record, several))) == several


@given(records, st.integers(1, RECORD_SIZE - 1))
def test_a_truncated_record_is_none(record: Record, size: int) -> None:
    with pytest.raises(ProtocolError) as found:
        decode_records(encode_record(record)[:size])
    assert found.value.data == encode_record(record)[:size]


def test_a_datagram_holds_forty_records_at_most() -> None:
    one = encode_record(Record(1, 1, 0, (0, 0, 0, 0, 0, 0)))
    assert len(decode_records(one * MOST_RECORDS)) == MOST_RECORDS
    for data in (b"", one * (MOST_RECORDS + 1)):
        with pytest.raises(ProtocolError):
            decode_records(data)


def test_counts_beyond_32_bits_stop_at_the_end() -> None:
    (record,) = decode_records(encode_record(Record(1, 1, 0, (2**40, -(2**40), 0, 0, 0, 0))))
    assert record.counts[:2] == (2**31 - 1, -(2**31))


@given(st.binary(max_size=100))
def test_garbage_is_a_protocol_error_or_a_request(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert encode_request(decode_request(data)) == data


@pytest.mark.parametrize(
    "text", ["", "12", "12340002000000", "4321000200000000", "123400020000000000", "1234800200000000"]
)
def test_what_is_no_request(text: str) -> None:
    with pytest.raises(ProtocolError):
        decode_request(bytes.fromhex(text))


# --- lost records -------------------------------------------------------------------------------------------------


def test_losses_are_counted_across_the_roll_over() -> None:
    counter = SequenceCounter()
    for number, sample in ((2**32 - 2, 10), (2**32 - 1, 17), (0, 24), (3, 45)):
        assert counter.take(number, sample) is Arrival.NEWEST
    assert counter.lost == 2
    assert counter.gap == 3


def test_a_late_record_was_not_lost() -> None:
    counter = SequenceCounter()
    for number in (1, 2, 5):
        counter.take(number, 7 * number)
    assert counter.lost == 2
    assert counter.take(4, 28) is Arrival.LATE
    assert (counter.lost, counter.newest) == (1, 5)
    assert counter.take(5, 35) is Arrival.DUPLICATE


def test_a_stream_that_begins_anew_is_no_loss() -> None:
    counter = SequenceCounter()
    counter.take(50, 350)
    assert counter.take(1, 357) is Arrival.RESTARTED
    assert counter.take(2, 364) is Arrival.NEWEST
    assert counter.lost == 0


@given(st.lists(st.booleans(), min_size=1, max_size=200), u32, u32)
def test_losses_are_those_that_were_dropped(arrives: list[bool], start: int, sample: int) -> None:
    counter = SequenceCounter()
    counter.take(start, sample)
    last = 0
    for step, came in enumerate(arrives, 1):
        if came:
            counter.take((start + step) % 2**32, (sample + 7 * step) % 2**32)
            last = step
    assert counter.lost == arrives[:last].count(False)


# --- status -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (0, False, ""),
        (0x80010000, False, "monitor condition"),
        (0x80020000, True, "saturated"),
        (0x80030000, True, "saturated"),
        (0x80000000, True, "error"),
        (0x84000000, True, "program memory"),
        (0x00000004, True, "temperature"),
    ],
)
def test_the_status_of_a_net_box(status: int, error: bool, words: str) -> None:
    assert is_error(status, Family.NET_BOX) is error
    assert words in describe(status, Family.NET_BOX)


# Patterns of table 4.9 in 9610-05-Ethernet Axia-09; the last row is the manual's example of two errors at once.
AXIA_PATTERNS = [
    (0x80000001, True, "temperature"), (0x80000002, True, "supply voltage"), (0x80000004, True, "broken gage"),
    (0x80000020, True, "common"), (0x00010000, False, "monitor condition"), (0x88000000, True, "gage out of range"),
    (0x10000000, False, "simulated"), (0xA0000000, True, "checksum"), (0xC0000000, True, "torque out of range"),
    (0x80000005, True, "broken gage, internal temperature"), (0x00000000, False, ""),
]  # fmt: skip


@pytest.mark.parametrize(("status", "error", "words"), AXIA_PATTERNS)
def test_the_status_of_an_axia(status: int, error: bool, words: str) -> None:
    assert is_error(status, Family.AXIA) is error
    assert words in describe(status, Family.AXIA)


def test_the_same_bit_means_another_thing() -> None:
    assert describe(0xC0000000, Family.NET_BOX) == "CPU or RAM error"
    assert code(0xC0000000) == "0xC0000000"


@given(u32, st.sampled_from(Family))
def test_every_status_has_a_text_and_every_error_a_word(status: int, family: Family) -> None:
    text = describe(status, family)
    assert text or not is_error(status, family)


# --- units and settings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "newtons"),
    [
        ("N", 1.0), ("kN", 1000.0), ("lbf", 4.4482216152605), ("Lbf", 4.4482216152605), ("Klbf", 4448.2216152605),
        ("kg", 9.80665), ("kgf", 9.80665), ("gf", 0.00980665),
    ],
)  # fmt: skip
def test_units_of_force(unit: str, newtons: float) -> None:
    assert units.newtons(unit) == pytest.approx(newtons, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "newton_metres"),
    [
        ("Nm", 1.0), ("N-m", 1.0), ("Nmm", 0.001), ("N-mm", 0.001), ("kNm", 1000.0), ("Lbf-in", 0.1129848290276167),
        ("lbf-ft", 1.3558179483314004), ("kg-cm", 0.0980665), ("kgf-cm", 0.0980665),
    ],
)  # fmt: skip
def test_units_of_torque(unit: str, newton_metres: float) -> None:
    assert units.newton_metres(unit) == pytest.approx(newton_metres, rel=1e-12)


@pytest.mark.parametrize("unit", ["", "dyn", "stone", "Nm"])
def test_an_unknown_unit_is_named(unit: str) -> None:
    with pytest.raises(ValueError, match=f"'{unit}'"):
        units.newtons(unit)


def test_the_page_of_a_real_box() -> None:
    settings = decode_settings(LIVE_PAGE)
    assert (settings.counts_per_force, settings.counts_per_torque) == (1e6, 1e6)
    assert (settings.force_unit, settings.torque_unit, settings.calibration) == ("N", "Nm", "FT27462")
    assert (settings.rate, settings.buffer, settings.enabled, settings.status) == (100, 1, True, 0)
    assert settings.bias == (745, 17, 447, 184, -596, -253)
    assert settings.ranges == (330.0, 330.0, 990.0, 30.0, 30.0, 30.0)
    assert settings.transform == (0.0, 0.0, 132.71, 0.0, 0.0, 0.0)
    assert settings.family is Family.NET_BOX


def test_the_least_page_that_another_client_reads() -> None:
    """The page of netft-cpp's own virtual sensor, and a rate, which it does not look at."""
    page = (
        b"<netft><prodname>Ethernet Axia</prodname><cfgcpf>1000000</cfgcpf><cfgcpt>1000000</cfgcpt>"
        b"<scfgfu>N</scfgfu><scfgtu>Nm</scfgtu><comrdtrate>1953</comrdtrate></netft>"
    )
    settings = decode_settings(page)
    assert (settings.family, settings.rate, settings.transform) == (Family.AXIA, 1953, ())


positive = st.floats(1e-3, 1e9)
ranges = st.tuples(*[st.floats(0.0, 1e5)] * 6)


@given(positive, positive, st.tuples(*[i32] * 6), ranges, ranges, st.integers(1, 7812), st.booleans(), u32)
def test_settings_round_trip(
    force: float, torque: float, bias: tuple[int, ...], most: tuple[float, ...], moved: tuple[float, ...],
    rate: int, enabled: bool, status: int,
) -> None:  # fmt: skip
    settings = NetFtSettings(
        force, torque, "lbf", "lbf-in", "Net F/T & more", "FT<1>", status, rate, 3, enabled, bias, bias, most, moved
    )
    assert decode_settings(encode_settings(settings)) == settings


@pytest.mark.parametrize(
    "page",
    [
        b"", b"<html>login</html>", b"<netft>", LIVE_PAGE.replace(b"<cfgcpf>1000000", b"<cfgcpf>0"),
        LIVE_PAGE.replace(b"<cfgcpt>1000000", b"<cfgcpt>many"), LIVE_PAGE.replace(b"<cfgcpf>1000000", b"<cfgcpf>nan"),
        LIVE_PAGE.replace(b"scfgtu", b"other"), LIVE_PAGE.replace(b">100<", b">0<"),
        LIVE_PAGE.replace(b"0x00000000", b"fine"), LIVE_PAGE + b" " * LARGEST,
        b'<?xml version="1.0" encoding="no-such"?><netft/>',
        b'<!DOCTYPE netft [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + LIVE_PAGE[21:].replace(b">N<", b">&b;<"),
    ],
)  # fmt: skip
def test_what_is_no_settings_page(page: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_settings(page)


@given(st.binary(max_size=200))
def test_garbage_is_no_settings_page(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_settings(data)


# What sawyer-control has taken from section 4.7 of manual 9620-05-NET FT-22: the next rate that is 7000 / n.
@pytest.mark.parametrize(
    ("asked", "done"),
    [(7000, 7000), (3500, 3500), (2333, 2333), (1000, 1000), (100, 100), (99, 100), (150, 152), (1, 1)],
)
def test_rates_that_a_net_box_can_do(asked: int, done: int) -> None:
    assert achievable(asked, Family.NET_BOX) == done
    assert achievable(7812, Family.AXIA) == 7812
