"""The score of a program from its runs. ``Weights`` states the shares, ``Gate`` the conditions that exclude a score.

The reference program has exactly 100, a program without a good run exactly 0::
    score = 100 · gate · (w_time · time + w_success · success + w_robustness · robustness
                          + w_energy · energy + w_portability · portability)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cellkit.exercise.attempt import Attempt
from cellkit.exercise.config import Exercise, Gate
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.proportion import lower_bound

SLACK = 1.05
"""Factor by which a program's mean time or energy may exceed the reference's largest value without loss of points."""


class SubScores(FrozenModel):
    """Shares, 0 to 1.

    * ``time``: min(1, T_ref / T), T the mean cell time for a good part of the runs that succeeded on a variant.
    * ``success``: the proven share of successes (95 %, one-sided), over the share that only successes would prove.
    * ``robustness``: the share of good parts in the worst run.
    * ``energy``: min(1, E_ref / E) likewise, of the joints' mechanical work for a good part.
    * ``portability``: the share of successes on the worst variant.
    """

    time: float
    success: float
    robustness: float
    energy: float
    portability: float


class Score(FrozenModel):
    """A score. ``gate`` is the reason why there is no score; None if there is one."""

    score: float
    gate: str | None
    subscores: SubScores


def closed(gate: Gate, runs: Sequence[Attempt]) -> str | None:
    """Return the reason why no score is possible after these runs; None if there is none."""
    for run in runs:
        if run.ended:
            return "the program had to be ended"
        if run.collisions is not None and run.collisions > gate.collisions:
            return f"{run.collisions} collisions in a run, {gate.collisions} allowed"
        if run.refused > gate.refused:
            return f"{run.refused} commands refused in a run, {gate.refused} allowed"
    return None


def score(exercise: Exercise, runs: Sequence[Attempt], planned: int) -> Score:
    """Return the score of these runs of the planned ones; grading ends early when the gate has closed."""
    file = exercise.file
    weights, measured = file.score, file.measured
    good = [run for run in runs if run.success]
    shut = closed(file.gate, runs) or (None if good else "no run succeeded")
    seconds = measured.seconds if measured is not None else []
    joules = measured.joules if measured is not None else []
    worst_variant = min(
        _share([run for run in runs if run.variant == number]) for number in {run.variant for run in runs}
    )
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
    """Return whether the score reaches the pass mark."""
    return result.gate is None and result.score >= exercise.file.pass_


def _share(runs: Sequence[Attempt]) -> float:
    return sum(run.success for run in runs) / len(runs)


def _against(
    reference: Sequence[float | None], runs: Sequence[Attempt], measure: Callable[[Attempt], float | None]
) -> float:
    """Return the mean over the runs of min(1, reference / mean of the variant); 1 without a reference value."""
    shares: list[float] = []
    for variant in sorted({run.variant for run in runs}):
        values = [measure(run) for run in runs if run.variant == variant]
        known = [value for value in values if value]
        best = reference[variant] if variant < len(reference) else None
        share = min(1.0, SLACK * best * len(known) / sum(known)) if known and best is not None else 1.0
        shares += [share] * len(values)
    return sum(shares) / len(shares) if shares else 0.0


def require_measured(exercise: Exercise) -> None:
    """Raise ``ConfigError`` if time or energy counts but the reference was not measured."""
    weights = exercise.file.score
    if exercise.file.measured is None and (weights.time or weights.energy):
        command = f"`cellkit exercise measure {exercise.file.name}`"
        raise exercise.document.error(f"time or energy counts, but the reference was not measured: run {command}")
