"""A task for another process, and the parts that the tasks of a matrix and of a study share."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

from cellkit.errors import CellkitError, name_and_words
from cellkit.scenario.config import Scenario
from cellkit.scenario.record import CycleTime, Failure, RunRecord

ResultT = TypeVar("ResultT")
ResultT_co = TypeVar("ResultT_co", covariant=True)

ResultCallback: TypeAlias = Callable[[int, ResultT], None]
"""Called with the number of a task and its result, as each task ends."""


class Task(Protocol[ResultT_co]):
    """A task; it goes to a process as a pickle, and so does its result. Neither method raises."""

    def carry_out(self) -> ResultT_co:
        """Carry out the task in this process; any error becomes the result."""

    def failed(self, reason: str) -> ResultT_co:
        """Return the result of a task that did not end by itself: its process died, or no worker was left."""


def unfinished(
    scenario: str, arm: str, gripper: str | None, world: str, path: str, seed: int, reason: str
) -> RunRecord:
    """Return the record of a run that did not end by itself, for ``reason``."""
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
        failure=Failure(what=reason, when=0.0, where="process"),
    )


def one_line(error: Exception) -> str:
    """Return an error in one line; one from outside cellkit, a mistake in this software, with the name of its type."""
    return str(error) if isinstance(error, CellkitError) else name_and_words(error)


@contextlib.contextmanager
def imports_of(scenario: Scenario) -> Iterator[None]:
    """Forget the modules that a program imports from beside itself: another scenario may use the same names."""
    folder = scenario.program_file.parent
    path, before = list(sys.path), set(sys.modules)
    try:
        yield
    finally:
        sys.path[:] = path
        for name in [module for module in list(sys.modules) if module not in before and _is_in(module, folder)]:
            del sys.modules[name]


def _is_in(name: str, folder: Path) -> bool:
    """Return whether a module lies in a folder or in a package there, not in an environment installed below it."""
    module = sys.modules[name]
    file = getattr(module, "__file__", None)
    places = [Path(place) for place in (getattr(module, "__path__", ()) if file is None else [file])]
    package = folder / name.partition(".")[0]
    return any(place.parent == folder or place.is_relative_to(package) for place in places)
