"""The arguments and options of ``cellkit calibrate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellkit.cli.options import JsonOption


def calibrate(
    log: Annotated[
        Path, typer.Argument(metavar="LOG", help="A log of the arm: CSV, a recording (MCAP), or one of several files")
    ],
    arm: Annotated[str, typer.Option("--arm", metavar="MODEL", help="The arm's model: an id or a file")],
    payload: Annotated[
        float, typer.Option("--payload", min=0.0, metavar="KG", help="Mass that the arm carried at its flange")
    ] = 0.0,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            metavar="NAME",
            help="Form of the log: rtde, ur-variables, libfranka, egm or mcap (default: recognised)",
        ),
    ] = None,
    columns: Annotated[
        Path | None,
        typer.Option("--columns", metavar="MAP.yaml", help="A file that describes the columns of another form of log"),
    ] = None,
    period: Annotated[
        float | None,
        typer.Option("--period", metavar="S", help="Rows are this far apart, whatever the log's times say"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, metavar="N", help="Hold out a random half of the moves (default: every other)"),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="FILE", help="Write a model with the figures that beat the shipped ones"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of --write if it exists")] = False,
    json: JsonOption = None,
) -> None:
    """Learn an arm's speed, acceleration, settling and friction from a log; check them on moves that were held out."""
    from cellkit.cli.calibrate import CalibrateOptions, run_calibration

    options = CalibrateOptions(arm, payload, preset, columns, period, seed, write, force, json)
    raise typer.Exit(run_calibration(log, options))
