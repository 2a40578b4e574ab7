"""The path test of ``cellkit iso9283``: of a simulated arm, or of a log."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from cellkit.cli.iso9283_log import read_rows
from cellkit.cli.output import out, prints_tables, progress_console, titled_table, write_json
from cellkit.errors import ConfigError
from cellkit.models.arm import ArmModel
from cellkit.study.iso9283 import MIN_REPEATS, PathFigures, SpeedFigures, path_figures, speed_figures
from cellkit.study.iso9283_path import BLEND, CYCLES, SPEED, run_path_test
from cellkit.study.repeatability import Scatter

COLUMNS = ("path", "cycle", "point", "x_commanded", "y_commanded", "z_commanded", "x", "y", "z")
SPEEDS = ("speed_commanded", "speed")
"""Optional columns of a log."""


def simulate_path(
    model: ArmModel, world: str, cycles: int | None, speed: float | None, scatter: Scatter | None, json: Path | None
) -> None:
    """Run the test, print and write its result."""
    with progress_console().status(f"{model.id}: the path test, {world} world"):
        result = run_path_test(model, world, cycles or CYCLES, speed or SPEED, scatter)
    if json is not None:
        write_json(
            {
                "arm": model.id,
                "world": world,
                "test": "path",
                "cycles": result.cycles,
                "points": result.points,
                "line": result.line.tolist(),
                "speed": result.speed,
                "path": asdict(result.path),
                "speeds": asdict(result.speeds),
                "corner": asdict(result.corner),
                "scatter": result.scatter,
            },
            json,
        )
    if not prints_tables(json):
        return
    title = f"{model.name}: ISO 9283 path test, simulated ({world}), {result.cycles} cycles, no load"
    table = _table(title, {"line": (result.path, result.speeds)}, 1000.0)
    out().print(table)
    length = float(np.linalg.norm(result.line[1] - result.line[0]))
    out().print(
        f"a line of {length:.3f} m along a diagonal of the cube at {result.speed:g} m/s, {result.points} points in its "
        f"middle half; corner blended by {BLEND * 1000:g} mm: rounding CR {result.corner.rounding * 1000:.3f} mm, "
        f"overshoot CO {result.corner.overshoot * 1000:.3f} mm",
        soft_wrap=True,
    )
    out().print(scatter_note(result.scatter), soft_wrap=True)


def scatter_note(scatter: str | None) -> str:
    """Return which errors the figures contain beside those of the simulation."""
    if scatter is None:
        return "The figures above contain only the errors of the simulation, not a real arm's own errors."
    return (
        f"The scatter is random, according to the model's repeatability, {scatter}; "
        "other errors of a real arm are not included."
    )


def evaluate_paths(log: Path, json: Path | None) -> None:
    """Read a log, print and write its figures."""
    figures = read_paths(log)
    if json is not None:
        data: dict[str, Any] = {
            name: {"path": asdict(path), "speeds": None if speeds is None else asdict(speeds)}
            for name, (path, speeds) in figures.items()
        }
        write_json({"log": str(log), "test": "path", "paths": data}, json)
    if prints_tables(json):
        out().print(_table(f"{log.name}: ISO 9283 path test, in the log's units", figures, 1.0))


def read_paths(file: Path) -> dict[str, tuple[PathFigures, SpeedFigures | None]]:
    """Return the figures by path of a CSV file with the columns ``COLUMNS``, and ``SPEEDS`` where measured.

    Every cycle has the same points. Raises ``ConfigError`` with the line.
    """
    rows, columns = read_rows(file, COLUMNS)
    with_speed = all(name in columns for name in SPEEDS)
    names = (*COLUMNS[3:], *(SPEEDS if with_speed else ()))
    cycles: dict[str, dict[str, dict[str, list[float]]]] = {}
    for number, row in rows:
        try:
            values = [float(row[name]) for name in names]
        except (TypeError, ValueError):
            raise ConfigError(f"expected numbers for {', '.join(names)}", file=file, line=number) from None
        if not np.isfinite(values).all():
            raise ConfigError("a number is not finite", file=file, line=number)
        points = cycles.setdefault(row["path"], {}).setdefault(row["cycle"], {})
        if row["point"] in points:
            where = f"path {row['path']!r}, cycle {row['cycle']!r}"
            raise ConfigError(f"{where} has point {row['point']!r} twice", file=file, line=number)
        points[row["point"]] = values
        first = next(iter(cycles[row["path"]].values()))
        if row["point"] not in first or values[:3] != first[row["point"]][:3]:
            raise ConfigError(f"point {row['point']!r} differs from that of the first cycle", file=file, line=number)
    if not cycles:
        raise ConfigError("holds no measurement", file=file)
    return {name: _figures(file, name, cycles_of_path) for name, cycles_of_path in cycles.items()}


def _figures(
    file: Path, name: str, cycles: dict[str, dict[str, list[float]]]
) -> tuple[PathFigures, SpeedFigures | None]:
    if len(cycles) < MIN_REPEATS:
        raise ConfigError(f"path {name!r} was run {len(cycles)} time; a scatter needs {MIN_REPEATS}", file=file)
    points = next(iter(cycles.values())).keys()
    for cycle, measured in cycles.items():
        missing = [point for point in points if point not in measured]
        if missing:
            raise ConfigError(f"path {name!r}, cycle {cycle!r} has no point {missing[0]!r}", file=file)
    values = np.array([[measured[point] for point in points] for measured in cycles.values()])  # (n, m, 6 or 8)
    speeds = None
    if values.shape[2] > 6:
        commanded = float(values[0, 0, 6])
        if not commanded > 0.0 or (values[:, :, 6] != commanded).any():
            raise ConfigError(f"path {name!r} needs one commanded speed, above zero, at all points", file=file)
        speeds = speed_figures(values[:, :, 7], commanded)
    return path_figures(values[:, :, 3:6], values[0, :, :3]), speeds


def _table(title: str, figures: dict[str, tuple[PathFigures, SpeedFigures | None]], scale: float) -> Table:
    unit = " mm" if scale != 1.0 else ""
    rate = " mm/s" if scale != 1.0 else ""
    headings = (f"accuracy AT{unit}", f"repeatability RT{unit}", "AV %", "RV %", f"fluctuation FV{rate}")
    table = titled_table(title, ("path",), headings)
    for name, (path, speeds) in figures.items():
        cells = [f"{value * scale:.4f}" for value in (path.accuracy, path.repeatability)]
        if speeds is None:
            cells += ["-"] * 3
        else:
            cells += [f"{speeds.accuracy:.3f}", f"{speeds.repeatability:.3f}", f"{speeds.fluctuation * scale:.4f}"]
        table.add_row(name, *cells)
    return table
