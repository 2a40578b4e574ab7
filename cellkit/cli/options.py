"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ScenarioArgument = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="Name of a shipped scenario, or path of a scenario file")
]
ArmOption = Annotated[
    str | None, typer.Option("--arm", metavar="MODEL", help="Arm model instead of the cell file's (or ROLE=MODEL)")
]
ProtocolOption = Annotated[
    list[str] | None,
    typer.Option("--protocol", metavar="ROLE=NAME", help="Protocol of a device on the wire or live path; repeatable"),
]
GripperOption = Annotated[
    str | None,
    typer.Option("--gripper", metavar="MODEL", help="Gripper model instead of the cell file's (or ROLE=MODEL)"),
]
WorldOption = Annotated[str, typer.Option("--world", metavar="WORLD", help="physics or kinematic")]
PathOption = Annotated[
    str,
    typer.Option(
        "--path",
        metavar="PATH",
        help="direct; wire: the vendors' protocols to virtual devices; live: to the real devices of the cell file",
    ),
]
QuantityOption = Annotated[
    int | None, typer.Option("--quantity", min=1, metavar="N", help="Number of parts instead of the scenario's")
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON (- for standard output)")
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", min=1, metavar="N", help="Number of processes (default: one per processor)")
]
DaskOption = Annotated[
    str | None,
    typer.Option("--dask", metavar="ADDRESS", help="Run on the Dask cluster of this scheduler instead of this machine"),
]


def group(purpose: str) -> typer.Typer:
    """Return a group of commands; without a command it shows its help."""
    commands = typer.Typer(help=purpose, rich_markup_mode=None)

    @commands.callback(invoke_without_command=True)
    def _help(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())

    return commands
