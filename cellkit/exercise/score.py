"""From runs to a score. What counts is in ``Weights``, what rules a score out in ``Gate``.

The reference program has exactly 100, a program without one good run exactly 0::

    score = 100 · gate · (w_time · time + w_success · success + w_robustness · robustness
                          + w_energy · energy + w_portability · portability)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict

from cellkit.exercise.attempt import Attempt
from cellkit.exercise.config import Exercise, Gate
from cellkit.study.proportion import lower_bound

SLACK = 1.05
"""By this factor a program may on average be slower, or need more energy, than the reference ever was."""


class SubScores(BaseModel):
    """Shares, 0 to 1.

    * ``time``: min(1, T_ref / T), T the mean cell time for a good part of the runs that succeeded on a variant.
    * ``success``: the share of successes that the runs prove (95 %, one-sided), over what as many successes prove.
    * ``robustness``: the share of good parts in the worst run.
    * ``energy``: min(1, E_ref / E) likewise, of the joints' mechanical work for a good part.
    * ``portability``: the share of successes on the variant that it did worst on.
    """

    model_config = ConfigDict(frozen=True)

    time: float
    success: float
    robustness: float
    energy: float
    portability: float


class Score(BaseModel):
    """``gate`` is None where nothing rules a score out, otherwise why there is none."""

    model_config = ConfigDict(frozen=True)

    score: float
    gate: str | None
    subscores: SubScores


def closed(gate: Gate, runs: Sequence[Attempt]) -> str | None:
    """Why there can be no score, whatever else comes; None: nothing rules it out."""
    for run in runs:
        if run.ended:
            return "the program had to be ended"
        if run.collisions is not None and run.collisions > gate.collisions:
            return f"{run.collisions} collisions in a run, {gate.collisions} allowed"
        if run.refused > gate.refused:
            return f"{run.refused} commands refused in a run, {gate.refused} allowed"
    return None


def score(exercise: Exercise, runs: Sequence[Attempt], planned: int) -> Score:
    """The score of so many runs of those that were planned; grading ends early when the gate has closed."""
    file = exercise.file
    weights, measured = file.score, file.measured
    good = [run for run in runs if run.success]
    shut = closed(file.gate, runs) or (None if good else "no run succeeded")
    seconds = measured.seconds if measured is not None else []
    joules = measured.joules if measured is not None else []
    worst_variant = min(_share([run for run in runs if run.variant == one]) for one in {run.variant for run in runs})
    parts = SubScores(
        time=_against(seconds, good, lambda run: run.seconds),
        success=lower_bound(len(good), planned) / lower_bound(planned, planned),
        robustness=min(run.share for run in runs),
        energy=_against(joules, good, lambda run: run.joules),
        portability=worst_variant,
    )
    total = sum(getattr(weights, name) * getattr(parts, name) for name in SubScores.model_fields)
    return Score(score=0.0 if shut else round(100.0 * total, 1), gate=shut, subscores=parts)


def passed(exercise: Exercise, result: Score) -> bool:
    """Whether the score is enough."""
    return result.gate is None and result.score >= exercise.file.pass_


def _share(runs: Sequence[Attempt]) -> float:
    return sum(run.success for run in runs) / len(runs)


def _against(
    reference: Sequence[float | None], runs: Sequence[Attempt], measure: Callable[[Attempt], float | None]
) -> float:
    """Mean over the runs of min(1, reference / mean of the variant); full where there is nothing to compare with."""
    shares: list[float] = []
    for variant in sorted({run.variant for run in runs}):
        found = [measure(run) for run in runs if run.variant == variant]
        known = [one for one in found if one]
        best = reference[variant] if variant < len(reference) else None
        share = min(1.0, SLACK * best * len(known) / sum(known)) if known and best is not None else 1.0
        shares += [share] * len(found)
    return sum(shares) / len(shares) if shares else 0.0


def require_measured(exercise: Exercise) -> None:
    """Raise ``ConfigError`` where time or energy counts and nobody has measured the reference."""
    weights = exercise.file.score
    if exercise.file.measured is None and (weights.time or weights.energy):
        text = f"time counts, but the reference was not measured: `cellkit exercise measure {exercise.file.name}`"
        raise exercise.document.error(text)
