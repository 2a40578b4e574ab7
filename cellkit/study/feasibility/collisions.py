"""The collisions in runs in the physics world: the evidence for the ways between the stations."""

from __future__ import annotations

from collections.abc import Sequence

from cellkit.scenario.record import RunRecord
from cellkit.study.feasibility.result import Check, Verdict


def collisions_of_runs(records: Sequence[RunRecord]) -> Check:
    """Check all runs whose world detects collisions; the result is for ``Feasibility.with_check``."""
    counts = [record.collisions for record in records if record.collisions is not None]
    if not counts:
        return Check(key="collisions", verdict=Verdict.UNKNOWN, message="collisions.unknown")
    hit, total = sum(count > 0 for count in counts), sum(counts)
    verdict = Verdict.FAIL if hit else Verdict.PASS
    return Check(
        key="collisions",
        verdict=verdict,
        message=f"collisions.{verdict.value}",
        figures={"runs": float(len(counts)), "hit": float(hit), "count": float(total)},
        value=float(total),
        limit=0.0,
        unit="collisions",
    )
