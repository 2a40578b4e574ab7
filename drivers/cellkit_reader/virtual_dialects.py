"""What a virtual reader answers to the commands of the vendors, and what it refuses."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol

from typing_extensions import override

from cellkit.transport import ByteStream
from cellkit_reader.protocol.dialects import Dialect

OWN_LIMIT = 0.3
"""s after which a reader without a stop command gives up by itself, where it does."""
BANKS = 16
_BUSY = "20"


class SpokenReader(Protocol):
    """What a dialect triggers and reports."""

    dialect: Dialect
    responses: bool
    counts: dict[str, int]

    @property
    def reading(self) -> bool:
        """Whether it looks for a code now."""

    def begin(self, stream: ByteStream, limit: float | None) -> None:
        """Look for a code, for ``limit`` s at most; None: until a stop command."""

    def finish(self) -> None:
        """Stop looking, and report that nothing was read."""

    def tell(self, stream: ByteStream, text: str) -> None:
        """Send a line."""


class Speaker(ABC):
    """One dialect."""

    def __init__(self, reader: SpokenReader) -> None:
        self._reader = reader

    @abstractmethod
    def hear(self, line: str, stream: ByteStream) -> Sequence[str]:
        """Return a command; what is answered at once."""


class Keyence(Speaker):
    """SR series: level trigger, which looks until LOFF; a code is sent as soon as it is read."""

    @override
    def hear(self, line: str, stream: ByteStream) -> Sequence[str]:
        """Return what stands before an ESC is forgotten."""
        command, *parameters = line.rpartition("\x1b")[2].split(",")
        if command in ("LON", "LOFF"):
            error = self._trigger(command, parameters, stream)
            if not self._reader.responses:
                return []
            return [f"ER,{command},{error}" if error else f"OK,{command}"]
        counts = self._reader.counts
        answers = {
            "KEYENCE": "SR-1000,virtual",
            "NUM": f"{counts['ok']},0,{counts['error']},0,{counts['triggers']}",
            "BCLR": "",
            "BUSYSTAT": "trg" if self._reader.reading else "none",
            "CMDSTAT": "none",
            "ERRSTAT": "none",
        }
        if command not in answers:
            return [f"ER,{command},00"]
        if parameters:
            return [f"ER,{command},01"]
        return [f"OK,{command}" + (f",{answers[command]}" if answers[command] else "")]

    def _trigger(self, command: str, parameters: list[str], stream: ByteStream) -> str:
        """Return an error number, or nothing."""
        reader = self._reader
        if command == "LOFF":
            if parameters:
                return "01"
            if not reader.reading:
                return _BUSY
            reader.finish()
            return ""
        if len(parameters) > 1:
            return "01"
        if parameters and not (re.fullmatch(r"\d\d", parameters[0]) and 1 <= int(parameters[0]) <= BANKS):
            return "02"
        if reader.reading:
            return _BUSY
        reader.begin(stream, None)
        return ""


class Cognex(Speaker):
    """DataMan with silent responses, as it is delivered: what it does not take is ignored without a word."""

    @override
    def hear(self, line: str, stream: ByteStream) -> Sequence[str]:
        command = re.fullmatch(r"\|\|(?:0(?::\d+)?)?>(.*)", line)
        words = command[1].upper().split() if command else []
        if words == ["TRIGGER", "ON"] and not self._reader.reading:
            self._reader.begin(stream, OWN_LIMIT)
        elif words == ["TRIGGER", "OFF"] and self._reader.reading:
            self._reader.finish()
        elif words == ["GET", "COM.DMCC-RESPONSE"]:
            return ["0"]
        return []


class Sick(Speaker):
    """CLV and Lector readers: the reading gate, which a good read closes."""

    @override
    def hear(self, line: str, stream: ByteStream) -> Sequence[str]:
        reader = self._reader
        if line == "sMN mTCgateon":
            taken = not reader.reading
            if taken:
                reader.begin(stream, None)
            return [f"sAN mTCgateon {int(taken)}"]
        if line == "sMN mTCgateoff":
            if not reader.reading:
                return ["sAN mTCgateoff 0"]
            reader.tell(stream, "sAN mTCgateoff 1")
            reader.finish()
            return []
        return ["sFA 2" if line.startswith("sMN ") else "sFA 3"]


class Plain(Speaker):
    """Any reader that takes one word as a trigger and gives up by itself."""

    @override
    def hear(self, line: str, stream: ByteStream) -> Sequence[str]:
        if line == self._reader.dialect.trigger and not self._reader.reading:
            self._reader.begin(stream, OWN_LIMIT)
        return []


SPEAKERS: dict[str, Callable[[SpokenReader], Speaker]] = {
    "keyence": Keyence,
    "cognex": Cognex,
    "sick": Sick,
    "plain": Plain,
}
