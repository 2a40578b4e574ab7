"""The commands and their options. Work is imported inside, so that ``cellkit --help`` costs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="cellkit",
    help="One robot cell program, any brand: simulate it, compare arms on it, run it.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ScenarioArgument = Annotated[str, typer.Argument(metavar="SCENARIO", help="A shipped scenario's name, or a path")]
GripperOption = Annotated[
    str | None, typer.Option("--gripper", metavar="MODEL", help="Gripper model, instead of the cell file's")
]
WorldOption = Annotated[str, typer.Option("--world", metavar="WORLD", help="physics or kinematic")]
PathOption = Annotated[
    str, typer.Option("--path", metavar="PATH", help="direct, or wire: through each maker's own protocol")
]
QuantityOption = Annotated[
    int | None, typer.Option("--quantity", min=1, metavar="N", help="Parts, instead of the scenario's number")
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON (- for standard output)")
]


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop")] = False,
) -> None:
    if version:
        from cellkit import __version__

        typer.echo(f"cellkit {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def run(
    scenario: ScenarioArgument,
    arm: Annotated[
        str | None, typer.Option("--arm", metavar="MODEL", help="Arm model, instead of the cell file's (or ROLE=MODEL)")
    ] = None,
    gripper: GripperOption = None,
    world: WorldOption = "physics",
    path: PathOption = "direct",
    protocol: Annotated[
        list[str] | None,
        typer.Option("--protocol", metavar="ROLE=NAME", help="By wire: another of a driver's protocols; repeatable"),
    ] = None,
    fault: Annotated[
        str | None,
        typer.Option("--fault", metavar="NAME", help="One of the scenario's faults: does it fail in the named way?"),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, metavar="N", help="Instead of the scenario's")] = None,
    quantity: QuantityOption = None,
    speed: Annotated[
        str, typer.Option("--speed", metavar="max|1|K", help="As fast as it goes, real time, or K times real time")
    ] = "max",
    json: JsonOption = None,
    trace: Annotated[
        Path | None, typer.Option("--trace", metavar="FILE", help="Write every event, one JSON object a line")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE", help="Write a PNG of the cell at the end of the run")
    ] = None,
) -> None:
    """Run one scenario once."""
    from cellkit.cli.run import read_options, run_command

    options = read_options(arm, gripper, world, path, protocol or [], fault, seed, quantity, speed, trace, picture)
    raise typer.Exit(run_command(scenario, options, json))


@app.command()
def matrix(
    scenario: ScenarioArgument,
    arms: Annotated[
        str | None, typer.Option("--arms", metavar="A,B,…", help="Arm models (default: all that are installed)")
    ] = None,
    gripper: GripperOption = None,
    world: WorldOption = "physics",
    path: PathOption = "direct",
    seeds: Annotated[int, typer.Option("--seeds", min=1, metavar="N", help="Runs per arm, with seeds 1 to N")] = 1,
    quantity: QuantityOption = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, metavar="N", help="Processes (default: one a processor)")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Run one scenario, the same program text, on many arms."""
    from cellkit.cli.matrix import matrix_command

    raise typer.Exit(matrix_command(scenario, arms, gripper, world, path, seeds, quantity, jobs, json))


@app.command()
def models(
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="Show one model with all its sources")] = None,
    json: JsonOption = None,
) -> None:
    """List robot and gripper models, or show one."""
    from cellkit.cli.models import models_command

    raise typer.Exit(models_command(model, json))


@app.command()
def drivers(json: JsonOption = None) -> None:
    """List the wire drivers: what they drive, what they can, and by what evidence."""
    from cellkit.cli.drivers import drivers_command

    raise typer.Exit(drivers_command(json))


@app.command()
def virtual(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="Model, for example ur5e or rg2; or a driver without models: modbus:io"),
    ],
    protocol: Annotated[
        str | None, typer.Option("--protocol", metavar="NAME", help="Another of its protocols, for example modbus-rtu")
    ] = None,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Loopback address to serve on, for example 127.0.0.2")
    ] = "127.0.0.1",
    port: Annotated[
        list[str] | None,
        typer.Option(
            "--port", metavar="NAME=N", help="Another port (0: any free one), or a serial line's name; repeatable"
        ),
    ] = None,
    pc: Annotated[
        str, typer.Option("--pc", metavar="ADDRESS", help="Where robots that send first find their computer")
    ] = "127.0.0.1",
    world: Annotated[str, typer.Option("--world", metavar="WORLD", help="kinematic or physics")] = "kinematic",
    speed: Annotated[str, typer.Option("--speed", metavar="1|K", help="Real time, or K times real time")] = "1",
    faults: Annotated[
        bool, typer.Option("--faults", help="Switches for the line too: drop, silent, late, garbage, restore")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Say what happens as JSON lines instead of a live line of state")
    ] = False,
) -> None:
    """Serve a virtual controller, gripper or sensor on real ports, for the maker's own software or any other client."""
    from cellkit.cli.virtual import virtual_command

    raise typer.Exit(virtual_command(model, protocol, host, port or [], pc, world, speed, faults, json))


@app.command()
def scenarios(json: JsonOption = None) -> None:
    """List the shipped scenarios."""
    from cellkit.cli.scenarios import scenarios_command

    raise typer.Exit(scenarios_command(json))


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(metavar="cell|scenario|arm|gripper|sensor", help="Which file's schema")],
) -> None:
    """Print the JSON Schema of a file, for editors."""
    from cellkit.cli.schema import schema_command

    raise typer.Exit(schema_command(kind))


@app.command("check-driver")
def check_driver(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of an installed driver")],
    model: Annotated[str | None, typer.Option("--model", metavar="MODEL", help="Check with this model")] = None,
) -> None:
    """Run the driver contract against an installed driver."""
    from cellkit.cli.check_driver import check_driver_command

    raise typer.Exit(check_driver_command(name, model))
