"""The quality record of a wire driver (``quality.toml``): its claims and the evidence for them."""

from __future__ import annotations

import tomllib
from enum import IntEnum
from importlib.resources import files
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.yamlfile import StrictModel, near_names


class Level(IntEnum):
    """How far evidence reaches; each level is worth more than all before it."""

    NONE = 0
    CODEC = 1
    VIRTUAL = 2
    CLIENT = 3
    SIMULATOR = 4
    HARDWARE = 5


class CodecEvidence(StrictModel):
    """Bytes from an independent source that the codec agrees with."""

    what: str
    source: str
    test: str


class VirtualEvidence(StrictModel):
    """A test against the driver's own virtual controller."""

    what: str
    test: str


class ClientEvidence(StrictModel):
    """A client of another author that works with the unmodified virtual controller.

    ``by_hand`` states why the test cannot be automated; such evidence is shown and raises no level.
    """

    name: str
    version: str
    did: str
    refused: str
    not_covered: str
    test: str
    by_hand: str = ""


class MachineEvidence(StrictModel):
    """A test against the vendor's simulator or a real controller."""

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
        """The highest level with evidence that can be repeated."""
        pieces_by_level = {level: getattr(self, level.name.lower(), []) for level in Level}
        pieces_by_level[Level.CLIENT] = [client for client in self.client if not client.by_hand]
        return max((level for level, pieces in pieces_by_level.items() if pieces), default=Level.NONE)


class Quality(StrictModel):
    """The quality record of one driver. ``models`` is empty where its kinds of devices have no models."""

    driver: str
    devices: list[str] = Field(min_length=1, description="kinds of devices")
    protocols: list[str] = Field(min_length=1)
    models: list[str] = []
    abilities: list[Literal["servoing", "freedrive", "own signals"]] = []
    evidence: Evidence = Evidence()
    rules: dict[str, str] = Field(default={}, description="rules not fully kept: 'exempt: why' or 'todo: what'")
    open: dict[str, str] = Field(default={}, description="questions that no source settles")

    @field_validator("devices")
    @classmethod
    def _known_kinds(cls, devices: list[str]) -> list[str]:
        for kind in devices:
            if kind not in registry.kinds():
                raise ValueError(f"unknown kind of device {kind!r}; {near_names(kind, registry.kinds())}")
        return devices


def quality(spec: registry.DriverSpec) -> Quality:
    """Return the quality record of a wire driver. Raises ``ConfigError`` when the record is missing or wrong."""
    file = str(files(spec.package) / "quality.toml")
    try:
        with open(file, "rb") as stream:
            return Quality.model_validate(tomllib.load(stream), strict=False)
    except FileNotFoundError:
        raise ConfigError("does not exist: every wire driver needs a quality record", file=file) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(error), file=file) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{where}: {first['msg']}", file=file) from None


def wire_drivers(kind: str | None = None) -> list[registry.DriverSpec]:
    """Return all installed drivers that speak a vendor's protocol, with devices of ``kind`` where it is given."""
    specs = [registry.driver(name) for name in registry.driver_names()]
    return [spec for spec in specs if (spec.wires if kind is None else spec.wires_of(kind))]
