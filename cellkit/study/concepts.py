"""The concepts of a study: arm, gripper, layout and speed that do the task. Each is run and judged separately."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellkit.models.load import is_path


@dataclass(frozen=True)
class Concept:
    """One way to do the task.

    ``scenario`` is the layout's scenario (name or absolute path); ``layout`` is its name if the study has several.
    ``arm`` and ``gripper`` are in the form of ``RunOptions``: a model, or ``role=model,role=model``.
    ``speed`` is the share of all arms' speed (the speed override).
    """

    layout: str
    scenario: str
    arm: str
    gripper: str
    speed: float = 1.0

    @property
    def id(self) -> str:
        """The name of the concept, unique within the study."""
        parts = [label(self.arm), label(self.gripper)]
        if self.layout:
            parts.append(self.layout)
        if self.speed != 1.0:
            parts.append(f"{self.speed * 100:g}%")
        return " · ".join(parts)


def models_of(chosen: str) -> list[str]:
    """Return the models of ``model`` or ``role=model,role=model``, by id or path."""
    return [choice.rpartition("=")[2] for choice in chosen.split(",")]


def label(chosen: str) -> str:
    """Return the models as one word, ``ur5e`` or ``ur5e+fr3``; one model in all roles is named once."""
    names = [Path(model).stem if is_path(model) else model for model in models_of(chosen)]
    return names[0] if len(set(names)) == 1 else "+".join(names)
