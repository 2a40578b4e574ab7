"""A model file from a calibration: the shipped model, with the figures that the log taught better."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from cellkit.calibration.figure import Figure
from cellkit.calibration.result import Findings
from cellkit.calibration.time_law import SHORTEST_JERK_TIME
from cellkit.models.arm import ArmModel, JointModel
from cellkit.yamlfile import Document, validate

_LIMITS = {"speed": "max_velocity", "acceleration": "max_acceleration"}
_DRIVES = {"rotor inertia": "rotor_inertia", "viscous friction": "viscous", "Coulomb friction": "coulomb"}
STEADY = 0.1
"""A speed, acceleration or jerk time that misses the held-out moves by more than this share is no figure of the arm."""
COMMANDED = "The program of the log commanded it for all joints alike; the controller may allow more."
_DIGITS = 5
"""Significant digits of a written figure; no log shows more."""


def written(findings: Findings) -> list[Figure]:
    """Return the figures that go into a model file: steady ones that beat the shipped ones, and that models have."""
    steady = findings.times_are_better()
    return [
        figure
        for figure in findings.better()
        if figure.name in _DRIVES or (steady and figure.name in (*_LIMITS, "jerk time") and _is_steady(figure))
    ]


def _is_steady(figure: Figure) -> bool:
    return figure.error is not None and figure.error <= STEADY * figure.value


def model_text(findings: Findings, shipped: Mapping[str, Any], file: Path, urdf: str | None = None) -> str:
    """Return the text of a model file with the figures of ``written``.

    ``shipped`` is the data of the shipped file; ``urdf`` replaces its path of shapes, which is relative to that file.

    Raises ``ConfigError``, naming ``file``, where the figures do not make a valid model.
    """
    data: dict[str, Any] = copy.deepcopy(dict(shipped))
    if urdf is not None:
        data["urdf"] = urdf
    source = f"log_{findings.log.sha256[:8]}"
    figures = written(findings)
    joints = data["kinematics"]["joints"]
    for figure in figures:
        if figure.name in _LIMITS:
            for joint in figure.joints:
                joints[joint - 1][_LIMITS[figure.name]] = _rounded(figure.value)
    _set_jerk(joints, findings, figures)
    if any(figure.name in _DRIVES for figure in figures):
        _set_drives(data, figures, source)
    for group, names in (("velocity", ("speed",)), ("acceleration", ("acceleration", "jerk time"))):
        taught = [figure for figure in figures if figure.name in names]
        if taught:
            note = _note(taught) + (f" {COMMANDED}" if findings.synchronised_by == "angle" else "")
            data["limits"][group] = {"source": source, "verified": True, "note": note}
    data["sources"][source] = {
        "title": f"Log {findings.log.name} of the arm",
        "detail": f"SHA-256 {findings.log.sha256}; read by cellkit calibrate with {findings.payload:g} kg of payload; "
        "'verified' means measured on this log",
        "licence": "the owner's",
    }
    validate(ArmModel, Document(file, data, {}))
    heading = f"# The model {findings.arm} with figures of the log {findings.log.name}, by cellkit calibrate.\n"
    return heading + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)


def _set_jerk(joints: Sequence[dict[str, Any]], findings: Findings, figures: Sequence[Figure]) -> None:
    """Set the jerk limits: the learned jerk time, or the shipped one at a new acceleration."""
    taught = next((figure for figure in figures if figure.name == "jerk time"), None)
    for number, joint in enumerate(joints):
        if not findings.log.moved(number):
            continue
        shipped = findings.shipped.acceleration[number] / findings.shipped.jerk[number]
        time = shipped if taught is None else taught.value
        if time > 0.0 or JointModel.model_fields["max_jerk"].is_required():
            joint["max_jerk"] = _rounded(joint["max_acceleration"] / max(time, SHORTEST_JERK_TIME))
        else:
            joint.pop("max_jerk", None)  # no limit


def _set_drives(data: dict[str, Any], figures: Sequence[Figure], source: str) -> None:
    """Set the learned figures of the drives; the joints without one keep the shipped figures."""
    count = len(data["kinematics"]["joints"])
    shipped = data.get("drives") or {}
    drives = {
        key: shipped.get(key) or {"values": None, "source": source, "verified": False} for key in _DRIVES.values()
    }
    for name, key in _DRIVES.items():
        taught = [figure for figure in figures if figure.name == name]
        if not taught:
            continue
        values = list(drives[key]["values"] or [None] * count)
        note = _note(taught)
        if drives[key]["values"]:
            note += f" Other joints: {drives[key]['source']}. {drives[key].get('note', '')}".rstrip()
        for figure in taught:
            for joint in figure.joints:
                values[joint - 1] = _rounded(figure.value)
        drives[key] = {"values": values, "source": source, "verified": True, "note": note}
    data["drives"] = drives


def _note(figures: Sequence[Figure]) -> str:
    """Return how well some figures were measured, in words."""
    sentences = []
    for figure in figures:
        joints = f" of joint {', '.join(map(str, figure.joints))}" if figure.joints else ""
        error = "unknown" if figure.error is None else f"{figure.error:.3g} {figure.error_unit}"
        sentences.append(
            f"{figure.name[:1].upper()}{figure.name[1:]}{joints}: fitted on {figure.fitted} pieces of the log, "
            f"error on {figure.held} others {error}."
        )
    return " ".join(sentences)


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
