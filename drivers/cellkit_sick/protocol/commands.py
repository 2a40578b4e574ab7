"""Variables, methods and events of the scanners, and what is in their telegrams.

Sources: requests and answers in the sources and recorded logs of SICKAG/sick_scan_xd (commit 2d47966) and in its issues
35, 39, 128 and 419; sick_scan's issues 4, 44 and 80; the commands of pysicktim 0.0.9; operating instructions of the
LMS4000 (telegram structure of LMDscandatacfg) and of the LMS500 (LCMstate).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, TypeAlias

from cellkit_sick.protocol.errors import BadValue, Sfa
from cellkit_sick.protocol.telegrams import Dialect
from cellkit_sick.protocol.values import Reader, Writer

Value: TypeAlias = int | str
Values: TypeAlias = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One value: its kind, and its size in bits (numbers) or characters (words)."""

    kind: Literal["uint", "sint", "flag", "text", "word"]
    size: int = 8


Layout: TypeAlias = tuple[Item, ...]

U8, U16, U32 = Item("uint", 8), Item("uint", 16), Item("uint", 32)
S16, S32 = Item("sint", 16), Item("sint", 32)
FLAG, TEXT, WORD4, WORD7 = Item("flag"), Item("text"), Item("word", 4), Item("word", 7)


class Level(IntEnum):
    """User levels."""

    RUN = 0
    OPERATOR = 1
    MAINTENANCE = 2
    CLIENT = 3
    SERVICE = 4


PASSWORDS = {Level.MAINTENANCE: 0xB21ACE26, Level.CLIENT: 0xF4724744, Level.SERVICE: 0x81BE23AA}
"""Hashes of the passwords as delivered (pysicktim)."""


@dataclass(frozen=True, slots=True)
class Variable:
    """What is read (``sRN``) and, where ``level`` is not None, written from that level on (``sWN``)."""

    layout: Layout
    level: Level | None = None
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Method:
    """What is called (``sMN``), from a level on."""

    arguments: Layout = ()
    result: Layout = ()
    level: Level = Level.RUN


SCAN_CONFIG: Layout = (U32, S16, U32, S32, S32)
"""Turns (1/100 Hz), sectors, resolution, first and last angle (1/10000 deg)."""
DATA_CONFIG: Layout = (U8, U8, FLAG, U8, U8, U8, U8, FLAG, FLAG, FLAG, FLAG, U16)
"""Channels (2), remission, its 16 bits, its unit, encoders (2), position, name, comment, time, each how many turns."""

FIELD, FIELDS = "field", 30
"""Fields that an LMS1xx evaluates itself, ``field000`` and on: here without a configuration, which is a 0."""

VARIABLES: dict[str, Variable] = {
    "DeviceIdent": Variable((TEXT, TEXT)),
    "FirmwareVersion": Variable((TEXT,)),
    "SerialNumber": Variable((TEXT,)),
    "DItype": Variable((TEXT,)),
    "OrdNum": Variable((TEXT,)),
    "DIornr": Variable((WORD7,)),
    "LocationName": Variable((TEXT,), Level.CLIENT),
    "SCdevicestate": Variable((U8,)),
    "LCMstate": Variable((U8,)),
    "ODoprh": Variable((U32,)),
    "ODpwrc": Variable((U32,)),
    "EIHstCola": Variable((U8,), Level.CLIENT),
    "EIIpAddr": Variable((U8, U8, U8, U8), Level.CLIENT),
    "LMPscancfg": Variable(SCAN_CONFIG),
    "LMPoutputRange": Variable((S16, U32, S32, S32), Level.CLIENT),
    "LMDscandatacfg": Variable(DATA_CONFIG, Level.CLIENT),
    "LFPparticle": Variable((FLAG, U16), Level.CLIENT),
    "LFPmeanfilter": Variable((FLAG, U16, U8), Level.CLIENT),
    "SetActiveApplications": Variable((U16, WORD4, FLAG), Level.CLIENT, readable=False),
    **{f"{FIELD}{number:03}": Variable((U8,)) for number in range(FIELDS)},
}
IDENT: Layout = (TEXT, TEXT)
"""What is answered to ``sRI 0``, too."""

METHODS: dict[str, Method] = {
    "SetAccessMode": Method((U8, U32), (FLAG,)),
    "CheckPassword": Method((U8, U32), (FLAG,)),
    "Run": Method((), (FLAG,)),
    "LMCstartmeas": Method((), (U8,), Level.CLIENT),
    "LMCstopmeas": Method((), (U8,), Level.CLIENT),
    "LMCstandby": Method((), (U8,), Level.CLIENT),
    "mLMPsetscancfg": Method(SCAN_CONFIG, (U8, *SCAN_CONFIG), Level.CLIENT),
    "mEEwriteall": Method((), (FLAG,), Level.CLIENT),
    "mSCloadfacdef": Method((), (), Level.CLIENT),
    "mSCloadappdef": Method((), (), Level.CLIENT),
    "mSCreboot": Method((), (), Level.CLIENT),
}

SCANS = "LMDscandata"
FIELD_EVENTS = ("LFErec", "LIDoutputstate", "LIDinputstate")
"""Results of fields, and states of outputs and inputs: of scanners that evaluate fields."""


def read_values(dialect: Dialect, body: bytes, layout: Layout) -> Values:
    """Return the values in a body, all of them and nothing else. Raises ``BadValue``."""
    reader = dialect.reader(body)
    values = tuple(_read(reader, item) for item in layout)
    if reader.rest() and body.strip(b" "):  # an empty body may have a blank for itself
        raise BadValue(Sfa.TOO_MUCH, "more values than the command has", body[-64:])
    return values


def _read(reader: Reader, item: Item) -> Value:
    if item.kind == "text":
        return reader.text()
    if item.kind == "word":
        return reader.word(item.size)
    if item.kind == "sint":
        return reader.sint(item.size)
    value = reader.uint(item.size)
    if item.kind == "flag" and value > 1:
        raise BadValue(Sfa.CONDITION_FAILED, f"{value} is neither 0 nor 1")
    return value


def write_values(dialect: Dialect, values: Values, layout: Layout) -> bytes:
    """Return a body. Raises ``BadValue`` for what does not fit and ``ValueError`` for more or fewer values."""
    writer = dialect.writer()
    for value, item in zip(values, layout, strict=True):
        _write(writer, value, item)
    return writer.body()


def _write(writer: Writer, value: Value, item: Item) -> None:
    if isinstance(value, str):
        (writer.text if item.kind == "text" else writer.word)(value)
    elif item.kind == "sint":
        writer.sint(value, item.size)
    else:
        writer.uint(value, item.size)
