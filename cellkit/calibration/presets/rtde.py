"""Logs of Universal Robots' RTDE interface: one row a sample, with a header or without.

The names are those of the RTDE outputs, with the joint's number from 0, as ``actual_q_0``; a short form, as ``q_0`` and
``tq_0``, is in use too. Without a header, 31 columns are: time, position, velocity, current, and commanded current and
torque of six joints.
"""

from __future__ import annotations

import numpy as np

from cellkit.calibration.log import Log
from cellkit.calibration.presets.preset import Candidate, Preset
from cellkit.calibration.table import Table
from cellkit.errors import ConfigError
from cellkit.geometry import Array

_TIMES = ("timestamp", "pc_ts", "time", "t")
_NAMES = {
    "q": ("actual_q", "q"),
    "qd": ("actual_qd", "qd"),
    "tq": ("target_q", "tq"),
    "tqd": ("target_qd", "tqd"),
    "current": ("actual_current", "current"),
}
_JOINTS = 6
_HEADERLESS_WIDTH = 1 + 5 * _JOINTS


def _fits(candidate: Candidate) -> bool:
    table = candidate.table
    if not table.names:
        return table.width == _HEADERLESS_WIDTH
    return _columns(table, "q") is not None and any(name in table.names for name in _TIMES)


def _columns(table: Table, key: str) -> list[str] | None:
    """Return the names of a quantity's columns, one a joint; None where the table does not hold it."""
    for name in _NAMES[key]:
        names = [f"{name}_{joint}" for joint in range(_JOINTS)]
        if names[0] in table.names:
            return names
    return None


def _read(candidate: Candidate, dof: int) -> Log:
    table = candidate.table
    return _headerless(table) if not table.names else _with_header(table)


def _headerless(table: Table) -> Log:
    if table.width != _HEADERLESS_WIDTH:
        raise ConfigError(
            f"has {table.width} columns and no header; RTDE logs without a header have {_HEADERLESS_WIDTH}. "
            "Describe the columns in a file and say `--columns FILE`",
            file=table.file,
        )
    values = table.columns(range(_HEADERLESS_WIDTH))
    position, velocity, current, _, _ = np.split(values[:, 1:], 5, axis=1)
    return Log(
        table.file.name,
        "rtde",
        table.sha256,
        table.first_row,
        values[:, 0],
        position,
        velocity,
        current=current,
    )


def _with_header(table: Table) -> Log:
    names = {key: _columns(table, key) for key in _NAMES}
    time = next((name for name in _TIMES if name in table.names), None)
    if names["q"] is None or time is None:
        raise ConfigError(
            "has no columns timestamp and actual_q_0 … actual_q_5 of an RTDE log", file=table.file, line=1
        )
    wanted = [time] + [name for group in names.values() if group is not None for name in group]
    values = table.named(wanted)
    found: dict[str, Array] = {}
    place = 1
    for key, group in names.items():
        if group is not None:
            found[key] = values[:, place : place + _JOINTS]
            place += _JOINTS
    return Log(
        table.file.name,
        "rtde",
        table.sha256,
        table.first_row,
        values[:, 0],
        found["q"],
        found.get("qd"),
        target_position=found.get("tq"),
        recorded_target_velocity=found.get("tqd"),
        current=found.get("current"),
    )


RTDE = Preset("rtde", "CSV of Universal Robots' RTDE outputs (ur_rtde's recorder, the vendor's client)", _fits, _read)
