"""The namespaces of the gateway's types, each with an alias, a URI and a version.

Namespace indexes differ between servers, so code and tables name a namespace by its alias; ``Model.index`` converts an
alias to this server's index by the URI. A name without an alias belongs to the core namespace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Namespace:
    """A namespace that defines types; ``published`` is the publication date of that version."""

    alias: str
    uri: str
    version: str
    published: datetime


def _published(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


CORE_URI = "http://opcfoundation.org/UA/"

DI = Namespace("DI", CORE_URI + "DI/", "1.05.0", _published(2025, 11, 15))
IA = Namespace("IA", CORE_URI + "IA/", "1.01.4", _published(2025, 5, 23))
MACHINERY = Namespace("MACH", CORE_URI + "Machinery/", "1.04.1", _published(2026, 1, 1))
ROBOTICS = Namespace("RB", CORE_URI + "Robotics/", "1.02", _published(2025, 9, 8))
PACKML = Namespace("PML", CORE_URI + "PackML/", "1.01", _published(2020, 10, 8))
CELLKIT = Namespace("CK", "urn:cellkit:types", "1.0.0", _published(2026, 11, 27))

COMPANIONS = (DI, IA, MACHINERY, ROBOTICS, PACKML)  # each after the ones that it depends on
NAMESPACES = {namespace.alias: namespace for namespace in (*COMPANIONS, CELLKIT)}


def split(name: str) -> tuple[str, str]:
    """Split a name: ``"RB:Axes"`` gives ``("RB", "Axes")``; a name without a known alias gives ``("", name)``."""
    alias, colon, bare = name.partition(":")
    return (alias, bare) if colon and alias in NAMESPACES else ("", name)
