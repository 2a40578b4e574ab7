"""The commands and their options. Each command imports its work when called, so that ``cellkit --help`` is fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellkit.cli.calibrate_command import calibrate
from cellkit.cli.exercise_commands import exercise, grade
from cellkit.cli.gateway_commands import audit, certs, users
from cellkit.cli.options import (
    ArmOption,
    DaskOption,
    GripperOption,
    JobsOption,
    JsonOption,
    PathOption,
    ProtocolOption,
    QuantityOption,
    ScenarioArgument,
    WorldOption,
    group,
)
from cellkit.cli.recording_commands import diff, export, plot, replay

app = typer.Typer(
    name="cellkit",
    help="One robot cell program for any brand: simulate it, compare robot arms, run it.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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
    arm: ArmOption = None,
    gripper: GripperOption = None,
    world: WorldOption = "physics",
    path: PathOption = "direct",
    protocol: ProtocolOption = None,
    fault: Annotated[
        str | None,
        typer.Option(
            "--fault",
            metavar="NAME",
            help="Run with this fault of the scenario: the run must fail or recover as expected",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, metavar="N", help="Random seed (default: the scenario's)")
    ] = None,
    quantity: QuantityOption = None,
    speed: Annotated[
        str,
        typer.Option("--speed", metavar="max|1|K", help="max: as fast as possible; 1: real time; K: K times real time"),
    ] = "max",
    json: JsonOption = None,
    trace: Annotated[
        Path | None,
        typer.Option("--trace", metavar="FILE", help="Write every event to this file, one JSON object per line"),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE", help="Write a PNG of the cell at the end of the run")
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE.mcap", help="Record the run for cellkit replay, Foxglove or Rerun"),
    ] = None,
    record_rate: Annotated[
        float, typer.Option("--record-rate", metavar="HZ", help="Snapshots per second of cell time in the recording")
    ] = 50.0,
    record_images: Annotated[
        float,
        typer.Option(
            "--record-images",
            metavar="HZ",
            help="Pictures per second of every camera, besides those that the program takes",
        ),
    ] = 0.0,
    view: Annotated[
        bool, typer.Option("--view", help="Serve a page on this machine that shows the run in real time")
    ] = False,
    view_port: Annotated[
        int | None,
        typer.Option("--view-port", min=0, max=65535, metavar="PORT", help="Port of the page (0: any free port)"),
    ] = None,
) -> None:
    """Run one scenario once."""
    from cellkit.cli.run import RecordOptions, read_options, run_command

    options = read_options(arm, gripper, world, path, protocol or [], fault, seed, quantity, speed, trace, picture)
    recording = None if record is None else RecordOptions(record, record_rate, record_images)
    port = None if view_port is None and not view else 8808 if view_port is None else view_port
    raise typer.Exit(run_command(scenario, options, json, recording, port))


for _command in (replay, diff, export, plot):
    app.command()(_command)


@app.command()
def matrix(
    scenario: Annotated[
        list[str],
        typer.Argument(metavar="SCENARIO…", help="Names of shipped scenarios, or paths; all: every shipped scenario"),
    ],
    arms: Annotated[
        str | None,
        typer.Option("--arms", metavar="A,B,…", help="Arm models (default: all installed models); A+B for two roles"),
    ] = None,
    gripper: GripperOption = None,
    world: WorldOption = "physics",
    path: Annotated[
        str, typer.Option("--path", metavar="PATH,…", help="direct, wire (each vendor's own protocol), or direct,wire")
    ] = "direct",
    seeds: Annotated[
        int,
        typer.Option(
            "--seeds", min=1, max=10_000, metavar="N", help="Runs per scenario, arm and path, with seeds 1 to N"
        ),
    ] = 1,
    quantity: QuantityOption = None,
    jobs: JobsOption = None,
    dask: DaskOption = None,
    json: JsonOption = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write an HTML report (- for standard output)")
    ] = None,
) -> None:
    """Run scenarios on many arms, by several paths, with many seeds, always with the same program text."""
    from cellkit.study.runs.processes import prepare_processes

    if dask is None:
        prepare_processes()  # its imports are made while this process makes its own
    from cellkit.cli.matrix import matrix_command

    raise typer.Exit(matrix_command(scenario, arms, gripper, world, path, seeds, quantity, jobs, dask, json, html))


@app.command()
def study(
    file: Annotated[Path, typer.Argument(metavar="STUDY.yaml", help="The study file")],
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="The report (default: NAME.html; - for standard output)"),
    ] = None,
    json: JsonOption = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="All figures as CSV (- for standard output)")
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option("--store", metavar="FILE", help="File that stores finished runs (default: NAME.runs.sqlite)"),
    ] = None,
    jobs: JobsOption = None,
    dask: DaskOption = None,
    lang: Annotated[str, typer.Option("--lang", metavar="LANG", help="Language of the report: en or nl")] = "en",
) -> None:
    """Study an investment: feasibility, cycle time, cost, and the list of untested items."""
    from cellkit.cli.study import study_command

    raise typer.Exit(study_command(file, html, json, csv, store, jobs, dask, lang))


@app.command()
def models(
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="Show this model with all its sources")] = None,
    json: JsonOption = None,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="List the figures that were not read in a source, and why")
    ] = False,
) -> None:
    """List robot and gripper models, or show one."""
    from cellkit.cli.models import models_command

    raise typer.Exit(models_command(model, json, unverified))


@app.command()
def drivers(json: JsonOption = None) -> None:
    """List the drivers: their devices, abilities and evidence."""
    from cellkit.cli.drivers import drivers_command

    raise typer.Exit(drivers_command(json))


@app.command()
def virtual(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A model, for example ur5e or rg2, or a driver without models, as modbus:io"
        ),
    ],
    protocol: Annotated[
        str | None,
        typer.Option("--protocol", metavar="NAME", help="Protocol, if the device has several, for example modbus-rtu"),
    ] = None,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Loopback address to serve on, for example 127.0.0.2")
    ] = "127.0.0.1",
    port: Annotated[
        list[str] | None,
        typer.Option(
            "--port",
            metavar="NAME=N",
            help="Port of an endpoint (0: any free port), or name of a serial line; repeatable",
        ),
    ] = None,
    pc: Annotated[
        str,
        typer.Option(
            "--pc", metavar="ADDRESS", help="Address of the computer that the device connects to, if it connects first"
        ),
    ] = "127.0.0.1",
    world: Annotated[str, typer.Option("--world", metavar="WORLD", help="kinematic or physics")] = "kinematic",
    speed: Annotated[str, typer.Option("--speed", metavar="1|K", help="Real time, or K times real time")] = "1",
    faults: Annotated[
        bool, typer.Option("--faults", help="Add switches for the line: drop, silent, late, garbage, restore")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print state changes as JSON lines instead of a live state line")
    ] = False,
) -> None:
    """Serve a virtual controller, gripper or sensor on real ports, for the vendor's software or any other client."""
    from cellkit.cli.virtual import virtual_command

    raise typer.Exit(virtual_command(model, protocol, host, port or [], pc, world, speed, faults, json))


@app.command()
def serve(
    cell: Annotated[
        str, typer.Argument(metavar="CELL", help="Name of a shipped scenario, or path of a scenario or cell file")
    ],
    arm: ArmOption = None,
    gripper: GripperOption = None,
    world: Annotated[
        str | None, typer.Option("--world", metavar="WORLD", help="kinematic, or physics (with contacts)")
    ] = None,
    path: PathOption = "direct",
    protocol: ProtocolOption = None,
    program: Annotated[
        list[Path] | None,
        typer.Option(
            "--program", metavar="FILE", help="A cell program that clients may run by its file's name; repeatable"
        ),
    ] = None,
    quantity: QuantityOption = None,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Random seed of the world")] = 1,
    speed: Annotated[str, typer.Option("--speed", metavar="1|K", help="Real time, or K times real time")] = "1",
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Address to serve on (default: this machine only)")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", help="Port (0: any free port)")] = 4840,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state", metavar="DIR", help="Folder of keys, users and audit log (default: ~/.config/cellkit/gateway)"
        ),
    ] = None,
    insecure_loopback: Annotated[
        bool,
        typer.Option("--insecure-loopback", help="Serve without encryption and login: read-only, on 127.0.0.1 only"),
    ] = False,
    rate: Annotated[float, typer.Option("--rate", metavar="HZ", help="Readings of every device per second")] = 20.0,
    record_rate: Annotated[
        float, typer.Option("--record-rate", metavar="HZ", help="Samples per second of the recorders (0: no recorders)")
    ] = 100.0,
    external_only: Annotated[
        bool, typer.Option("--external-only", help="Accept commands only in mode AUTOMATIC_EXTERNAL")
    ] = False,
    on_owner_lost: Annotated[
        str,
        typer.Option(
            "--on-owner-lost",
            metavar="stop|finish",
            help="Stop or finish the jobs of a client whose connection is lost",
        ),
    ] = "stop",
    nodesets: Annotated[
        Path | None,
        typer.Option(
            "--nodesets", metavar="DIR", help="Folder of the official NodeSet2 files, to use instead of cellkit's own"
        ),
    ] = None,
    history: Annotated[
        Path | None, typer.Option("--history", metavar="FILE", help="Store the history of values in this SQLite file")
    ] = None,
    history_of: Annotated[
        list[str] | None,
        typer.Option(
            "--history-of",
            metavar="PATTERN",
            help="Variables with a history, as 'MotionDevices/robot/Axes/*'; repeatable (default: all)",
        ),
    ] = None,
    view: Annotated[
        bool, typer.Option("--view", help="Serve the commissioning page too (watch, jog, stop), on this machine only")
    ] = False,
    view_port: Annotated[
        int | None,
        typer.Option("--view-port", min=0, max=65535, metavar="PORT", help="Port of the page (0: any free port)"),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE.mcap", help="Record the cell for cellkit replay, Foxglove or Rerun"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print events as JSON lines")] = False,
) -> None:
    """Serve a cell as a secured OPC UA server for a PLC, SCADA or MES, independent of the robot's brand."""
    from cellkit.cli.serve import serve_command
    from cellkit.cli.serve_options import ServeOptions

    options = ServeOptions(
        cell=cell,
        arm=arm,
        gripper=gripper,
        world=world,
        path=path,
        protocol=protocol or [],
        program=program or [],
        quantity=quantity,
        seed=seed,
        speed=speed,
        host=host,
        port=port,
        state=state,
        insecure_loopback=insecure_loopback,
        rate=rate,
        record_rate=record_rate,
        external_only=external_only,
        on_owner_lost=on_owner_lost,
        nodesets=nodesets,
        history=history,
        history_of=history_of or [],
        json=json,
        view=None if view_port is None and not view else 8807 if view_port is None else view_port,
        record=record,
    )
    raise typer.Exit(serve_command(options))


@app.command()
def iso9283(
    arm: Annotated[str | None, typer.Option("--arm", metavar="MODEL", help="Simulate the test on this arm")] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            "--log",
            metavar="FILE",
            help="Evaluate a CSV file with the columns pose,x_commanded,y_commanded,z_commanded,x,y,z "
            "(paths: path,cycle,point,…)",
        ),
    ] = None,
    test: Annotated[str, typer.Option("--test", metavar="pose|path", help="Test of poses or of a path")] = "pose",
    world: WorldOption = "physics",
    cycles: Annotated[
        int | None,
        typer.Option(
            "--cycles",
            min=2,
            max=1000,
            metavar="N",
            help="Number of cycles (default: 30, as in the standard; 10 for paths)",
        ),
    ] = None,
    speed: Annotated[
        float | None, typer.Option("--speed", metavar="M/S", help="Speed along a simulated path (default: 0.25)")
    ] = None,
    scatter: Annotated[
        bool, typer.Option("--scatter", help="Add random scatter according to the model's repeatability")
    ] = False,
    json: JsonOption = None,
) -> None:
    """Measure accuracy and repeatability of poses or paths by ISO 9283, of a simulated arm or from a log."""
    from cellkit.cli.iso9283 import iso9283_command

    raise typer.Exit(iso9283_command(arm, log, world, cycles, json, test, speed, scatter))


@app.command()
def validate(
    topic: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC…]",
            help="iso9283, cycle, stop, separation, contact, grip, energy, binomial (default: all)",
        ),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Compare published figures with predictions: error, source and certainty of each figure; nothing is tuned."""
    from cellkit.cli.validate import validate_command

    raise typer.Exit(validate_command(topic or [], json))


app.command()(calibrate)


@app.command()
def dependencies(
    cell: Annotated[
        str, typer.Argument(metavar="CELL", help="Name of a shipped scenario, or path of a scenario or cell file")
    ],
    arm: ArmOption = None,
    gripper: GripperOption = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="VENDOR|region:CN",
            help="Vendor or region that is no longer available (default: the vendor of each arm); repeatable",
        ),
    ] = None,
    view: Annotated[
        str, typer.Option("--view", metavar="VIEW", help="Assign regions by headquarters, production or owner")
    ] = "owner",
    arms: Annotated[
        str | None,
        typer.Option("--arms", metavar="A,B,…", help="Replacement arms (default: arms of the same class)"),
    ] = None,
    grippers: Annotated[
        str | None, typer.Option("--grippers", metavar="A,B,…", help="Replacement grippers (default: all)")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=1000, metavar="N", help="Runs with each replacement")] = 3,
    takt: Annotated[
        float | None,
        typer.Option("--takt", metavar="S", help="Longest time per part with a replacement (default: any)"),
    ] = None,
    quantity: QuantityOption = None,
    jobs: JobsOption = None,
    prices: Annotated[
        Path | None, typer.Option("--prices", metavar="FILE", help="Prices, lead times and capex (cellkit/prices/1)")
    ] = None,
    json: JsonOption = None,
    sbom: Annotated[
        Path | None,
        typer.Option(
            "--sbom",
            metavar="FILE",
            help="Write a CycloneDX SBOM (- for standard output, then nothing else is printed)",
        ),
    ] = None,
    sbom_author: Annotated[
        str | None, typer.Option("--sbom-author", metavar="NAME", help="The person or firm named as author of the SBOM")
    ] = None,
) -> None:
    """Report a cell's dependencies: origins, measured lock-in, and replacements for a missing vendor or region."""
    from cellkit.cli.dependencies import DependenciesOptions, dependencies_command

    options = DependenciesOptions(
        cell=cell,
        arm=arm,
        gripper=gripper,
        without=tuple(without or ()),
        view=view,
        arms=arms,
        grippers=grippers,
        seeds=seeds,
        takt=takt,
        quantity=quantity,
        jobs=jobs,
        prices=prices,
        json=json,
        sbom=sbom,
        sbom_author=sbom_author,
    )
    raise typer.Exit(dependencies_command(options))


@app.command()
def scenarios(json: JsonOption = None) -> None:
    """List the shipped scenarios."""
    from cellkit.cli.scenarios import scenarios_command

    raise typer.Exit(scenarios_command(json))


@app.command()
def schema(
    kind: Annotated[
        str, typer.Argument(metavar="cell|scenario|exercise|arm|gripper|sensor|columns", help="Kind of file")
    ],
) -> None:
    """Print the JSON Schema of a kind of file, for editors."""
    from cellkit.cli.schema import schema_command

    raise typer.Exit(schema_command(kind))


@app.command("check-driver")
def check_driver(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of an installed driver")],
    model: Annotated[str | None, typer.Option("--model", metavar="MODEL", help="Model to check with")] = None,
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            metavar="HOST",
            help="Check against the vendor's simulator or a real controller at this address, with those rules alone "
            "that move nothing, stop nothing and write nothing. Connecting does what the driver always does on "
            "connecting, for example switch on drives",
        ),
    ] = None,
    port: Annotated[
        list[str] | None,
        typer.Option(
            "--port", metavar="ENDPOINT=N", help="Port at that address, if not the vendor's usual one; repeatable"
        ),
    ] = None,
) -> None:
    """Run the driver contract against an installed driver, on its virtual device or at an address."""
    from cellkit.cli.check_driver import check_driver_command

    raise typer.Exit(check_driver_command(name, model, address, port or []))


new = group("Write the files of a new package.")


@new.command("driver")
def new_driver(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the driver, for example acme")],
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help="Kind of device: arm, or jaws (parallel gripper)")
    ] = "arm",
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help="The new folder (default: cellkit-NAME); it must not exist"),
    ] = None,
) -> None:
    """Write a driver package that passes the driver contract; its README lists what to change."""
    from cellkit.cli.new import new_driver_command

    raise typer.Exit(new_driver_command(name, kind, folder))


app.add_typer(new, name="new")
app.add_typer(certs, name="certs")
app.add_typer(users, name="users")
app.add_typer(audit, name="audit")
app.add_typer(exercise, name="exercise")
app.command()(grade)
