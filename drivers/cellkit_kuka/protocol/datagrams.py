"""RSI datagrams: ``<Rob Type="KUKA">…<IPOC>n</IPOC></Rob>`` and ``<Sen Type="…">…<IPOC>n</IPOC></Sen>``.

They are flat: elements with attributes, or with text, one level below the root. That is read here directly, at 250
datagrams a second; entities, comments and document types are refused, so nothing can be smuggled in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cellkit.errors import ProtocolError
from cellkit_kuka.protocol.context import Field

Value = float | int | bool | str

LARGEST = 8192
"""Bytes of one datagram; 64 channels and all internal fields need less."""

_ROOT = re.compile(r'\s*<(Rob|Sen)\s+(?:Type|TYPE)\s*=\s*"([^"<&]*)"\s*>(.*)</\1\s*>\s*\Z', re.DOTALL)
_ELEMENT = re.compile(r'\s*<([A-Za-z_]\w*)((?:\s+\w+\s*=\s*"[^"<&]*")*)\s*(?:/>|>([^<&]*)</\1\s*>)')
_ATTRIBUTE = re.compile(r'(\w+)\s*=\s*"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Datagram:
    """A datagram's type, its values by name (``AKorr.A1``), and the time stamp that an answer has to repeat."""

    type: str
    values: Mapping[str, Value]
    ipoc: int


class Codec:
    """Datagrams of one direction, with the fields that a configuration gives them.

    ``strict`` refuses fields that are not in the configuration, as a controller does; the other side skips them.
    """

    def __init__(self, root: str, type_: str, fields: tuple[Field, ...], *, strict: bool) -> None:
        self.root = root
        self.type = type_
        self.fields = fields
        self._strict = strict
        self._kinds = {field.name: field.kind for field in fields}
        self._names = [field.name for field in fields]
        self._template = _template(root, type_, fields, _FORMATS)
        self._usual = re.compile(
            _template(root, re.escape(type_), fields, _PATTERNS).replace("<IPOC>%d", r"<IPOC>(\d+)")
        )
        self._converters = [_CONVERTERS[field.kind] for field in fields]

    def encode(self, values: Mapping[str, Value], ipoc: int) -> bytes:
        """All fields of the configuration; those without a value are zero or empty."""
        filled = tuple(
            values.get(name, "" if kind == "STRING" else 0)
            for name, kind in zip(self._names, self._kinds.values(), strict=True)
        )
        return (self._template % (*filled, ipoc)).encode("ascii", "replace")

    def decode(self, data: bytes) -> Datagram:
        """Read a datagram. Raises ``ProtocolError`` for one that is broken, or not of this configuration."""
        if len(data) > LARGEST:
            raise ProtocolError("RSI", f"a datagram of more than {LARGEST} bytes", data=data[:80])
        try:
            text = data.decode("ascii")
            usual = self._usual.fullmatch(text)
            if usual is not None:  # exactly as encode() writes it, which is nearly always
                *found, ipoc = usual.groups()
                pairs = zip(self._names, self._converters, found, strict=True)
                return Datagram(self.type, {name: convert(word) for name, convert, word in pairs}, int(ipoc))
            match = _ROOT.match(text)
            if match is None or match.group(1) != self.root:
                raise ValueError(f"no <{self.root} Type=…>")
            values, ipoc = self._read(match.group(3))
        except ValueError as error:  # a UnicodeDecodeError is one too
            raise ProtocolError("RSI", f"a datagram that cannot be read: {error}", data=data[:200]) from None
        return Datagram(match.group(2), values, ipoc)

    def _read(self, body: str) -> tuple[dict[str, Value], int]:
        values: dict[str, Value] = {}
        ipoc: int | None = None
        position = 0
        body = body.rstrip()
        while position < len(body):
            match = _ELEMENT.match(body, position)
            if match is None:
                raise ValueError(f"no element at {body[position : position + 40]!r}")
            position = match.end()
            tag, attributes, text = match.groups()
            if tag == "IPOC":
                if ipoc is not None or not (text or "").strip().isdigit():
                    raise ValueError("IPOC is not one number")
                ipoc = int(text)
            elif attributes:
                for attribute, value in _ATTRIBUTE.findall(attributes):
                    self._put(values, f"{tag}.{attribute}", value)
            else:
                self._put(values, tag, text or "")
        if ipoc is None:
            raise ValueError("no IPOC")
        return values, ipoc

    def _put(self, values: dict[str, Value], name: str, text: str) -> None:
        kind = self._kinds.get(name)
        if name in values:
            raise ValueError(f"{name} twice")
        if kind is None:
            if self._strict:
                raise ValueError(f"{name} is not in the configuration")
        else:
            values[name] = _CONVERTERS[kind](text)


def rob_codec(fields: tuple[Field, ...]) -> Codec:
    """Return the codec of the robot's datagrams."""
    return Codec("Rob", "KUKA", fields, strict=False)


def sen_codec(sentype: str, fields: tuple[Field, ...]) -> Codec:
    """Return the codec of the datagrams to the robot."""
    return Codec("Sen", sentype, fields, strict=True)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number that is not finite")
    return number


def _bit(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("a BOOL that is neither 0 nor 1")
    return text == "1"


_CONVERTERS: dict[str, Callable[[str], Value]] = {"DOUBLE": _finite, "LONG": int, "BOOL": _bit, "STRING": str}
_FORMATS = {"DOUBLE": "%.6f", "LONG": "%d", "BOOL": "%d", "STRING": "%s"}
_PATTERNS = {"DOUBLE": r"(-?\d+\.\d+)", "LONG": r"(-?\d+)", "BOOL": "([01])", "STRING": "([^<&]*)"}


def _template(root: str, type_: str, fields: tuple[Field, ...], slots: Mapping[str, str]) -> str:
    """Return the whole datagram, with a slot for each value; consecutive fields of one tag share an element."""
    parts = [f'<{root} Type="{type_}">']
    at = 0
    while at < len(fields):
        field = fields[at]
        at += 1
        if not field.attribute:
            parts.append(f"<{field.tag}>{slots[field.kind]}</{field.tag}>")
            continue
        group = [field]
        while at < len(fields) and fields[at].tag == field.tag and fields[at].attribute:
            group.append(fields[at])
            at += 1
        inner = " ".join(f'{one.attribute}="{slots[one.kind]}"' for one in group)
        parts.append(f"<{field.tag} {inner} />")
    return "".join([*parts, "<IPOC>%d</IPOC>", f"</{root}>"])
