"""What a study leaves open: always the same things, since a simulation cannot show them, and what this one left out."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

ALWAYS = (
    "hardware",
    "safety",
    "conformity",
    "people",
    "acceleration",
    "parts_vary",
    "wear",
    "perception",
    "machine",
    "security",
)
PARTS = ("feasibility", "runs", "cycle", "shift", "energy", "business", "dependencies")


class NotTested(BaseModel):
    """One thing that the study says nothing about: ``key`` names a text of the report; own words are in ``text``."""

    model_config = ConfigDict(frozen=True)

    key: str = ""
    text: str = ""


def not_tested(left_out: Iterable[str] = (), own: Iterable[str] = ()) -> list[NotTested]:
    """The list of a study. ``left_out`` are names of ``PARTS``, ``own`` are sentences of the study file."""
    parts = [name for name in PARTS if name in set(left_out)]
    return [
        *(NotTested(key=key) for key in ALWAYS),
        *(NotTested(key=f"part_{name}") for name in parts),
        *(NotTested(text=text) for text in own),
    ]
