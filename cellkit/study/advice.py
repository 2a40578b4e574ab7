"""The advice on a concept (go, pilot or no-go), by a rule that the report states.

The advice is about an investment, not about safety.

No-go: the cell cannot be built, a feasibility check fails, no run was good, or a criterion is not met.
Pilot: none of these applies, but something is open: a check is marginal or not known, a run failed, the cell makes
fewer parts a year than the demand, a criterion has no figure to compare, the study states no criterion, or the study
has no feasibility or no runs.
Go: all checks pass, every run was good, the cell makes the demanded parts, every stated criterion is met.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cellkit.study.business.result import BusinessCase
from cellkit.study.criteria import Judged
from cellkit.study.feasibility.result import Check, Verdict
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.headline import Headline

Word = Literal["go", "pilot", "no-go"]
Weight = Literal["against", "open"]


class Reason(FrozenModel):
    """One reason against "go".

    ``key`` names a text of the report, ``what`` the check or criterion; ``because`` is the reason in English.
    ``message`` and ``figures`` are those of the check. ``value`` and ``limit`` are in the unit of the criterion, or are
    good runs and all runs, or good parts a year and demanded parts a year.
    """

    key: str
    weight: Weight
    what: str = ""
    because: str = ""
    message: str = ""
    figures: dict[str, float | str] = {}
    value: float | None = None
    limit: float | None = None


class Advice(FrozenModel):
    """The advice in one word, the outcome of each criterion, and the reasons."""

    word: Word
    criteria: list[Judged] = []
    reasons: list[Reason] = []


def advise(
    headline: Headline,
    judged: Sequence[Judged],
    checks: Sequence[Check] | None,
    impossible: str | None = None,
    business: BusinessCase | None = None,
) -> Advice:
    """Advise on one concept. ``checks`` is None without feasibility, ``business`` is None without a business case."""
    if impossible is not None:
        reason = Reason(key="impossible", weight="against", because=impossible)
        return Advice(word="no-go", criteria=list(judged), reasons=[reason])
    reasons = [*_of_checks(checks), *_of_runs(headline), *_of_volume(business), *_of_criteria(judged)]
    reasons.sort(key=lambda reason: reason.weight == "open")  # reasons against come first
    weights = {reason.weight for reason in reasons}
    word: Word = "no-go" if "against" in weights else "pilot" if weights else "go"
    return Advice(word=word, criteria=list(judged), reasons=reasons)


_WEIGHTS: dict[Verdict, tuple[str, Weight]] = {
    Verdict.FAIL: ("check_failed", "against"),
    Verdict.MARGINAL: ("check_marginal", "open"),
    Verdict.UNKNOWN: ("check_not_known", "open"),
}


def _of_checks(checks: Sequence[Check] | None) -> list[Reason]:
    if checks is None:
        return [Reason(key="no_feasibility", weight="open")]
    return [
        Reason(
            key=key,
            weight=weight,
            what=check.key,
            because=check.text,
            message=check.message,
            figures=check.figures,
        )
        for check in checks
        if check.verdict in _WEIGHTS
        for key, weight in [_WEIGHTS[check.verdict]]
    ]


def _of_runs(headline: Headline) -> list[Reason]:
    good, runs = headline.good, headline.runs
    if good is None or runs is None or runs == 0:
        return [Reason(key="no_runs", weight="open")]
    if good == 0:
        return [Reason(key="no_good_run", weight="against", value=good, limit=runs)]
    if good < runs:
        return [Reason(key="failed_runs", weight="open", value=good, limit=runs)]
    return []


def _of_volume(business: BusinessCase | None) -> list[Reason]:
    if business is None or business.cell.good >= business.demand:
        return []
    return [Reason(key="volume_short", weight="open", value=business.cell.good, limit=business.demand)]


def _of_criteria(judged: Sequence[Judged]) -> list[Reason]:
    if not judged:
        return [Reason(key="no_criteria", weight="open")]
    reasons = []
    for outcome in judged:
        key: str | None = None
        weight: Weight = "against"
        if outcome.met is None:
            key, weight = "criterion_open", "open"
        elif not outcome.met and outcome.value is None:
            key = "criterion_never"
        elif not outcome.met:
            key = "criterion_missed_low" if outcome.sense == "at least" else "criterion_missed_high"
        if key is not None:
            reason = Reason(key=key, weight=weight, what=outcome.name, value=outcome.value, limit=outcome.limit)
            reasons.append(reason)
    return reasons
