"""What a real cell spends on a part besides, as far as nobody simulates it: assumed by the user, shown as such.

A published case (an anecdote, [S76]): 14.2 s simulated became 19.4 s in the factory, because 2 s of gripper actuation
and 0.8 s of part-present dwell were not modelled and the door was opened four times a shift. So nothing is added
silently, and nothing is left out silently: each figure is 0 until the study file says otherwise, and has its own line.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from cellkit.models.arm import Positive
from cellkit.study.assumption import AboveZero, NotNegative, suggested
from cellkit.yamlfile import StrictModel

_NONE = "nothing assumed: the study file does not say"
_S76 = "[S76], an anecdote, unverified"


class CycleConfig(StrictModel):
    """Seconds a part that the simulation does not contain, entries of people into the cell, and what to try."""

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
        0.0, "1/shift", _NONE, note=f"times that somebody opens the door and the cell stops; 4 in {_S76}"
    )
    entry_time: NotNegative = suggested(0.0, "s", _NONE, note="standstill of one entry, restart included")
    shift_length: AboveZero = suggested(28800.0, "s", "eight hours", note="over which the entries are spread")
    faster_gripper: Positive = Field(default=1.5, description="times as fast, of the gripper that is tried")
    speeds: list[Annotated[float, Field(gt=0.0, le=1.0)]] = Field(
        default=[1.0, 0.75, 0.5], description="shares of all arms' speed that are tried"
    )

    def standing(self) -> float:
        """S of a shift that the cell stands because somebody is in it."""
        return float(self.entries) * float(self.entry_time)

    @model_validator(mode="after")
    def _leaves_a_shift(self) -> CycleConfig:
        if self.standing() >= float(self.shift_length):
            raise ValueError(
                f"entries: {float(self.entries):g} of {float(self.entry_time):g} s leave nothing of a shift of "
                f"{float(self.shift_length):g} s"
            )
        return self
