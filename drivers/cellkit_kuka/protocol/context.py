"""The RSI Ethernet configuration: which fields a datagram has in each direction.

Source of the format: the configurations shipped with RSIPI 0.3.0 (Apache-2.0) and with ros-industrial/kuka_experimental
(e78bbd1). ``DEF_`` marks a field that the controller fills itself, and goes away on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from cellkit.digits import whole_number
from cellkit.errors import ConfigError

Kind = Literal["DOUBLE", "LONG", "BOOL", "STRING"]
CHANNELS = 64

_CART, _AXES, _EXTERNAL = tuple("XYZABC"), tuple(f"A{n}" for n in range(1, 7)), tuple(f"E{n}" for n in range(1, 7))
INTERNAL: dict[str, tuple[str, ...]] = {
    "RIst": _CART,
    "RSol": _CART,
    "AIPos": _AXES,
    "ASPos": _AXES,
    "MACur": _AXES,
    "EIPos": _EXTERNAL,
    "ESPos": _EXTERNAL,
    "ELPos": _EXTERNAL,
    "MECur": _EXTERNAL,
    "Delay": ("D",),
}
"""Fields that the controller fills itself, with their attributes; ``Tech.C1`` and the like have ten numbered ones."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a datagram: ``tag.attribute``, or an element's text where ``attribute`` is empty."""

    tag: str
    attribute: str
    kind: Kind
    hold: bool = True

    @property
    def name(self) -> str:
        """``AKorr.A1``, ``DiO``."""
        return f"{self.tag}.{self.attribute}" if self.attribute else self.tag


@dataclass(frozen=True, slots=True)
class RsiContext:
    """A parsed configuration. ``send`` are the fields that the robot sends, ``receive`` those that it accepts."""

    address: str
    port: int
    sentype: str
    only_send: bool
    send: tuple[Field, ...]
    receive: tuple[Field, ...]


def read_context(text: bytes | str, file: str = "RSI configuration") -> RsiContext:
    """Read a configuration. Raises ``ConfigError`` for anything that a controller could not use."""
    try:
        root: Node = fromstring(text)
    except (ParseError, DefusedXmlException) as error:
        raise ConfigError(f"is no XML that can be used: {error}", file=file) from None
    config = {node.tag: (node.text or "").strip() for node in root.findall("CONFIG/*")}
    missing = [tag for tag in ("IP_NUMBER", "PORT", "SENTYPE", "ONLYSEND") if not config.get(tag)]
    if missing:
        raise ConfigError(f"CONFIG has no {', '.join(missing)}", file=file)
    port = whole_number(config["PORT"], 65535)
    if not port:
        raise ConfigError(f"PORT {config['PORT'][:20]!r} is no port", file=file)
    return RsiContext(
        config["IP_NUMBER"],
        port,
        config["SENTYPE"],
        config["ONLYSEND"].upper() == "TRUE",
        _fields(root, "SEND", file),
        _fields(root, "RECEIVE", file),
    )


def _fields(root: Node, section: str, file: str) -> tuple[Field, ...]:
    fields: list[Field] = []
    used: set[int] = set()
    for node in root.findall(f"{section}/ELEMENTS/ELEMENT"):
        tag, kind, index = node.get("TAG", ""), node.get("TYPE", ""), node.get("INDX", "")
        if not tag or kind not in ("DOUBLE", "LONG", "BOOL", "STRING"):
            raise ConfigError(f"{section}: an ELEMENT with TAG {tag!r} and TYPE {kind!r}", file=file)
        hold = node.get("HOLDON", "1") != "0"
        if index == "INTERNAL":
            fields += [Field(*pair, cast(Kind, kind), hold) for pair in _internal(tag.removeprefix("DEF_"))]
            continue
        channel = whole_number(index, CHANNELS)
        if not channel or channel in used:
            raise ConfigError(f"{section} {tag}: INDX {index[:20]!r} is no free channel of 1 to {CHANNELS}", file=file)
        used.add(channel)
        element, _, attribute = tag.partition(".")
        fields.append(Field(element, attribute, cast(Kind, kind), hold))
    names = [field.name for field in fields]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"{section}: {', '.join(twice)} more than once", file=file)
    return tuple(fields)


def _internal(name: str) -> list[tuple[str, str]]:
    if name.startswith("Tech."):
        generator = name.partition(".")[2]
        return [("Tech", f"{generator}{number}") for number in range(1, 11)]
    return [(name, attribute) for attribute in INTERNAL.get(name, ("",))]
