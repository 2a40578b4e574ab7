"""The URCap's text protocol: lines of variables, ``GET VAR`` and ``SET VAR n [VAR n …]``.

The acknowledgement of SET is three bytes without an end of line: the vendor's own script reads just three, and clients
compare with exactly these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cellkit.digits import whole_number
from cellkit.errors import ProtocolError
from cellkit_robotiq.protocol.gripper import Activation, Command, Detection, Status

ACKNOWLEDGED = b"ack"
_WHOLE = re.compile(rb"[A-Z]{3} (\d{1,3}|\?)")
LONGEST = 512  # bytes of a line
STATUS_VARIABLES = ("ACT", "GTO", "STA", "OBJ", "FLT", "PRE", "POS")


@dataclass(frozen=True, slots=True)
class Get:
    """A question."""

    variable: str


@dataclass(frozen=True, slots=True)
class Set:
    """Variables to be set, in the order in which they stand."""

    values: tuple[tuple[str, int], ...]


class LineReader:
    """Cuts what clients send into lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Lines without their ends. Raises ``ProtocolError`` for one that does not end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r")
        if len(self._rest) > LONGEST:
            raise ProtocolError("robotiq", f"a line of more than {LONGEST} bytes", data=self._rest[:64])


class AnswerReader:
    """Cuts what the server sends into answers."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Answers without the ends of their lines. Raises ``ProtocolError`` for one that does not end."""
        self._rest = (self._rest + data).lstrip()
        while self._rest:
            if self._rest.startswith(ACKNOWLEDGED):
                answer, self._rest = ACKNOWLEDGED, self._rest[len(ACKNOWLEDGED) :].lstrip()
            elif b"\n" in self._rest:
                answer, _, rest = self._rest.partition(b"\n")
                self._rest = rest.lstrip()
            else:
                break
            yield answer.rstrip(b"\r")
        if len(self._rest) > LONGEST:
            raise ProtocolError("robotiq", f"an answer of more than {LONGEST} bytes", data=self._rest[:64])

    @property
    def whole(self) -> bool:
        """Whether what is left is an answer, if nothing more comes: no source settles whether GET's has a line end."""
        return _WHOLE.fullmatch(self._rest) is not None

    def take(self) -> bytes:
        """Return what is left."""
        rest, self._rest = self._rest, b""
        return rest


def encode_get(variable: str) -> bytes:
    """Return a question."""
    return f"GET {variable}\n".encode()


def encode_set(values: Mapping[str, int]) -> bytes:
    """Return a command; order matters, GTO goes last."""
    return f"SET {' '.join(f'{name} {value}' for name, value in values.items())}\n".encode()


def command_values(command: Command) -> dict[str, int]:
    """Return the variables of a command, in an order that is good."""
    return {
        "ACT": int(command.activate),
        "ATR": int(command.automatic_release),
        "ARD": int(command.release_opens),
        "POS": command.position,
        "SPE": command.speed,
        "FOR": command.force,
        "GTO": int(command.go),
    }


def decode_request(line: bytes) -> Get | Set:
    """Return a line from a client. Raises ``ProtocolError``."""
    words = line.decode("ascii", "replace").split()
    if len(words) == 2 and words[0] == "GET":
        return Get(words[1])
    if len(words) >= 3 and len(words) % 2 == 1 and words[0] == "SET":
        try:
            # Some clients write floats; the server takes whole numbers.
            values = tuple((name, int(float(value))) for name, value in zip(words[1::2], words[2::2], strict=True))
        except (ValueError, OverflowError):
            raise ProtocolError("robotiq", "SET with something that is no number", data=line) from None
        return Set(values)
    raise ProtocolError("robotiq", "neither GET VAR nor SET VAR n", data=line)


def encode_answer(variable: str, value: int | None) -> bytes:
    """Return the answer to a question; ``?`` for what cannot be read."""
    return f"{variable} {'?' if value is None else value}\n".encode()


def decode_answer(line: bytes, variable: str) -> int:
    """Return the value in an answer. Raises ``ProtocolError`` for another or unreadable answer."""
    words = line.split()
    value = whole_number(words[1], 0xFFFF) if len(words) == 2 and words[0] == variable.encode() else None
    if value is None:
        raise ProtocolError("robotiq", f"no value of {variable}", data=line)
    return value


def status_of(values: Mapping[str, int]) -> Status:
    """Return a status from the variables that make it. Raises ``ProtocolError`` for numbers that it cannot have."""
    try:
        return Status(
            bool(values["ACT"]),
            bool(values["GTO"]),
            Activation(values["STA"]),
            Detection(values["OBJ"]),
            values["FLT"],
            values["PRE"],
            values["POS"],
        )
    except (KeyError, ValueError) as error:
        raise ProtocolError("robotiq", f"no status: {error}") from None
