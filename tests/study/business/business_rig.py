"""Shared by the tests of the business case: the study section of a small firm, and a reader of study files."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from cellkit.study.business.case import business_case
from cellkit.study.business.config import BusinessConfig
from cellkit.study.business.incentives import IncentivesConfig
from cellkit.study.business.performance import Performance
from cellkit.study.business.result import BusinessCase
from cellkit.yamlfile import StrictModel, read_yaml, validate

TODAY = "2026-11-01"

SECTION: dict[str, Any] = {
    "prices": {"ur5e": {"value": 32000, "source": "quote of a dealer", "date": "2026-10-01"}, "2f-85": 4500},
    "capex": {"feeding": 12000, "vision": 0, "safety": 6000, "training": 2500},
    "today": {"parts_per_hour": 60, "operators": 1, "scrap": 0.03},
    "labour": {"capture": 0.8},
    "hours": {"shifts": 2},
    "product": {"margin": 1.5, "part_cost": 4},
    "running": {"support": 1500},
    "change_over": {"batch": 400, "setup": 0.75, "setup_today": 0.25},
    "samples": 2000,
}

PERFORMANCE = Performance(parts_per_hour=70, scrap=0.01, energy_per_part=0.004, operators=0.2)


class Study(StrictModel):
    """The part of a study file that concerns the business case."""

    business: BusinessConfig
    incentives: IncentivesConfig = IncentivesConfig()


def section(**changes: Any) -> dict[str, Any]:
    """Return the section with changes; ``a__b`` names a nested key, None removes a key."""
    data = copy.deepcopy(SECTION)
    for path, value in changes.items():
        *parents, key = path.split("__")
        inside = data
        for parent in parents:
            inside = inside.setdefault(parent, {})
        if value is None:
            inside.pop(key, None)
        else:
            inside[key] = value
    return data


def config(**changes: Any) -> BusinessConfig:
    return BusinessConfig.model_validate(section(**changes))


def case(
    given: BusinessConfig | None = None,
    incentives: dict[str, Any] | None = None,
    performance: Performance = PERFORMANCE,
    demand: float = 150_000,
    **more: Any,
) -> BusinessCase:
    return business_case(
        given or config(),
        IncentivesConfig.model_validate(incentives or {}),
        performance,
        demand=demand,
        arms=more.pop("arms", ["ur5e"]),
        grippers=more.pop("grippers", ["2f-85"]),
        today=more.pop("today", TODAY),
        **more,
    )


def read(folder: Path, **study: Any) -> Study:
    """Write a study file and read it."""
    file = folder / "study.yaml"
    file.write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return validate(Study, read_yaml(file))
