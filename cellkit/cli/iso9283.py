"""The command ``cellkit iso9283``: accuracy and repeatability of poses and paths, of a simulated arm or from a log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from cellkit.cli.iso9283_log import read_rows
from cellkit.cli.iso9283_path import evaluate_paths, scatter_note, simulate_path
from cellkit.cli.output import check_writable, out, prints_tables, progress_console, titled_table, write_json
from cellkit.errors import ConfigError
from cellkit.models.load import load_arm
from cellkit.study.iso9283 import MIN_REPEATS, PoseFigures, pose_figures
from cellkit.study.iso9283_pose import CYCLES, run_pose_test
from cellkit.study.repeatability import Scatter

TESTS = ("pose", "path")
COLUMNS = ("pose", "x_commanded", "y_commanded", "z_commanded", "x", "y", "z")


def iso9283_command(
    arm: str | None,
    log: Path | None,
    world: str,
    cycles: int | None,
    json: Path | None,
    test: str = "pose",
    speed: float | None = None,
    scatter: bool = False,
) -> int:
    """Measure, print, and return the exit code. ``scatter``: drawn from the model's repeatability."""
    check_writable(json)
    if test not in TESTS:
        raise ConfigError(f"--test {test}: expected {' or '.join(TESTS)}")
    if speed is not None and (test == "pose" or log is not None):
        raise ConfigError("--speed is only for a simulated path; use --arm MODEL --test path")
    if scatter and log is not None:
        raise ConfigError("--scatter is only for a simulated arm; a log contains real scatter")
    if (arm is None) == (log is None):
        raise ConfigError("give an arm to simulate (--arm MODEL) or a log to evaluate (--log FILE), one of the two")
    if log is not None and test == "path":
        evaluate_paths(log, json)
        return 0
    if log is not None:
        figures = read_log(log)
        if json is not None:
            write_json(
                {"log": str(log), "poses": {pose: _data(pose_figures) for pose, pose_figures in figures.items()}}, json
            )
        if prints_tables(json):
            out().print(_table(f"{log.name}: ISO 9283 pose test, in the log's unit", figures, 1.0))
        return 0
    assert arm is not None
    model = load_arm(arm)
    noise = Scatter.of(model) if scatter else None
    if test == "path":
        simulate_path(model, world, cycles, speed, noise, json)
        return 0
    with progress_console().status(f"{model.id}: {cycles or CYCLES} cycles of five poses, {world} world"):
        result = run_pose_test(model, world, cycles or CYCLES, noise)
    named = {f"P{number}": figures for number, figures in enumerate(result.figures, 1)}
    claimed = model.repeatability.value
    if json is not None:
        write_json(
            {
                "arm": model.id,
                "world": world,
                "cycles": result.cycles,
                "cube": {"centre": result.cube.centre.tolist(), "edge": result.cube.edge},
                "points": result.cube.points.tolist(),
                "poses": {pose: _data(figures) for pose, figures in named.items()},
                "claimed_repeatability": claimed,
                "scatter": None if noise is None else noise.description,
            },
            json,
        )
    if prints_tables(json):
        title = f"{model.name}: ISO 9283 pose test, simulated ({world}), {result.cycles} cycles, no load"
        out().print(_table(title, named, 1000.0))
        x, y, z = result.cube.centre
        out().print(
            f"cube of {result.cube.edge:.3f} m around ({x:.3f}, {y:.3f}, {z:.3f}) m in the base", soft_wrap=True
        )
        vendor = "not known" if claimed is None else f"{claimed * 1000:g} mm"
        note = scatter_note(None if noise is None else noise.description)
        out().print(f"the vendor's repeatability: {vendor}. {note}", soft_wrap=True)
    return 0


def read_log(file: Path) -> dict[str, PoseFigures]:
    """Return the figures by pose of a CSV file with the columns ``COLUMNS``. Raises ``ConfigError`` with the line."""
    lines, _ = read_rows(file, COLUMNS)
    rows: dict[str, list[list[float]]] = {}
    for number, row in lines:
        try:
            values = [float(row[name]) for name in COLUMNS[1:]]
        except (TypeError, ValueError):
            raise ConfigError("expected six numbers behind the pose's name", file=file, line=number) from None
        if not np.isfinite(values).all():
            raise ConfigError("a number is not finite", file=file, line=number)
        rows.setdefault(row["pose"], []).append(values)
        if values[:3] != rows[row["pose"]][0][:3]:
            raise ConfigError(
                f"pose {row['pose']!r} has another commanded position than before", file=file, line=number
            )
    figures = {}
    for pose, measurements in rows.items():
        if len(measurements) < MIN_REPEATS:
            raise ConfigError(
                f"pose {pose!r} was measured {len(measurements)} time; a scatter needs {MIN_REPEATS}", file=file
            )
        measured = np.array(measurements)
        figures[pose] = pose_figures(measured[:, 3:], measured[0, :3])
    if not figures:
        raise ConfigError("holds no measurement", file=file)
    return figures


def _data(figures: PoseFigures) -> dict[str, Any]:
    return {
        "accuracy": figures.accuracy,
        "repeatability": figures.repeatability,
        "mean_distance": figures.mean_distance,
        "scatter": figures.scatter,
        "barycentre": list(figures.barycentre),
    }


def _table(title: str, figures: dict[str, PoseFigures], scale: float) -> Table:
    unit = " mm" if scale != 1.0 else ""
    headings = (f"accuracy AP{unit}", f"repeatability RP{unit}", f"mean distance{unit}")
    table = titled_table(title, ("pose",), headings)
    for pose, row in figures.items():
        cells = (row.accuracy, row.repeatability, row.mean_distance)
        table.add_row(pose, *(f"{value * scale:.4f}" for value in cells))
    return table
