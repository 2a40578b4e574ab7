"""What a wire driver claims, and by what evidence: its ``quality.toml``."""

from __future__ import annotations

import tomllib
from enum import IntEnum
from importlib.resources import files
from typing import Literal

from pydantic import Field, ValidationError

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.yamlfile import StrictModel


class Level(IntEnum):
    """How far evidence reaches; each level is worth more than all before it."""

    NONE = 0
    CODEC = 1
    VIRTUAL = 2
    CLIENT = 3
    SIMULATOR = 4
    HARDWARE = 5


class CodecEvidence(StrictModel):
    """Bytes that somebody else has made, which the codec agrees with."""

    what: str
    source: str
    test: str


class VirtualEvidence(StrictModel):
    """What was run against the driver's own virtual controller."""

    what: str
    test: str


class ClientEvidence(StrictModel):
    """A client that others wrote and that the virtual controller satisfies, unmodified.

    ``by_hand``: why no machine can repeat it by itself; such evidence is shown and raises no level.
    """

    name: str
    version: str
    did: str
    refused: str
    not_covered: str
    test: str
    by_hand: str = ""


class MachineEvidence(StrictModel):
    """The vendor's simulator or a real controller."""

    model: str
    firmware: str
    date: str
    what: str


class Evidence(StrictModel):
    """All evidence, by level."""

    codec: list[CodecEvidence] = []
    virtual: list[VirtualEvidence] = []
    client: list[ClientEvidence] = []
    simulator: list[MachineEvidence] = []
    hardware: list[MachineEvidence] = []

    @property
    def reached(self) -> Level:
        """The highest level of which there is any that can be repeated."""
        found = {level: getattr(self, level.name.lower(), []) for level in Level}
        found[Level.CLIENT] = [one for one in self.client if not one.by_hand]
        return max((level for level, pieces in found.items() if pieces), default=Level.NONE)


class Quality(StrictModel):
    """The quality record of one driver. ``models`` are empty where its kinds of devices know none."""

    driver: str
    devices: list[str] = Field(min_length=1, description="kinds of devices")
    protocols: list[str] = Field(min_length=1)
    models: list[str] = []
    abilities: list[Literal["servoing", "freedrive", "own signals"]] = []
    evidence: Evidence = Evidence()
    rules: dict[str, str] = Field(default={}, description="rules not fully kept: 'exempt: why' or 'todo: what'")
    open: dict[str, str] = Field(default={}, description="questions that no source settles")


def quality(spec: registry.DriverSpec) -> Quality:
    """The quality record of a wire driver. Raises ``ConfigError`` when it is missing or wrong."""
    file = str(files(spec.package) / "quality.toml")
    try:
        with open(file, "rb") as stream:
            return Quality.model_validate(tomllib.load(stream), strict=False)
    except FileNotFoundError:
        raise ConfigError("is missing: every wire driver says what it is worth", file=file) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(error), file=file) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{where}: {first['msg']}", file=file) from None


def wire_drivers(kind: str | None = None) -> list[registry.DriverSpec]:
    """All installed drivers that speak a vendor's protocol, with devices of a kind where one is named."""
    specs = [registry.driver(name) for name in registry.driver_names()]
    return [spec for spec in specs if (spec.wires if kind is None else spec.wires_of(kind))]
