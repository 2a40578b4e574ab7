"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ScenarioArgument = Annotated[str, typer.Argument(metavar="SCENARIO", help="A shipped scenario's name, or a path")]
ArmOption = Annotated[
    str | None, typer.Option("--arm", metavar="MODEL", help="Arm model, instead of the cell file's (or ROLE=MODEL)")
]
ProtocolOption = Annotated[
    list[str] | None,
    typer.Option("--protocol", metavar="ROLE=NAME", help="By wire: another of a driver's protocols; repeatable"),
]
GripperOption = Annotated[
    str | None, typer.Option("--gripper", metavar="MODEL", help="Gripper model, instead of the cell file's")
]
WorldOption = Annotated[str, typer.Option("--world", metavar="WORLD", help="physics or kinematic")]
PathOption = Annotated[
    str,
    typer.Option(
        "--path",
        metavar="PATH",
        help="direct, wire: each vendor's own protocol to pretended devices, or live: to those of the cell file",
    ),
]
QuantityOption = Annotated[
    int | None, typer.Option("--quantity", min=1, metavar="N", help="Parts, instead of the scenario's number")
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON (- for standard output)")
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", min=1, metavar="N", help="Processes (default: one a processor)")
]
DaskOption = Annotated[
    str | None,
    typer.Option("--dask", metavar="ADDRESS", help="Run on the Dask cluster of this scheduler, instead of here"),
]


def group(purpose: str) -> typer.Typer:
    """Commands of one name; without any of them, the help is shown."""
    made = typer.Typer(help=purpose, rich_markup_mode=None)

    @made.callback(invoke_without_command=True)
    def _help(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())

    return made
