"""The times of a real cell that the simulation does not contain: assumed by the user and shown as assumptions.

A published case (an anecdote, [S76]): 14.2 s in the simulation became 19.4 s in the factory, because 2 s of gripper
actuation and 0.8 s of part-present dwell were not modelled and the door was opened four times a shift. Therefore
nothing is added or left out silently: each figure is 0 unless the study file states it, and has a line of its own.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from cellkit.models.arm import Positive
from cellkit.study.assumption import AboveZero, NotNegative, suggested
from cellkit.yamlfile import StrictModel

_NONE = "nothing assumed: the study file states no figure"
_S76 = "[S76], an anecdote, unverified"


class CycleConfig(StrictModel):
    """Seconds a part that the simulation does not contain, entries of people into the cell, and variants to try."""

    gripper: NotNegative = suggested(0.0, "s/part", _NONE, note=f"valves, air, PLC beyond the model; 2 s in {_S76}")
    part_present: NotNegative = suggested(0.0, "s/part", _NONE, note=f"dwell of a part-present check; 0.8 s in {_S76}")
    settling: NotNegative = suggested(
        0.0, "s/part", _NONE, note="of arm and part after placing; 0.2 to 0.5 s in [S77], unverified"
    )
    handshake: NotNegative = suggested(0.0, "s/part", _NONE, note="PLC cycles and fieldbus beyond the modelled signals")
    vision: NotNegative = suggested(
        0.0, "s/part", _NONE, note="beyond the camera's answer time; 3D vision 0.2 to 0.4 s a pick in [S75], unverified"
    )
    entries: NotNegative = suggested(
        0.0, "1/shift", _NONE, note=f"openings of the door that stop the cell; 4 in {_S76}"
    )
    entry_time: NotNegative = suggested(0.0, "s", _NONE, note="standstill of one entry, restart included")
    shift_length: AboveZero = suggested(28800.0, "s", "eight hours", note="over which the entries are spread")
    faster_gripper: Positive = Field(default=1.5, description="speed of the gripper that is tried over the model's")
    speeds: list[Annotated[float, Field(gt=0.0, le=1.0)]] = Field(
        default=[1.0, 0.75, 0.5], description="shares of all arms' speed that are tried"
    )

    def standing(self) -> float:
        """Return the time (s) of a shift during which the cell stands still for people in it."""
        return float(self.entries) * float(self.entry_time)

    @model_validator(mode="after")
    def _leaves_a_shift(self) -> CycleConfig:
        if self.standing() >= float(self.shift_length):
            raise ValueError(
                f"entries: {float(self.entries):g} entries of {float(self.entry_time):g} s leave no working time in a "
                f"shift of {float(self.shift_length):g} s"
            )
        return self
