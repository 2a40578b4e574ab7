"""The feasibility of a concept: reach, margins, loads, flange, grip, clearance, tolerances; each is a check."""

from cellkit.study.feasibility.assess import assess
from cellkit.study.feasibility.collisions import collisions_of_runs
from cellkit.study.feasibility.config import FeasibilityConfig, check_names
from cellkit.study.feasibility.reach_map import reach_map
from cellkit.study.feasibility.result import Check, Feasibility, ReachMap, Verdict

__all__ = [
    "Check",
    "Feasibility",
    "FeasibilityConfig",
    "ReachMap",
    "Verdict",
    "assess",
    "check_names",
    "collisions_of_runs",
    "reach_map",
]
