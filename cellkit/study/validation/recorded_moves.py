"""Recorded joint moves of real arms against the times that the product plans for them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from cellkit.controller.planner import MotionPlanner
from cellkit.devices.motion import JointMotion
from cellkit.models.arm import ArmModel
from cellkit.models.load import load_arm
from cellkit.models.provenance import Source
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.leading_joint import share_of_limits
from cellkit.study.validation.published import Row
from cellkit.yamlfile import StrictModel, read_yaml, validate

FILE = Path(__file__).with_name("recorded_moves.yaml")


class RecordedMove(StrictModel):
    """One move of a real arm from rest to rest; ``speed`` and ``acceleration`` are those of the leading joint."""

    arm: str = Field(description="the model that predicts it")
    source: str
    speed: float = Field(description="rad/s")
    acceleration: float = Field(description="rad/s²")
    time: float = Field(description="s, measured")
    start: list[float] = Field(description="rad")
    end: list[float] = Field(description="rad")


class RecordedMoves(StrictModel):
    """All moves of the validation, with their sources."""

    schema_: Literal["cellkit/recorded-moves/1"] = Field(alias="schema")
    moves: list[RecordedMove]
    sources: dict[str, Source]


def planned_time(model: ArmModel, move: RecordedMove) -> float:
    """Return the time (s) of a move as the arm's planner plans it, with the speeds that its program stated."""
    limits = model.joint_limits()
    speed, acceleration = (
        share_of_limits(move.start, move.end, bounds.tolist(), stated)
        for bounds, stated in ((limits.velocity, move.speed), (limits.acceleration, move.acceleration))
    )
    motion = JointMotion(np.array(move.end), speed, acceleration)
    planner = MotionPlanner(ArmKinematics.of(model))
    return planner.plan(motion, np.array(move.start), np.eye(4)).duration


def recorded_rows() -> list[Row]:
    """Return all comparisons with recorded moves."""
    recorded = validate(RecordedMoves, read_yaml(FILE))
    rows = []
    for move in recorded.moves:
        turned = float(np.abs(np.subtract(move.end, move.start)).max())
        source = recorded.sources[move.source]
        rows.append(
            Row(
                topic="move",
                what=f"{move.arm}, {np.degrees(turned):.0f} deg at {np.degrees(move.speed):.0f} deg/s",
                kind="prediction",
                predicted=planned_time(load_arm(move.arm), move),
                published=move.time,
                unit="s",
                source=f"{source.title}, recorded",
                certainty="found",
                basis="the arm's planner, with the speed and acceleration of the recorded program; nothing fitted",
                remark=source.detail or "",
            )
        )
    return rows
