"""How a cell is at one moment, as it is drawn and told; and its way over the line to the page."""

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
    """What is told of one device. All texts are for people; ``level`` says whether something is wrong.

    ``values`` are measured ones with their units; ``command`` is the newest one with how it goes, ``error`` the newest
    one with its cell time.
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
class Touch:
    """A contact: what touches what, where (m) and with which force (N), in frame ``world``."""

    link: str
    other: str
    point: tuple[float, float, float]
    force: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """The cell at cell time ``time`` (s). Places are (n, 3, 4) in frame ``world``, one for each of ``names``.

    ``lines``: where in the program its tasks wait, from 1; ``tools``: (3, 4) of every arm's TCP; ``planned``: the
    number of the path on which an arm is, or was last. ``collisions``: so far; None: not watched in this world.
    """

    time: float
    names: tuple[str, ...]
    places: Floats
    cards: Mapping[str, Card] = field(default_factory=dict)
    lines: tuple[int, ...] = ()
    tools: Mapping[str, Floats] = field(default_factory=dict)
    planned: Mapping[str, int] = field(default_factory=dict)
    contacts: tuple[Touch, ...] = ()
    collisions: int | None = None

    @property
    def level(self) -> Level:
        """The worst of all devices."""
        levels = {card.level for card in self.cards.values()}
        return "error" if "error" in levels else "attention" if "attention" in levels else "ok"


def to_message(moment: Moment, shown: Mapping[str, Card]) -> tuple[dict[str, Any], bytes]:
    """As it goes over the line, without the names; of the cards only those that are not as ``shown`` before."""
    tools = list(moment.tools)
    told = {
        "time": moment.time,
        "cards": {role: card.model_dump() for role, card in moment.cards.items() if shown.get(role) != card},
        "lines": moment.lines,
        "tools": tools,
        "planned": dict(moment.planned),
        "contacts": [
            (one.link, one.other, [round(x, 4) for x in one.point], [round(x, 2) for x in one.force])
            for one in moment.contacts
        ],
        "collisions": moment.collisions,
    }
    floats = [moment.places, *(moment.tools[arm][None] for arm in tools)]
    return told, np.concatenate(floats).astype("<f4").tobytes()


def from_message(told: dict[str, Any], floats: bytes, names: tuple[str, ...], shown: dict[str, Card]) -> Moment:
    """The other way; ``shown`` is kept up to date."""
    for role, card in told["cards"].items():
        shown[role] = Card(**card)
    places = np.frombuffer(floats, "<f4").reshape(-1, 3, 4)
    count = len(places) - len(told["tools"])
    return Moment(
        time=told["time"],
        names=names,
        places=places[:count],
        cards=dict(shown),
        lines=tuple(told["lines"]),
        tools=dict(zip(told["tools"], places[count:], strict=True)),
        planned=told["planned"],
        contacts=tuple(Touch(link, other, tuple(p), tuple(f)) for link, other, p, f in told["contacts"]),
        collisions=told["collisions"],
    )
