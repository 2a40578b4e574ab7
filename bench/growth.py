"""Cost as the work grows: ``python -m bench.growth`` prints a table; ``--write`` writes it and a plot for the README.

Each size is measured in a process of its own, so that no size finds the memory or the caches of another one. A process
does the work once at the smallest size before it measures: imports and first uses are no part of the growth.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench import growth_work
from bench.report import print_table, write_table

PLOT = Path(__file__).with_name("growth.svg")


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of work: ``work`` carries out a size and returns its processor time (s) and its number of units."""

    name: str
    unit: str
    sizes: tuple[int, ...]
    work: Callable[[int], growth_work.Cost]


CASES = {
    "parts": Case("kinematic pick_and_place", "part", (10, 100, 1000, 10_000), growth_work.parts),
    "arms": Case("arms that move at the same time", "motion", (1, 2, 4, 8), growth_work.arms),
    "bodies": Case("physics step, parts awake", "part and step", (10, 100, 500), growth_work.bodies_awake),
    "asleep": Case("physics step, parts asleep", "part and step", (10, 100, 500), growth_work.bodies_asleep),
    "items": Case("gateway, monitored items", "change", (100, 1000, 10_000), growth_work.items),
    "runs": Case("runs of one scenario in one process", "run", (1, 10, 100, 2000), growth_work.runs),
    "concepts": Case("study of machine tending", "concept", (1, 2, 6), growth_work.concepts),
}


class Figure(NamedTuple):
    """The cost of one size: processor time of one unit (s) and the largest memory of the process (MB)."""

    size: int
    unit: float
    memory: float


def measure(name: str) -> Iterator[Figure]:
    """Measure every size of a case."""
    for size in CASES[name].sizes:
        print(f"{CASES[name].name}: {size:,}", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "bench.growth", "--one", name, str(size)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        yield Figure(size, *json.loads(done.stdout.splitlines()[-1]))


def one(name: str, size: int) -> None:
    """Print the cost of one size as JSON: time of a unit (s), and memory (MB)."""
    case = CASES[name]
    case.work(case.sizes[0])
    seconds, units = case.work(size)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([seconds / units, memory]))


def rows(figures: dict[str, list[Figure]]) -> list[tuple[str, ...]]:
    """Return rows of the table: what, size, time of a unit, the same ÷ that of the smallest size, memory."""
    return [
        (
            CASES[name].name,
            f"{figure.size:,}",
            f"{figure.unit * 1e3:.3g} ms a {CASES[name].unit}",
            f"{figure.unit / found[0].unit:.2f}",
            f"{figure.memory:.0f} MB",
        )
        for name, found in figures.items()
        for figure in found
    ]


def plot(figures: dict[str, list[Figure]], file: Path) -> None:
    """Draw the time of a unit ÷ that of the smallest size, over the size."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "growth"  # the same figures give the same file
    import matplotlib.pyplot as plt

    drawing, axes = plt.subplots(figsize=(8.0, 4.5), layout="constrained")
    for name, found in figures.items():
        sizes = [figure.size / found[0].size for figure in found]
        axes.plot(sizes, [figure.unit / found[0].unit for figure in found], marker="o", label=CASES[name].name)
    axes.set(
        xscale="log", yscale="log", xlabel="size ÷ smallest size", ylabel="processor time of a unit ÷ at the smallest"
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.axhline(1.0, color="grey", linewidth=0.8)
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend()
    drawing.savefig(file, metadata={"Date": None})


def main() -> None:
    """Measure all cases, or those that are named; print them, and write them to the README if asked."""
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], int(sys.argv[3]))
        return
    names = [name for name in sys.argv[1:] if name in CASES] or list(CASES)
    figures = {name: list(measure(name)) for name in names}
    headings = ("what", "size", "processor time", "÷ smallest size", "memory")
    print_table(headings, rows(figures))
    if "--write" in sys.argv[1:]:
        write_table("growth", headings, rows(figures))
        plot(figures, PLOT)


if __name__ == "__main__":
    main()
