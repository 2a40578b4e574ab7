"""Fields that several sections of a cell file share: lengths, poses, signals, wires."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag

from cellkit.models.arm import Positive, Triple
from cellkit.yamlfile import StrictModel

_REACH = re.compile(r"^(-?\d+(?:\.\d+)?) (?:([a-z][a-z0-9_]*) )?reach$")


def _length(value: float | str) -> float | str:
    if isinstance(value, str) and not _REACH.match(value):
        raise ValueError('a length is a number of metres or a share of the reach such as "0.5 reach"')
    return value


Length = Annotated[float | str, AfterValidator(_length)]


Lengths = Annotated[list[Length], Field(min_length=3, max_length=3)]


Pair = Annotated[list[Positive], Field(min_length=2, max_length=2)]


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


Corner = Annotated[list[float], Field(min_length=2, max_length=2)]


Colour = Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=3, max_length=3)]


def reach_share(length: str) -> tuple[float, str | None]:
    """Return share and role of the arm, if any, of a length such as "0.5 reach" or "0.5 left reach"."""
    match = _REACH.match(length)
    assert match is not None
    return float(match.group(1)), match.group(2)


class Placement(StrictModel):
    """A pose in a named frame: ``world``, the name of an arm (its base) or one of the file's frames."""

    frame: str = Field(default="world", alias="in")
    xyz: Lengths = [0.0, 0.0, 0.0]
    rpy_deg: Triple = [0.0, 0.0, 0.0]


class WireConfig(StrictModel):
    """The driver, protocol and settings of a device; the defaults are those of the package of its model.

    ``settings`` are those of the driver: addresses, unit ids and the like. In a simulated cell the addresses are
    replaced by those of the virtual devices.
    """

    driver: Name | None = Field(default=None, description="Installed driver, if the model does not determine it")
    protocol: str | None = Field(default=None, description="One of the driver's protocols, instead of the usual one")
    settings: dict[str, Any] = Field(default={}, description="Settings of the driver")


class DeviceSection(StrictModel):
    """A device of a cell file. Each kind has a subclass with a literal ``kind``, by which the file selects it."""

    kind: str
    wire: WireConfig = WireConfig()


class AdapterConfig(StrictModel):
    """A plate between flange and tool, for flanges that differ."""

    thickness: Positive = Field(description="m")
    mass: Positive = Field(description="kg")


Terminal = Annotated[int, Field(ge=0, le=65535)]


Signals = Annotated[
    Annotated[list[Name], Tag("list")] | Annotated[dict[Name, Terminal], Tag("mapping")],
    Discriminator(lambda given: "mapping" if isinstance(given, dict) else "list"),
]


def terminals(signals: list[str] | dict[str, int]) -> dict[str, int]:
    """Return the terminals of signals by name; the signals of a list have the terminals 0, 1 and so on."""
    return dict(signals) if isinstance(signals, dict) else {name: number for number, name in enumerate(signals)}


def require_unique(signals: list[str]) -> None:
    """Raise ``ValueError`` for a signal name that is used twice."""
    twice = next((name for name in signals if signals.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"the signal {twice!r} is listed twice; each signal needs a name of its own")
