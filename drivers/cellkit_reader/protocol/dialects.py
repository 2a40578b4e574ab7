"""How readers are triggered and answer, by vendor.

* Keyence: SR-750 user's manual, pages 71 and 72; error numbers of the SR-1000.
* Cognex: DataMan Control Commands (DMCC), silent and extended responses.
* SICK: the commands of CLV and Lector readers for the reading gate, framed with STX and ETX.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from cellkit.errors import ProtocolError

KEYENCE_ERRORS = {
    "00": "undefined command",
    "01": "wrong number of parameters",
    "02": "parameter 1 is out of range",
    "03": "parameter 2 is out of range",
    "04": "parameter 2 is not in hexadecimal",
    "05": "parameter 2 is in hexadecimal but out of range",
    "10": "wrong preset data",
    "11": "wrong area data",
    "12": "no such file",
    "20": "cannot be carried out in the present state",
    "21": "the buffer is full",
    "22": "the parameters could not be loaded or saved",
    "23": "the setting tool is connected",
    "99": "the reader may be faulty",
}
COGNEX_ERRORS = {
    100: "unidentified error",
    101: "command invalid",
    102: "parameter invalid",
    103: "checksum incorrect",
    104: "parameter rejected or altered because of the reader's state",
    105: "reader unavailable",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is sent and heard. ``stop`` is empty where nothing ends a reading."""

    name: str
    header: bytes
    terminator: bytes
    trigger: str
    stop: str
    no_read: tuple[str, ...]


DIALECTS = {
    one.name: one
    for one in (
        Dialect("keyence", b"", b"\r", "LON", "LOFF", ("ERROR",)),
        Dialect("cognex", b"", b"\r\n", "||>TRIGGER ON", "||>TRIGGER OFF", ("NOREAD",)),
        Dialect("sick", b"\x02", b"\x03", "sMN mTCgateon", "sMN mTCgateoff", ("NoRead",)),
        Dialect("plain", b"", b"\r\n", "TRIGGER", "", ("NOREAD",)),
    )
}


class Meaning(Enum):
    """What a line from a reader is."""

    CODE = "code"
    NO_READ = "no read"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Heard:
    """A line from a reader: the ``text`` of a code; of a refusal text, ``code`` and ``command`` (empty: not stated)."""

    meaning: Meaning
    text: str = ""
    code: str = ""
    command: str = ""


def encode(dialect: Dialect, text: str) -> bytes:
    """Return a line, as it is sent."""
    return dialect.header + text.encode() + dialect.terminator


def understand(dialect: Dialect, line: bytes) -> Heard:
    """Return what a line means. Raises ``ProtocolError`` for one that is not UTF-8."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError("reader", f"a line that is not UTF-8: {error.reason}", data=line[:100]) from None
    if text in dialect.no_read:
        return Heard(Meaning.NO_READ)
    understood = {"keyence": _keyence, "cognex": _cognex, "sick": _sick}.get(dialect.name)
    return (understood(dialect, text) if understood else None) or Heard(Meaning.CODE, text)


def _keyence(dialect: Dialect, text: str) -> Heard | None:
    commands = [command for command in (dialect.trigger, dialect.stop) if command]
    if text in [f"OK,{command}" for command in commands]:
        return Heard(Meaning.ACKNOWLEDGED)
    for command in commands:
        refused = re.fullmatch(rf"ER,{re.escape(command)},(\d\d)", text)
        if refused:
            number = refused[1]
            return Heard(Meaning.REFUSED, KEYENCE_ERRORS.get(number, "unknown error"), number, command)
    return None


def _cognex(_dialect: Dialect, text: str) -> Heard | None:
    answer = re.fullmatch(r"\|\|(?:[01](?::\d+)?)?\[(\d{1,9})\].*", text)
    if answer is None:
        return None
    status = int(answer[1])
    if status < 100:
        return Heard(Meaning.ACKNOWLEDGED)
    return Heard(Meaning.REFUSED, COGNEX_ERRORS.get(status, "unknown error"), str(status))


def _sick(dialect: Dialect, text: str) -> Heard | None:
    for command in (dialect.trigger, dialect.stop):
        name = command.removeprefix("sMN ")
        if text == f"sAN {name} 1":
            return Heard(Meaning.ACKNOWLEDGED)
        if text == f"sAN {name} 0":
            return Heard(Meaning.REFUSED, "the reading gate is in this state already", "0", command)
    error = re.fullmatch(r"sFA ([0-9A-F]+)", text)
    if error:
        return Heard(Meaning.REFUSED, "CoLa error", error[1])
    return None
