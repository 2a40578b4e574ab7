"""The command ``cellkit run``."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from rich.table import Table

from cellkit.cli.error_line import report_warning
from cellkit.cli.output import check_writable, out, prints_tables, progress_console, write_json
from cellkit.cli.run_with_view import run_viewed
from cellkit.end_signals import exit_code
from cellkit.errors import CellkitError, ConfigError
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import CommandPath, Run, RunOptions
from cellkit.timing import Speed


def read_options(
    arm: str | None,
    gripper: str | None,
    world: str,
    path: str,
    protocol: list[str],
    fault: str | None,
    seed: int | None,
    quantity: int | None,
    speed: str,
    trace: Path | None,
    picture: Path | None,
) -> RunOptions:
    """Return the options of a run from those of the command line. Raises ``ConfigError``."""
    return RunOptions(
        arm=arm,
        gripper=gripper,
        world=world,
        path=parse_path(path),
        protocols=parse_protocols(protocol),
        fault=fault,
        seed=seed,
        quantity=quantity,
        speed=parse_speed(speed),
        trace=trace,
        picture=picture,
    )


@dataclass(frozen=True)
class RecordOptions:
    """The file of a recording, its snapshots per second, and the pictures per second of every camera."""

    file: Path
    rate: float
    images: float


def run_command(
    scenario: str,
    options: RunOptions,
    json: Path | None,
    recording: RecordOptions | None = None,
    view: int | None = None,
) -> int:
    """Run, print, and return the exit code; ``view`` is the port of the live page."""
    trace = options.trace
    check_writable(json, trace, options.picture, None if recording is None else recording.file)
    run = Run(read_scenario(scenario), options)
    with progress_console().status("") as status:

        def progress(done: int) -> None:
            status.update(f"{run.scenario.file.name}: {done} of {run.quantity} parts")

        def prepare(run: Run) -> None:
            if recording is not None:
                _record(run, recording)
            progress(0)
            run.on_part, run.on_problem = progress, _warn

        try:
            if view is None:
                prepare(run)
                record = run.execute()
            else:
                record = run_viewed(run, view, prepare)
        except KeyboardInterrupt as interrupt:
            written = f"; the trace so far is in {trace}" if trace else ""
            written += f"; the recording so far is in {recording.file}" if recording else ""
            sys.stderr.write(f"cellkit: interrupted: all devices were stopped{written}\n")
            return exit_code(interrupt)
    if json is not None:
        write_json(record.model_dump(mode="json"), json)
    if record.bad_input and record.failure is not None:
        failure = record.failure
        raise CellkitError(f"{failure.what} (at {failure.when:.2f} s, {failure.where})")
    if prints_tables(json):
        out().print(summary(record))
    return 0 if record.success else 1


def _record(run: Run, recording: RecordOptions) -> None:
    from cellkit.recording import record_run

    record_run(run, recording.file, recording.rate, recording.images, _warn)


def _warn(text: str) -> None:
    report_warning(text)


def parse_path(text: str) -> CommandPath:
    """Return the path named ``direct``, ``wire`` or ``live``. Raises ``ConfigError``."""
    known = get_args(CommandPath)
    for path in known:
        if text == path:
            return cast(CommandPath, path)
    raise ConfigError(f"--path {text}: expected {', '.join(known[:-1])} or {known[-1]}")


def parse_protocols(given: list[str]) -> dict[str, str]:
    """Return the ``ROLE=NAME`` options by role. Raises ``ConfigError``."""
    protocols: dict[str, str] = {}
    for text in given:
        role, separator, name = text.partition("=")
        if not (separator and role and name):
            raise ConfigError(f"--protocol {text}: expected ROLE=NAME, for example hand=modbus-rtu")
        if role in protocols:
            raise ConfigError(f"--protocol {text}: the role {role!r} is given twice")
        protocols[role] = name
    return protocols


def parse_speed(text: str) -> Speed:
    """Return ``max`` or a factor above zero. Raises ``ConfigError``."""
    if text == "max":
        return "max"
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not (math.isfinite(factor) and factor > 0):
        raise ConfigError(f"--speed {text}: expected max, 1 (real time) or a factor above zero")
    return factor


def summary(record: RunRecord) -> Table:
    """Return the result of one run as a table."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    hand = f" with {record.gripper}" if record.gripper else ""
    way = {"wire": f"{record.world} world by wire", "live": "live"}.get(record.path, f"{record.world} world")
    table.add_row("run", f"{record.scenario} on {record.arm}{hand}, {way}, seed {record.seed}")
    if record.fault is not None:
        table.add_row("fault", record.fault)
    how = "failed" if record.caused is not None else "recovered"
    success = "success" if record.fault is None else f"success: the program {how} as expected, and all arms stand still"
    table.add_row("result", f"[green]{success}[/]" if record.success else "[red]failed[/]")
    if record.caused is not None:
        table.add_row("caused", f"{record.caused.what} (at {record.caused.when:.2f} s, {record.caused.where})")
    if record.failure is not None:
        table.add_row("failure", f"{record.failure.what} (at {record.failure.when:.2f} s, {record.failure.where})")
    if record.parts_total:
        table.add_row("parts", f"{record.parts_good} good of {record.parts_total}")
    elif record.path == "live":
        table.add_row("parts", "not judged: real parts are not measured")
    if record.cycle_time.mean is not None:
        times = record.cycle_time.list
        table.add_row("cycle time", f"{record.cycle_time.mean:.3f} s mean ({min(times):.3f} to {max(times):.3f} s)")
    if record.max_place_error is not None:
        table.add_row("place error", f"{record.max_place_error * 1000:.2f} mm at most")
    for name, value in record.figures.items():
        table.add_row(name, f"{value:.4g}")
    watched = "not counted in this world" if record.collisions is None else str(record.collisions)
    table.add_row("collisions", watched)
    table.add_row(
        "time", f"{record.simulated_time:.2f} s simulated in {record.wall_time:.2f} s ({record.realtime_factor:.0f} x)"
    )
    table.add_row("trace", record.trace_sha256)
    return table
