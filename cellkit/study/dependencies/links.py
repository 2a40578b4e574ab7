"""The protocol of every device of a cell, and how open it is (L7)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from cellkit import registry
from cellkit.quality import Level, quality
from cellkit.study.dependencies.result import Bom, Link
from cellkit.yamlfile import StrictModel, read_yaml, validate

FILE = Path(__file__).with_name("protocols.yaml")
OPENNESS = {"open": 1.0, "published": 0.7, "gated": 0.3, "closed": 0.0}
"""The score of each level: a convention, not a measurement."""
_EVIDENCE = {
    Level.NONE: "none",
    Level.CODEC: "codec",
    Level.VIRTUAL: "own virtual controller",
    Level.CLIENT: "independent client",
    Level.SIMULATOR: "vendor's simulator",
    Level.HARDWARE: "hardware",
}


class Protocol(StrictModel):
    """The openness of one protocol, with the reason."""

    level: Literal["open", "published", "gated", "closed"]
    verified: bool
    why: str


class ProtocolsFile(StrictModel):
    """All protocols by ``driver/protocol``."""

    schema_: Literal["cellkit/protocols/1"] = Field(alias="schema")
    protocols: dict[str, Protocol]


@cache
def protocols() -> dict[str, Protocol]:
    """Return the ratings of all protocols that cellkit ships."""
    return validate(ProtocolsFile, read_yaml(FILE)).protocols


def links(bom: Bom) -> list[Link]:
    """Return one link for each component with a link; the openness of a link without a wire driver is not known."""
    return [
        _link(item.role, item.driver, item.protocol, item.no_wire)
        for item in bom.items
        if item.driver is not None or item.no_wire is not None
    ]


def _link(role: str, driver: str | None, protocol: str | None, no_wire: str | None) -> Link:
    if driver is None or protocol is None:
        return Link(role=role, protocol=None, openness=None, why=no_wire or "no wire driver", verified=False)
    name = f"{driver}/{protocol}"
    evidence = _EVIDENCE[quality(registry.driver(driver)).evidence.reached]
    rated = protocols().get(name)
    if rated is None:
        why = "cellkit does not ship this driver, so the openness of its protocol is not rated"
        return Link(role=role, protocol=name, openness=None, why=why, verified=False, evidence=evidence)
    return Link(
        role=role,
        protocol=name,
        openness=OPENNESS[rated.level],
        why=rated.why,
        verified=rated.verified,
        evidence=evidence,
    )
