"""A piece of work for another process, and what two kinds of it, those of a matrix and of a study, have in common."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

from cellkit.errors import CellkitError
from cellkit.scenario.config import Scenario
from cellkit.scenario.record import CycleTime, Failure, RunRecord

ResultT = TypeVar("ResultT")
ResultT_co = TypeVar("ResultT_co", covariant=True)

Told: TypeAlias = Callable[[int, ResultT], None]
"""Called with the number of a task and what came of it, as each ends."""


class Task(Protocol[ResultT_co]):
    """Goes to a process as a pickle, and so does its result. Neither method raises."""

    def carry_out(self) -> ResultT_co:
        """Do it in this process; whatever goes wrong with it becomes the result."""

    def failed(self, what: str) -> ResultT_co:
        """The result when it came to no end of its own: its process died, or nobody was there to do it."""


def unfinished(scenario: str, arm: str, gripper: str | None, world: str, path: str, seed: int, what: str) -> RunRecord:
    """The record of a run that came to no end of its own; ``what`` says why."""
    return RunRecord(
        scenario=scenario,
        arm=arm,
        gripper=gripper,
        world=world,
        path=path,
        seed=seed,
        success=False,
        parts_good=0,
        parts_total=0,
        parts_judged=False,
        cycle_time=CycleTime(mean=None, list=[]),
        simulated_time=0.0,
        wall_time=0.0,
        realtime_factor=0.0,
        max_place_error=None,
        collisions=None,
        trace_sha256="",
        failure=Failure(what=what, when=0.0, where="process"),
    )


def in_words(error: Exception) -> str:
    """An error in one line; one that is none of cellkit's, a mistake in this software, with its name."""
    return str(error) if isinstance(error, CellkitError) else f"{type(error).__name__}: {error}".removesuffix(": ")


@contextlib.contextmanager
def imports_of(scenario: Scenario) -> Iterator[None]:
    """What a program imports from beside itself is forgotten afterwards: another scenario may have the same names."""
    folder = scenario.program_file.parent
    path, before = list(sys.path), set(sys.modules)
    try:
        yield
    finally:
        sys.path[:] = path
        for name in [one for one in list(sys.modules) if one not in before and _is_in(one, folder)]:
            del sys.modules[name]


def _is_in(name: str, folder: Path) -> bool:
    """Whether a module lies in a folder, or in a package there; not what only happens to be installed below it."""
    module = sys.modules[name]
    file = getattr(module, "__file__", None)
    places = [Path(place) for place in (getattr(module, "__path__", ()) if file is None else [file])]
    package = folder / name.partition(".")[0]
    return any(place.parent == folder or place.is_relative_to(package) for place in places)
