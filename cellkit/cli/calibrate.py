"""The command ``cellkit calibrate``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.table import Table

from cellkit.calibration.calibrate import calibrate
from cellkit.calibration.figure import Figure
from cellkit.calibration.model_file import model_text, written
from cellkit.calibration.open_log import open_log
from cellkit.calibration.result import Findings, MotionTime
from cellkit.cli.output import check_writable, out, prints_tables, write_json, write_text
from cellkit.errors import ConfigError
from cellkit.models.load import load_arm, model_file
from cellkit.yamlfile import read_yaml

LISTED = 20
"""Most held-out moves that the table lists; `--json` has them all."""


@dataclass(frozen=True)
class CalibrateOptions:
    """The options of the command, as given."""

    arm: str
    payload: float
    preset: str | None
    columns: Path | None
    period: float | None
    seed: int | None
    write: Path | None
    force: bool
    json: Path | None


def run_calibration(file: Path, options: CalibrateOptions) -> int:
    """Learn from a log, print what was learned, and write the model. Return the exit code."""
    _check(options)
    model = load_arm(options.arm)
    log = open_log(file, model.dof, options.preset, options.columns, options.period)
    findings = calibrate(log, model, file, options.payload, options.seed)
    figures = written(findings)
    if options.write is not None and figures:
        shipped = read_yaml(model_file(options.arm))
        urdf = None if model.urdf is None else str(Path(model.urdf).resolve())
        write_text(model_text(findings, shipped.data, options.write, urdf), options.write)
    if options.json is not None:
        write_json(findings.to_json(), options.json)
    if prints_tables(options.json) and prints_tables(options.write):
        _print(findings, figures, options)
    return 0


def _check(options: CalibrateOptions) -> None:
    """Raise ``ConfigError`` for options that cannot be used, before any work."""
    if options.period is not None and not (math.isfinite(options.period) and options.period > 0.0):
        raise ConfigError(f"--period: expected a time above 0 s, not {options.period}")
    if not math.isfinite(options.payload):
        raise ConfigError(f"--payload: expected a mass in kg, not {options.payload}")
    if options.write is not None and str(options.write) == "-" and str(options.json) == "-":
        raise ConfigError("--write and --json cannot both go to standard output")
    check_writable(options.write, options.json)
    if options.write is not None and options.write.exists() and options.write.is_file() and not options.force:
        raise ConfigError(
            "exists already and is left as it is; choose another file, or say `--force`", file=options.write
        )


def _print(findings: Findings, figures: list[Figure], options: CalibrateOptions) -> None:
    log = findings.log
    console = out()
    moves = f"{findings.moves} point-to-point moves"
    console.print(f"{log.name}: {log.preset}, {len(log.times)} rows, one in {log.step * 1e3:.3g} ms; {moves}")
    for reason, count in findings.skipped.items():
        console.print(f"- {count} left out: {reason}")
    for number, (speed, acceleration, count) in enumerate(findings.settings, 1):
        top = "no constant speed" if speed is None else f"{speed:.4g} rad/s"
        console.print(f"- setting {number}: {top}, {acceleration:.4g} rad/s², {count} moves")
    if findings.synchronised_by is not None:
        meaning = {"angle": "the largest angle", "time": "the longest time"}[findings.synchronised_by]
        console.print(f"- the joint with {meaning} leads a move; the figures are those of setting {findings.setting}")
    if findings.figures:
        console.print(_figures(findings.figures, figures))
    if findings.motion_times:
        console.print(_summary(findings.motion_times))
        console.print(_motion_times(findings.motion_times))
    if findings.missing:
        console.print("not observed", style="bold")
        for sentence in findings.missing:
            console.print(f"- {sentence}")
    _print_written(figures, options)


def _print_written(figures: list[Figure], options: CalibrateOptions) -> None:
    if options.write is None:
        text = f"{len(figures)} figures beat the shipped ones; `--write FILE` writes a model with them"
    elif figures:
        text = f"written: {options.write}, with {len(figures)} figures of this log"
    else:
        text = f"nothing written: no figure of this log beats the shipped one, so there is no {options.write}"
    out().print(text)


def _figures(figures: list[Figure], better: list[Figure]) -> Table:
    table = Table(title="figures; errors are those on held-out moves", title_justify="left")
    for heading in ("figure", "joints", "unit"):
        table.add_column(heading, no_wrap=heading == "figure")
    for heading in ("shipped", "learned", "seen", "error", "shipped one's", "moves"):
        table.add_column(heading, justify="right")
    table.add_column("in the model")
    for figure in figures:
        joints = _joints(figure.joints)
        unit = "" if figure.error_unit == figure.unit else f" {figure.error_unit}"
        seen = f"{figure.low:.4g}" if figure.low == figure.high else f"{figure.low:.4g} to {figure.high:.4g}"
        table.add_row(
            figure.name,
            joints,
            figure.unit,
            "-" if figure.shipped is None else f"{figure.shipped:.4g}",
            f"{figure.value:.4g}",
            seen,
            _number(figure.error, unit),
            _number(figure.shipped_error, unit),
            f"{figure.fitted} + {figure.held}",
            "yes" if figure in better else _reason(figure),
        )
    return table


def _reason(figure: Figure) -> str:
    if not figure.held:
        return "no: no move held out"
    if not figure.better:
        return "no: not better"
    return "no: it scatters" if figure.name in ("speed", "acceleration", "jerk time") else "no: models lack it"


def _summary(rows: Sequence[MotionTime]) -> str:
    learned, shipped = (np.abs([getattr(row, key) for row in rows]) for key in ("error", "shipped_error"))
    text = (
        f"motion times of {len(rows)} held-out moves: median error {np.median(learned):.2%}, worst {learned.max():.2%}"
    )
    return f"{text}; with the shipped figures {np.median(shipped):.2%} and {shipped.max():.2%}"


def _motion_times(rows: Sequence[MotionTime]) -> Table:
    table = Table(title=f"the worst {LISTED} of them" if len(rows) > LISTED else None, title_justify="left")
    for heading in ("from s", "joint", "rad", "setting", "measured s", "learned", "shipped"):
        table.add_column(heading, justify="right")
    worst = sorted(rows, key=lambda row: -abs(row.error))[:LISTED]
    for row in sorted(worst, key=lambda row: (row.setting, row.begin)):
        table.add_row(
            f"{row.begin:.2f}",
            str(row.joint),
            f"{row.distance:.3f}",
            str(row.setting),
            f"{row.measured:.3f}",
            f"{row.error:+.2%}",
            f"{row.shipped_error:+.2%}",
        )
    return table


def _number(value: float | None, unit: str = "") -> str:
    return "-" if value is None else f"{value:.3g}{unit}"


def _joints(joints: tuple[int, ...]) -> str:
    """Return joints in words: neighbours as a range."""
    if len(joints) > 2 and joints[-1] - joints[0] == len(joints) - 1:
        return f"{joints[0]} to {joints[-1]}"
    return ", ".join(map(str, joints)) or "all"
