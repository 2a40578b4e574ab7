"""Logs of ABB's EGM interface as CSV: feedback and planned joints in degrees.

Two headers are in use: ``timestamp`` in s with ``J1`` … ``J6``; and the names of EGM's own fields, ``time`` in ms with
``feedBack.joints.0`` … and, where the log has them, ``planned.joints.0`` … .
"""

from __future__ import annotations

import numpy as np

from cellkit.calibration.log import Log
from cellkit.calibration.presets.preset import Candidate, Preset
from cellkit.calibration.table import Table

_MILLISECOND = 1e-3


def _plain(dof: int) -> list[str]:
    return [f"J{joint + 1}" for joint in range(dof)]


def _fields(group: str, dof: int) -> list[str]:
    return [f"{group}.joints.{joint}" for joint in range(dof)]


def _fits(candidate: Candidate) -> bool:
    names = candidate.table.names
    return {"timestamp", "J1"} <= set(names) or {"time", "feedBack.joints.0"} <= set(names)


def _read(candidate: Candidate, dof: int) -> Log:
    table: Table = candidate.table
    planned = None
    if "feedBack.joints.0" in table.names:
        times = table.named(["time"])[:, 0] * _MILLISECOND
        position = np.radians(table.named(_fields("feedBack", dof)))
        if "planned.joints.0" in table.names:
            planned = np.radians(table.named(_fields("planned", dof)))
    else:
        times = table.named(["timestamp"])[:, 0]
        position = np.radians(table.named(_plain(dof)))
    return Log(
        table.file.name,
        "egm",
        table.sha256,
        table.first_row,
        times,
        position,
        target_position=planned,
    )


EGM = Preset("egm", "CSV of ABB's EGM feedback, joints in degrees", _fits, _read)
