"""The state of a cell at one moment as the page shows it, and its encoding for the channel to the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Floats = NDArray[np.float32]
Level = Literal["ok", "attention", "error"]


class Card(BaseModel):
    """The state of one device for display. All texts are for people; ``level`` is not ``ok`` where there is an error.

    ``values`` are measured values with their units; ``command`` is the newest command with its progress, ``error`` the
    newest error with its cell time.
    """

    model_config = ConfigDict(frozen=True)

    state: str
    level: Level = "ok"
    mode: str = ""
    safety: str = ""
    values: dict[str, str] = {}
    command: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """A contact between ``link`` and ``other``: its point (m) and force (N) in frame ``world``."""

    link: str
    other: str
    point: tuple[float, float, float]
    force: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """The cell at cell time ``time`` (s). ``places`` are (n, 3, 4) in frame ``world``, one for each of ``names``.

    ``lines``: lines of the program, from 1, at which its tasks wait; ``tools``: (3, 4) of every arm's TCP; ``planned``:
    the number of the path that an arm follows or followed last. ``collisions``: number so far; None: the world does
    not detect collisions.
    """

    time: float
    names: tuple[str, ...]
    places: Floats
    cards: Mapping[str, Card] = field(default_factory=dict)
    lines: tuple[int, ...] = ()
    tools: Mapping[str, Floats] = field(default_factory=dict)
    planned: Mapping[str, int] = field(default_factory=dict)
    contacts: tuple[ContactPoint, ...] = ()
    collisions: int | None = None

    @property
    def level(self) -> Level:
        """The worst level of all devices."""
        levels = {card.level for card in self.cards.values()}
        return "error" if "error" in levels else "attention" if "attention" in levels else "ok"


def to_message(moment: Moment, shown: Mapping[str, Card]) -> tuple[dict[str, Any], bytes]:
    """Encode a moment without its names, and with only those cards that differ from ``shown``."""
    tools = list(moment.tools)
    fields = {
        "time": moment.time,
        "cards": {role: card.model_dump() for role, card in moment.cards.items() if shown.get(role) != card},
        "lines": moment.lines,
        "tools": tools,
        "planned": dict(moment.planned),
        "contacts": [
            (contact.link, contact.other, [round(x, 4) for x in contact.point], [round(x, 2) for x in contact.force])
            for contact in moment.contacts
        ],
        "collisions": moment.collisions,
    }
    floats = [moment.places, *(moment.tools[arm][None] for arm in tools)]
    return fields, np.concatenate(floats).astype("<f4").tobytes()


def from_message(fields: dict[str, Any], floats: bytes, names: tuple[str, ...], shown: dict[str, Card]) -> Moment:
    """Decode a moment, and update ``shown`` with its cards."""
    for role, card in fields["cards"].items():
        shown[role] = Card(**card)
    places = np.frombuffer(floats, "<f4").reshape(-1, 3, 4)
    count = len(places) - len(fields["tools"])
    return Moment(
        time=fields["time"],
        names=names,
        places=places[:count],
        cards=dict(shown),
        lines=tuple(fields["lines"]),
        tools=dict(zip(fields["tools"], places[count:], strict=True)),
        planned=fields["planned"],
        contacts=tuple(ContactPoint(link, other, tuple(p), tuple(f)) for link, other, p, f in fields["contacts"]),
        collisions=fields["collisions"],
    )
