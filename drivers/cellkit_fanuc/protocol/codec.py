"""Packets and bytes: one JSON object a line, ASCII, ended by CR LF; exactly one key names the packet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn, TypeAlias, get_args

from cellkit.errors import ProtocolError

Kind: TypeAlias = Literal["Communication", "Command", "Instruction"]

KINDS: tuple[Kind, ...] = get_args(Kind)
END = b"\r\n"
LONGEST = 4096  # bytes of a line; the longest packet that FANUC's own client sends has less than 1000


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet: ``{kind: name, **fields}``."""

    kind: Kind
    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def encode(packet: Packet) -> bytes:
    """Encode a packet with its line end. Raises ``ValueError`` for numbers that JSON does not have."""
    text = json.dumps({packet.kind: packet.name, **packet.fields}, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + END


def decode(line: bytes) -> Packet:
    """Decode the packet in a line without its end. Raises ``ProtocolError`` with the bytes."""
    try:
        found = json.loads(line.decode("ascii"), parse_constant=_no_number, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise _broken(f"not a packet: {error}", line) from None
    if not isinstance(found, dict):
        raise _broken("not a JSON object", line)
    kinds = [kind for kind in KINDS if kind in found]
    if len(kinds) != 1:
        raise _broken(f"needs exactly one of {', '.join(KINDS)}, has {len(kinds)}", line)
    name = found.pop(kinds[0])
    if not isinstance(name, str):
        raise _broken(f"{kinds[0]} is not a text", line)
    return Packet(kinds[0], name, found)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number in JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _broken(why: str, data: bytes) -> ProtocolError:
    return ProtocolError("RMI", why, data=data[:LONGEST])


class Lines:
    """Cuts what arrives into lines, wherever it was split on its way. Keeps ``LONGEST`` bytes at most."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that are complete now, without their ends.

        Raises ``ProtocolError`` for a line without an end.
        """
        *lines, rest = (self._rest + data).split(END)
        if max(map(len, (rest, *lines))) > LONGEST:
            self._rest = b""
            raise _broken(f"a line of more than {LONGEST} bytes", data)
        self._rest = rest
        return [line for line in lines if line.strip()]
