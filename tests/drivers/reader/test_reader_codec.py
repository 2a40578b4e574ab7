"""Lines and what they mean, against texts from elsewhere and everything that hypothesis can think of."""

from __future__ import annotations

import contextlib

import pytest
from cellkit_reader.config import TextConfig
from cellkit_reader.protocol.dialects import DIALECTS, Heard, Meaning, encode, understand
from cellkit_reader.protocol.lines import LineReader
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ProtocolError

LONGEST = 100
KEYENCE, COGNEX, SICK, PLAIN = (DIALECTS[name] for name in ("keyence", "cognex", "sick", "plain"))
ACKNOWLEDGED, NO_READ = Heard(Meaning.ACKNOWLEDGED), Heard(Meaning.NO_READ)


def refused(text: str, code: str, command: str = "") -> Heard:
    return Heard(Meaning.REFUSED, text, code, command)


# --- what is sent -------------------------------------------------------------------------------------------------

SENT = {
    # Keyence SR-750 user's manual, pages 71 and 72; the same bytes in vention-barcode-scanner 0.8.3.
    ("keyence", "trigger"): b"LON\r",
    ("keyence", "stop"): b"LOFF\r",
    # Cognex, DataMan Control Commands: ||>TRIGGER ON\r\n; names are not case-sensitive.
    ("cognex", "trigger"): b"||>TRIGGER ON\r\n",
    # industrialmonitordirect.com, "SICK CLV6300: ASCII command": the frame byte by byte.
    ("sick", "trigger"): bytes.fromhex("02734d4e206d5443676174656f6e03"),
}


@pytest.mark.parametrize(
    ("what", "data"), SENT.items(), ids=lambda one: " ".join(one) if isinstance(one, tuple) else ""
)
def test_commands_are_the_vendors(what: tuple[str, str], data: bytes) -> None:
    dialect = DIALECTS[what[0]]
    assert encode(dialect, getattr(dialect, what[1])) == data


# --- what is heard ------------------------------------------------------------------------------------------------

HEARD = [
    # SR-750 manual, pages 71 and 72: responses, when they are switched on; numbers of the SR-1000.
    (KEYENCE, "OK,LON", ACKNOWLEDGED),
    (KEYENCE, "OK,LOFF", ACKNOWLEDGED),
    (KEYENCE, "ER,LON,20", refused("cannot be carried out in the present state", "20", "LON")),
    (KEYENCE, "ER,LOFF,20", refused("cannot be carried out in the present state", "20", "LOFF")),
    (KEYENCE, "ERROR", NO_READ),
    (KEYENCE, "OK,LO", Heard(Meaning.CODE, "OK,LO")),
    (KEYENCE, "ER,LON,2", Heard(Meaning.CODE, "ER,LON,2")),
    # DMCC: ||checksum:command-id[status]; codes of the table of responses.
    (COGNEX, "||[0]", ACKNOWLEDGED),
    (COGNEX, "||0:123[0]", ACKNOWLEDGED),
    (COGNEX, "||[0]ON", ACKNOWLEDGED),
    (COGNEX, "||[101]", refused("command invalid", "101")),
    (COGNEX, "||0:7[104]", refused("parameter rejected or altered because of the reader's state", "104")),
    (COGNEX, "NOREAD", NO_READ),
    (COGNEX, "||ABC", Heard(Meaning.CODE, "||ABC")),
    # Answers that users of SICK readers compare with: "sAN mTCgateon 1", "sAN mTCgateon 0", "NoRead".
    (SICK, "sAN mTCgateon 1", ACKNOWLEDGED),
    (SICK, "sAN mTCgateoff 1", ACKNOWLEDGED),
    (SICK, "sAN mTCgateon 0", refused("the reading gate is in this state already", "0", "sMN mTCgateon")),
    (SICK, "sFA 3", refused("CoLa error", "3")),
    (SICK, "NoRead", NO_READ),
    (PLAIN, "ERROR", Heard(Meaning.CODE, "ERROR")),
    (PLAIN, "Ünit 7, top", Heard(Meaning.CODE, "Ünit 7, top")),
]


@pytest.mark.parametrize(("dialect", "line", "heard"), HEARD)
def test_what_lines_mean(dialect: object, line: str, heard: Heard) -> None:
    assert understand(dialect, line.encode()) == heard  # type: ignore[arg-type]


def test_a_code_must_be_utf_8() -> None:
    with pytest.raises(ProtocolError) as found:
        understand(PLAIN, b"caf\xe9")
    assert found.value.data == b"caf\xe9"


def test_a_preset_can_be_changed_in_every_part() -> None:
    config = TextConfig(dialect="keyence", trigger="S", stop="", no_read=["?", "NR"], header="\x02", terminator="\x03")
    dialect = config.spoken()
    assert encode(dialect, dialect.trigger) == b"\x02S\x03"
    assert (dialect.stop, dialect.no_read) == ("", ("?", "NR"))
    assert understand(dialect, b"NR") == NO_READ
    assert TextConfig().spoken() == KEYENCE


# --- lines --------------------------------------------------------------------------------------------------------

texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00\x02\x03"), min_size=1, max_size=20)
dialects = st.sampled_from([KEYENCE, COGNEX, SICK, PLAIN])


@given(dialects, st.lists(texts, max_size=8), st.data())
def test_lines_come_out_whole_wherever_the_bytes_are_cut(
    dialect: object, lines: list[str], data: st.DataObject
) -> None:
    stream = b"".join(encode(dialect, line) for line in lines)  # type: ignore[arg-type]
    reader = LineReader(dialect.header, dialect.terminator, LONGEST)  # type: ignore[attr-defined]
    found: list[bytes] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += reader.feed(stream[:size])
        stream = stream[size:]
    assert [line.decode() for line in found] == lines
    assert reader.rest == b""


@given(dialects, st.lists(st.binary(max_size=60), max_size=30))
def test_garbage_is_bounded_and_never_hangs(dialect: object, pieces: list[bytes]) -> None:
    reader = LineReader(dialect.header, dialect.terminator, LONGEST)  # type: ignore[attr-defined]
    with contextlib.suppress(ProtocolError):
        for piece in pieces:
            for line in reader.feed(piece):
                understand(dialect, line)  # type: ignore[arg-type]
            assert len(reader.rest) <= LONGEST


def test_a_line_that_never_ends_is_a_protocol_error() -> None:
    reader = LineReader(b"", b"\r", LONGEST)
    reader.feed(b"x" * LONGEST)
    with pytest.raises(ProtocolError, match="more than 100 bytes"):
        reader.feed(b"x")
    with pytest.raises(ProtocolError):
        LineReader(b"", b"\r", LONGEST).feed(b"x" * 101 + b"\r")


@pytest.mark.parametrize("end", [b"\r", b"\r\n"])
def test_a_reader_may_add_a_line_feed(end: bytes) -> None:
    reader = LineReader(b"", b"\r", LONGEST)
    found = [line for byte in b"one" + end + b"two" + end for line in reader.feed(bytes((byte,)))]
    assert found == [b"one", b"two"]
    assert reader.rest == b"", "what is left of an end is no beginning"


def test_between_frames_there_is_nothing_else() -> None:
    reader = LineReader(b"\x02", b"\x03", LONGEST)
    assert reader.feed(b"\r\n\x02one\x03\r\n\x02two\x03") == [b"one", b"two"]
    with pytest.raises(ProtocolError, match="does not begin"):
        reader.feed(b"three\x03")
