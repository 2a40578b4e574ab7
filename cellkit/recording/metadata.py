"""The metadata of a recording: run, models, limits, attached texts, result. They hold nothing about the computer."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path

from cellkit import __version__
from cellkit.cell.plan import CellPlan
from cellkit.masses import Load, six
from cellkit.models.arm import ArmModel
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run

SCHEMA = "cellkit/recording/1"
RECORDING = "cellkit"
"""Metadata: version of cellkit, meaning of the times, rate."""
RUN = "run"
"""Metadata: facts of the run."""
MODELS = "models"
"""Metadata: model by role."""
FILES = "files"
"""Metadata: SHA-256 of the attached texts by name."""
RESULT = "result"
"""Metadata at the end: the result of the run."""
TIMES = "cell time in ns since the cell was opened; no time of day, though protobuf's timestamps look as if in 1970"


def recording_facts(rate: float, utc: float | None) -> dict[str, str]:
    """Return the metadata ``RECORDING``; ``rate``: snapshots per second; ``utc``: s since 1970 at cell time zero."""
    facts = {"schema": SCHEMA, "cellkit": __version__, "times": TIMES, "rate_hz": f"{rate:g}"}
    return facts if utc is None else facts | {"utc_start": f"{utc:.6f}"}


def run_facts(run: Run) -> dict[str, str]:
    """Return the facts of a run, as in the header of its trace; empty values are left out."""
    plan, options = run.plan, run.options
    facts = {
        "scenario": run.scenario.file.name,
        "title": run.scenario.file.title,
        "arm": "+".join(model.id for model in plan.arms.values()),
        "gripper": "+".join(model.id for model in plan.grippers.values()),
        "world": run.world,
        "path": options.path,
        "seed": str(run.seed),
        "quantity": str(run.quantity),
        "override": f"{options.override:g}",
        "fault": options.fault or "",
    }
    return {key: value for key, value in facts.items() if value}


def run_files(run: Run) -> dict[str, Path]:
    """Return the files of a run by the name under which they are attached."""
    return {
        "scenario.yaml": run.scenario.document.file,
        "cell.yaml": run.scenario.cell_file,
        "program.py": run.program_file,
    }


def model_facts(plan: CellPlan) -> dict[str, str]:
    """Return the model of each role."""
    models: Mapping[str, object] = {**plan.arms, **plan.grippers, **plan.sensors}
    return {role: str(getattr(model, "id", "")) for role, model in models.items()}


def limits_name(arm: str) -> str:
    """Return the name of the metadata with an arm's limits."""
    return f"limits/{arm}"


def limit_facts(model: ArmModel) -> dict[str, str]:
    """Return the limits of an arm's joints, as JSON lists; null: no limit of position, or unknown torque."""
    limits = model.joint_limits()
    efforts = [joint.max_effort for joint in model.kinematics.joints]
    return {
        "joints": json.dumps(limits.names),
        "lower_rad": _numbers(limits.lower.tolist()),
        "upper_rad": _numbers(limits.upper.tolist()),
        "velocity_rad_s": _numbers(limits.velocity.tolist()),
        "acceleration_rad_s2": _numbers(limits.acceleration.tolist()),
        "jerk_rad_s3": _numbers(limits.jerk.tolist()),
        "effort_nm": _numbers(efforts),
        "model": model.id,
        "name": model.name,
    }


def tools_name(arm: str) -> str:
    """Return the name of the metadata with the tools on an arm's flange."""
    return f"tools/{arm}"


def tool_facts(plan: CellPlan, arm: str) -> dict[str, str]:
    """Return mass, centre of gravity and inertia of all grippers on an arm, in the flange frame, as JSON."""
    load = sum((plan.grippers[role].load() for role in plan.grippers_on(arm)), Load())
    return {
        "mass_kg": json.dumps(load.mass),
        "centre_m": _numbers(load.centre_of_gravity.tolist()),
        "inertia_kg_m2": _numbers(six(load.inertia)),
    }


def _numbers(values: list[float] | list[float | None]) -> str:
    return json.dumps([value if value is not None and math.isfinite(value) else None for value in values])


def result_facts(record: RunRecord, files: Mapping[str, Path]) -> dict[str, str]:
    """Return the result of a run; its key ``record`` holds the complete run record as JSON."""
    facts = {"success": str(record.success).lower(), "record": record.model_dump_json()}
    if record.failure is not None:
        facts["failure"] = f"{record.failure.what} ({record.failure.where})"
    return {key: without_folders(value, files) for key, value in facts.items()}


def without_folders(text: str, files: Mapping[str, Path]) -> str:
    """Remove the folders of the run's files from a text, which keeps their names."""
    for file in files.values():
        text = text.replace(f"{file.absolute().parent}/", "")
    return text


def sha256(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
