"""Observers of a served cell: the live view inside the commissioning page, and a recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cellkit.cell.build import BuiltCell
from cellkit.scenario.observers import ObserverGroup, RunObserver
from cellkit.scenario.trace import Trace
from cellkit.supervision.served_cell import ServedCell


class ServedCellObservers:
    """The observers of one served cell, from its opening to its end; they do not change the cell."""

    def __init__(self, built: BuiltCell, observers: Sequence[RunObserver]) -> None:
        self._built = built
        self._group = ObserverGroup(observers)
        self._trace = Trace(None, self._group.event)
        self._has_observers = bool(observers)

    def begin(self, seed: int, path: str) -> None:
        """Begin with the open cell.

        Observers receive only later events; as in a run, the header comes first.
        """
        built = self._built
        self._trace.header(cell=built.cell.name, world=built.world.name, path=path, seed=seed)
        self._group.begin(built)
        if self._has_observers:
            built.cell.on_event(self._trace.device_event)
            built.world.on_event(self._trace.world_event)

    def end(self) -> None:
        """End the observation."""
        self._group.stop()
        self._group.end(None)


def first_program(subject: ServedCell) -> Path:
    """Return the file of the program that is shown beside the cell: the first one, or an empty path."""
    known = next(iter(subject.programs.values()), None)
    return Path() if known is None else known.file


def titles(subject: ServedCell, world: str, path: str) -> tuple[str, str]:
    """Return the title and the subtitle of the page."""
    plan = subject.plan
    models = " + ".join(model.name for model in (*plan.arms.values(), *plan.grippers.values()))
    way = "devices at their addresses" if path == "live" else f"{world} world, {path} path"
    return plan.file.title or plan.file.name, f"{models}; {way}" if models else way
