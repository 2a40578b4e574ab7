"""Logs of libfranka: the CSV of its own log function, or one file a quantity with one number a line.

The CSV has ``time`` (or ``duration``) in ms and columns such as ``state.q[0]`` (or ``q[0]``); measured torque is that
of the sensors behind the gears. The single files are NAMEpositions.txt, NAMEvelocity.txt, NAMEtime.txt and
NAMEtorques.txt, sample by sample, with all joints of a sample after each other.
"""

from __future__ import annotations

from cellkit.calibration.log import Log
from cellkit.calibration.presets.file_set import digest, read_set, stem_of
from cellkit.calibration.presets.preset import Candidate, Preset
from cellkit.errors import ConfigError
from cellkit.geometry import Array

_TIMES = ("time", "duration")
_ENDINGS = ("positions.txt", "velocity.txt", "time.txt", "torques.txt")
_NEEDED = ("positions.txt", "time.txt")
_MILLISECOND = 1e-3


def _fits(candidate: Candidate) -> bool:
    if stem_of(candidate.file, _ENDINGS) is not None:
        return True
    names = candidate.table.names
    return any(name in names for name in _TIMES) and any(f"{prefix}q[0]" in names for prefix in ("state.", ""))


def _read(candidate: Candidate, dof: int) -> Log:
    stem = stem_of(candidate.file, _ENDINGS)
    if stem is not None:
        return _single_files(candidate, stem, dof)
    table = candidate.table
    prefix = "state." if "state.q[0]" in table.names else ""
    time = next((name for name in _TIMES if name in table.names), _TIMES[0])
    found: dict[str, Array] = {}
    for key in ("q", "dq", "q_d", "dq_d", "tau_J"):
        names = [f"{prefix}{key}[{joint}]" for joint in range(dof)]
        if key == "q" or names[0] in table.names:
            found[key] = table.named(names)
    times = table.named([time])[:, 0] * _MILLISECOND
    return Log(
        table.file.name,
        "libfranka",
        table.sha256,
        table.first_row,
        times,
        found["q"],
        found.get("dq"),
        target_position=found.get("q_d"),
        recorded_target_velocity=found.get("dq_d"),
        torque=found.get("tau_J"),
        torque_at="link",
    )


def _single_files(candidate: Candidate, stem: str, dof: int) -> Log:
    tables = read_set(candidate.file, stem, _ENDINGS, _NEEDED)
    times = tables["time.txt"].columns([0])[:, 0]
    joints = {}
    for ending, table in tables.items():
        if ending == "time.txt":
            continue
        values = table.columns([0])[:, 0]
        if len(values) != len(times) * dof:
            raise ConfigError(
                f"holds {len(values)} numbers, expected {dof} joints at {len(times)} times", file=table.file
            )
        joints[ending] = values.reshape(-1, dof)
    return Log(
        stem.rstrip("_-.") or candidate.file.name,
        "libfranka",
        digest(tables),
        1,
        times,
        joints["positions.txt"],
        joints.get("velocity.txt"),
        torque=joints.get("torques.txt"),
        torque_at="link",
    )


LIBFRANKA = Preset("libfranka", "CSV of libfranka's log function, or one text file a quantity", _fits, _read)
