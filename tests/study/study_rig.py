"""A small study of the shipped pick and place, quick to run: the basis of the study tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from cellkit.study.study_file import Study, read_study

SMALL: dict[str, Any] = {
    "schema": "cellkit/study/1",
    "name": "small",
    "title": "A small study",
    "question": "Does it pay?",
    "owner": "the firm",
    "date": "2026-11-01",
    "task": {
        "layouts": {"as_is": "pick_and_place"},
        "quantity": 2,
        "seeds": 2,
        "shifts": 2,
        "world": "physics",
    },
    "concepts": {"arms": ["ur5e", "gp7"], "grippers": ["2f-85"]},
    "demand": {"parts_per_year": 400000},
    "criteria": {"proven": 0.2, "cycle_mean": 30},
    "cycle": {"part_present": 0.5},
    "shift": {"hours": 1, "seeds": 3},
    "energy": {},
    "business": {
        "prices": {"ur5e": 30000, "gp7": 26000, "2f-85": 4500},
        "capex": {"feeding": 9000, "vision": 5000, "safety": 6000, "training": 2000},
        "today": {"parts_per_hour": 300, "operators": 1, "scrap": 0.02},
        "labour": {"capture": 0.8},
        "hours": {"shifts": 1},
        "product": {"margin": 0.3, "part_cost": 2},
        "running": {"support": 1000},
        "samples": 500,
    },
}


def small(**changes: Any) -> dict[str, Any]:
    """Return the small study with changes: a section by its name, None to leave it out."""
    data = {**SMALL, **changes}
    return {key: value for key, value in data.items() if value is not None}


def written(folder: Path, **changes: Any) -> Path:
    """Write the file of a small study."""
    file = folder / "study.yaml"
    file.write_text(yaml.safe_dump(small(**changes), sort_keys=False))
    return file


def study(folder: Path, **changes: Any) -> Study:
    """Read the small study."""
    return read_study(written(folder, **changes))
