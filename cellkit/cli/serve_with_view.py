"""Who watches a cell that is served: the live view inside the commissioning page, and a recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cellkit.cell.build import BuiltCell
from cellkit.scenario.observers import ObserverGroup, RunObserver
from cellkit.scenario.trace import Trace
from cellkit.supervision.served_cell import ServedCell


class Watched:
    """The watchers of one served cell, from its opening to its end; they change nothing in it."""

    def __init__(self, built: BuiltCell, watchers: Sequence[RunObserver]) -> None:
        self._built = built
        self._watch = ObserverGroup(watchers)
        self._trace = Trace(None, self._watch.event)
        self._watched = bool(watchers)

    def begin(self, seed: int, path: str) -> None:
        """The cell is open. What happened before is no news to those who watch; as in a run, the header comes first."""
        built = self._built
        self._trace.header(cell=built.cell.name, world=built.world.name, path=path, seed=seed)
        self._watch.begin(built)
        if self._watched:
            built.cell.on_event(self._trace.device_event)
            built.world.on_event(self._trace.world_event)

    def end(self) -> None:
        """Nothing more will come."""
        self._watch.stop(self._built)
        self._watch.end(None)


def first_program(subject: ServedCell) -> Path:
    """The text that is shown beside the cell; the first program's, or none."""
    known = next(iter(subject.programs.values()), None)
    return Path() if known is None else known.file


def titles(subject: ServedCell, world: str, path: str) -> tuple[str, str]:
    """What is served, and in which way."""
    plan = subject.plan
    models = " + ".join(model.name for model in (*plan.arms.values(), *plan.grippers.values()))
    way = "devices at their addresses" if path == "live" else f"{world} world, {path} path"
    return plan.file.title or plan.file.name, f"{models}; {way}" if models else way
