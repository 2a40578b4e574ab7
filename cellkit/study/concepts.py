"""A concept of a study: which arm, gripper, layout and speed do the task. Each is run, and judged, by itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellkit.models.load import is_path


@dataclass(frozen=True)
class Concept:
    """One way to do the task. ``scenario`` is the layout's scenario (name or absolute path), ``layout`` its name where
    there are several. ``arm`` and ``gripper`` are what ``RunOptions`` takes: a model, or ``role=model,role=model``.
    ``speed`` is the share of all arms' speed (the speed override).
    """

    layout: str
    scenario: str
    arm: str
    gripper: str
    speed: float = 1.0

    @property
    def id(self) -> str:
        """A name that tells it from all others of the study."""
        parts = [label(self.arm), label(self.gripper)]
        if self.layout:
            parts.append(self.layout)
        if self.speed != 1.0:
            parts.append(f"{self.speed * 100:g}%")
        return " · ".join(parts)


def models_of(chosen: str) -> list[str]:
    """The models of ``model`` or ``role=model,role=model``, by id or path."""
    return [one.rpartition("=")[2] for one in chosen.split(",")]


def label(chosen: str) -> str:
    """Models as one word, ``ur5e`` or ``ur5e+fr3``; the same one in all roles stands there once."""
    names = [Path(model).stem if is_path(model) else model for model in models_of(chosen)]
    return names[0] if len(set(names)) == 1 else "+".join(names)
