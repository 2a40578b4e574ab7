"""Grades a program: a run for each hidden seed, spread over local processes, and one score."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field

from cellkit import __version__
from cellkit.errors import CellkitError, ConfigError
from cellkit.exercise.attempt import Attempt, attempt
from cellkit.exercise.config import Exercise, read_exercise
from cellkit.exercise.sandbox import Protection, die_with_parent, hidden_memory, hide_memory, protection
from cellkit.exercise.score import closed, passed, require_measured, score
from cellkit.exercise.student import ProgramText
from cellkit.inputfile import read_text_input
from cellkit.study.frozen_model import FrozenModel

MAX_PROGRAM = 1_000_000
"""Largest size of a program's text in bytes."""
_SEEDS = 2**31


class Grade(FrozenModel):
    """The output of `--json` (`cellkit/grade/1`). ``first_failure`` is the first run with an error.

    ``seed_base`` repeats the same runs (`--seed-base`). There are fewer ``runs`` than ``planned`` if the gate closed.
    """

    model_config = ConfigDict(populate_by_name=True)

    schema_: Literal["cellkit/grade/1"] = Field(default="cellkit/grade/1", alias="schema")
    exercise: str
    program: str
    program_sha256: str
    passed: bool
    pass_mark: float
    score: float
    gate: str | None
    subscores: dict[str, float]
    weights: dict[str, float]
    good: int
    planned: int
    seed_base: int
    first_failure: Attempt | None
    runs: list[Attempt]
    protection: list[str]
    notes: list[str]
    cellkit: str = __version__


def read_program(file: Path) -> ProgramText:
    """Read a student's program. Raises ``ConfigError`` for a file that is missing or is not text."""
    text = read_text_input(file, MAX_PROGRAM, "a program")
    if file.suffix != ".py":
        raise ConfigError("is not a Python file (expected a name ending in .py)", file=file)
    return ProgramText(text, file.name)


def fresh_base() -> int:
    """Return an unpredictable number, from which the seeds of one grading follow."""
    return int.from_bytes(os.urandom(6), "big")


def seeds_of(base: int, count: int) -> list[int]:
    """Return the seeds that follow from a base number."""
    digests = (hashlib.sha256(f"{base}:{number}".encode()).digest() for number in range(count))
    return [int.from_bytes(digest[:8], "big") % _SEEDS for digest in digests]


def grade(
    exercise: Exercise,
    program: ProgramText,
    *,
    seeds: int | None = None,
    seed_base: int | None = None,
    jobs: int | None = None,
    protected: bool = True,
    on_run: Callable[[int, int], None] = lambda done, planned: None,
) -> Grade:
    """Grade a program. ``seeds``: number of runs; every variant is run at least once.

    Raises ``ConfigError``, and ``CellkitError`` if the program must run in a sandbox but cannot.
    """
    require_measured(exercise)
    walls = protection() if protected else Protection((), None, ("the program ran without a sandbox: --unprotected",))
    if walls.missing is not None:
        raise CellkitError(f"{walls.missing}; use --unprotected for a program that you trust")
    file = exercise.file
    planned = max(seeds or file.seeds, len(file.variants))
    with hidden_memory(protected):
        base = fresh_base() if seed_base is None else seed_base
        runs = _run_all(exercise, program, seeds_of(base, planned), jobs or os.cpu_count() or 1, protected, on_run)
    result = score(exercise, runs, planned)
    return Grade(
        exercise=file.name,
        program=program.name,
        program_sha256=hashlib.sha256(program.text.encode()).hexdigest(),
        passed=passed(exercise, result),
        pass_mark=file.pass_,
        score=result.score,
        gate=result.gate,
        subscores=result.subscores.model_dump(),
        weights=file.score.model_dump(),
        good=sum(run.success for run in runs),
        planned=planned,
        seed_base=base,
        first_failure=next((run for run in runs if run.event is not None), None),
        runs=runs,
        protection=list(walls.walls),
        notes=list(walls.notes),
    )


def run_variants(exercise: Exercise, program: ProgramText, count: int, jobs: int, protected: bool) -> list[Attempt]:
    """Make all of ``count`` runs, the variants in turn, to measure the reference."""
    seeds = seeds_of(0, count)
    return _run_all(exercise, program, seeds, jobs, protected, lambda done, planned: None, to_the_end=True)


def _run_all(
    exercise: Exercise,
    program: ProgramText,
    seeds: list[int],
    jobs: int,
    protected: bool,
    on_run: Callable[[int, int], None],
    to_the_end: bool = False,
) -> list[Attempt]:
    """Make one run a seed, in their order, up to the first run that excludes a score."""
    gate, variants = exercise.file.gate, len(exercise.file.variants)
    reference = str(exercise.document.file.absolute())
    done: dict[int, Attempt] = {}
    jobs = min(jobs, len(seeds))
    if jobs == 1:
        for index, seed in enumerate(seeds):
            done[index] = attempt(exercise, index % variants, seed, program, protected)
            on_run(len(done), len(seeds))
            if not to_the_end and closed(gate, [done[index]]) is not None:
                break
        return list(done.values())
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_begin_worker)
    waiting: dict[Future[Attempt], int] = {}
    left = iter(enumerate(seeds))
    end = len(seeds)
    try:
        while True:
            while len(waiting) < jobs and (following := next(left, None)) is not None:
                index, seed = following
                if index < end:
                    waiting[pool.submit(_one, reference, index % variants, seed, program, protected)] = index
            if not waiting:
                break
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                index = waiting.pop(future)
                done[index] = future.result()
                on_run(len(done), len(seeds))
                if not to_the_end and closed(gate, [done[index]]) is not None:
                    end = min(end, index + 1)  # earlier runs are still completed, so the result is always the same
        pool.shutdown()
    except BrokenProcessPool:
        raise CellkitError("the process of a run was ended from outside (is there too little memory?)") from None
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    return [done[index] for index in sorted(done) if index < end]


def _begin_worker() -> None:
    """Prepare a worker: it ends with its parent, and its memory stays hidden, since every task brings a seed."""
    die_with_parent()
    hide_memory()


def _one(reference: str, variant: int, seed: int, program: ProgramText, protected: bool) -> Attempt:
    """Make one run in a worker process."""
    return attempt(read_exercise(reference), variant, seed, program, protected)
