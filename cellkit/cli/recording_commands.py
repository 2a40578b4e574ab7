"""The commands that read recordings. Each imports its work when called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellkit.cli.options import JsonOption

RecordingArgument = Annotated[
    Path, typer.Argument(metavar="FILE.mcap", help="A recording made by cellkit run --record")
]
PngOption = Annotated[Path | None, typer.Option("--png", metavar="FILE", help="Write the plots as a PNG picture")]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write the plots as a page that works offline")
]


def replay(
    file: RecordingArgument,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="PORT", help="Port of the page (0: any free port)")
    ] = 8808,
) -> None:
    """Show a recording on a page of this machine, as the live view shows a run."""
    from cellkit.cli.replay import replay_command

    raise typer.Exit(replay_command(file, port))


def diff(
    a: Annotated[Path, typer.Argument(metavar="A.mcap", help="A recording")],
    b: Annotated[Path, typer.Argument(metavar="B.mcap", help="Another recording")],
    tolerance: Annotated[
        list[str] | None,
        typer.Option(
            "--tolerance",
            metavar="FAMILY=X",
            help="Allowed difference of a family of signals, as joints=0.01 (rad); repeatable. Families: joints, "
            "speeds, places, forces, torques, widths, vacuums, io, analog, machines",
        ),
    ] = None,
    time_tolerance: Annotated[
        float, typer.Option("--time-tolerance", min=0.0, metavar="S", help="Allowed difference of event times in s")
    ] = 1e-6,
    align: Annotated[bool, typer.Option("--align", help="Align both recordings at their first command")] = False,
    json: JsonOption = None,
    png: PngOption = None,
    html: HtmlOption = None,
) -> None:
    """Report the first difference between two recorded runs, in their events and in every kind of signal."""
    from cellkit.cli.diff import DiffOptions, diff_command

    options = DiffOptions(tuple(tolerance or ()), time_tolerance, align, json, png, html)
    raise typer.Exit(diff_command(a, b, options))


def export(
    file: RecordingArgument,
    html: Annotated[Path, typer.Option("--html", metavar="FILE", help="The page; it works offline")],
    rate: Annotated[float, typer.Option("--rate", min=1.0, max=60.0, metavar="HZ", help="Pictures per second")] = 25.0,
) -> None:
    """Write a recording as one page that plays offline, in 3D, with its events."""
    from cellkit.cli.export import export_command

    raise typer.Exit(export_command(file, html, rate))


def plot(
    file: RecordingArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write: .png, .svg or .html")],
    what: Annotated[
        list[str] | None,
        typer.Option(
            "--what",
            metavar="WHAT",
            help="joints, speeds, tcp, forces, grippers, io or cycle; repeatable (default: all available)",
        ),
    ] = None,
    start: Annotated[float | None, typer.Option("--from", metavar="S", help="Begin at this moment (s)")] = None,
    end: Annotated[float | None, typer.Option("--to", metavar="S", help="End at this moment (s)")] = None,
) -> None:
    """Plot a recording: joints, speeds against limits, TCP speed, forces, grippers, signals, cycle times."""
    from cellkit.cli.plot import plot_command

    raise typer.Exit(plot_command(file, out, what or [], start, end))
