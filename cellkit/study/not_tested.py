"""The open points of a study: those that no simulation can show, and those that the study leaves out."""

from __future__ import annotations

from collections.abc import Iterable

from cellkit.study.frozen_model import FrozenModel

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


class NotTested(FrozenModel):
    """One open point: ``key`` names a text of the report; ``text`` holds the study owner's own words."""

    key: str = ""
    text: str = ""


def not_tested(left_out: Iterable[str] = (), own: Iterable[str] = ()) -> list[NotTested]:
    """Return the open points of a study. ``left_out``: names of ``PARTS``; ``own``: sentences of the study file."""
    parts = [name for name in PARTS if name in set(left_out)]
    return [
        *(NotTested(key=key) for key in ALWAYS),
        *(NotTested(key=f"part_{name}") for name in parts),
        *(NotTested(text=text) for text in own),
    ]
