"""``cellkit matrix``: the same program on many arms, spread over local processes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import FrameType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cellkit import registry
from cellkit.cell.wire import no_wire_driver
from cellkit.cli.output import check_writable, out, told, watcher, write_json
from cellkit.cli.run import parse_path
from cellkit.errors import CellkitError, ConfigError
from cellkit.models.load import load_arm, load_gripper, model_ids
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import CommandPath, Run, RunOptions


def matrix_command(
    scenario: str,
    arms: str | None,
    gripper: str | None,
    world: str,
    path: str,
    seeds: int,
    quantity: int | None,
    jobs: int | None,
    json: Path | None,
) -> int:
    """Run all, print, and return the exit code."""
    check_writable(json)
    named = model_ids("arm") if arms is None else [name.strip() for name in arms.split(",") if name.strip()]
    chosen = list(dict.fromkeys(named))  # one named twice runs once
    if not chosen:
        raise ConfigError("--arms names no arm")
    read_scenario(scenario)
    registry.world(world)
    for arm in chosen:
        load_arm(arm)
    if gripper is not None:
        load_gripper(gripper)
    way = parse_path(path)
    excluded = excluded_arms(chosen, way)
    able = [arm for arm in chosen if arm not in excluded]
    if not able:
        raise ConfigError("; ".join(f"{arm} is left out: {why}" for arm, why in excluded.items()))
    options = [
        RunOptions(arm=arm, gripper=gripper, world=world, path=way, seed=seed, quantity=quantity)
        for arm in able
        for seed in range(1, seeds + 1)
    ]
    try:
        records = run_all(scenario, options, jobs or os.cpu_count() or 1)
    except KeyboardInterrupt:
        sys.stderr.write("cellkit: interrupted: all runs were ended\n")
        return 130
    if json is not None:
        left_out = [{"arm": arm, "why": why} for arm, why in excluded.items()]
        write_json({"runs": [record.model_dump(mode="json") for record in records], "excluded": left_out}, json)
    if told(json):
        out().print(table(records, options))
        for arm, why in excluded.items():
            out().print(f"left out: {arm}: {why}")
    return 0 if all(record.success for record in records) else 1


def excluded_arms(arms: list[str], path: CommandPath) -> dict[str, str]:
    """Arms that cannot run on a path, each with why."""
    if path == "direct":
        return {}
    reasons = {arm: no_wire_driver(load_arm(arm)) for arm in arms}
    return {arm: why for arm, why in reasons.items() if why is not None}


def run_all(scenario: str, options: list[RunOptions], jobs: int) -> list[RunRecord]:
    """All runs, in the order of ``options``. Raises ``CellkitError`` for what makes every run impossible."""
    context = multiprocessing.get_context("spawn")
    jobs = min(jobs, len(options))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        Progress(*columns, console=watcher(), transient=True) as progress,
        ProcessPoolExecutor(jobs, mp_context=context) as pool,
    ):
        bar = progress.add_task("runs", total=len(options))
        futures: dict[Future[RunRecord | str], int] = {}
        try:
            with _deaf_children():
                for index, one in enumerate(options):
                    futures[pool.submit(_run_one, scenario, one)] = index
            results: dict[int, RunRecord] = {}
            for future in as_completed(futures):
                result = future.result()
                if isinstance(result, str):
                    raise CellkitError(result)
                results[futures[future]] = result
                progress.update(bar, advance=1, description=f"{result.arm} seed {result.seed}")
        except BrokenProcessPool:
            raise CellkitError("a run's process was ended from outside (is there too little memory?)") from None
        except BaseException:
            # Only the processes are ended: a future that is cancelled as well makes the pool's own thread fail (3.11).
            for process in list((pool._processes or {}).values()):
                process.terminate()
            raise
    return [results[index] for index in range(len(options))]


@contextlib.contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes started in this block never hear of Ctrl+C, which reaches the whole process group.

    The parent alone decides what it means; here it does so once the block has ended.
    """
    heard = False

    def on_interrupt(_signal: int, _frame: FrameType | None) -> None:
        nonlocal heard
        heard = True

    before = signal.signal(signal.SIGINT, on_interrupt)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # children inherit it, from their first moment on
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, before)
    if heard:
        raise KeyboardInterrupt


def _run_one(scenario: str, options: RunOptions) -> RunRecord | str:
    """One run in a worker; bad input comes back as its one line."""
    try:
        return Run(read_scenario(scenario), options).execute()
    except CellkitError as error:
        return f"{options.arm}, seed {options.seed}: {error}"


def table(records: list[RunRecord], options: list[RunOptions]) -> Table:
    """One row a run."""
    first = records[0]
    gripper = f", {first.gripper}" if first.gripper else ""
    way = ", by wire" if first.path == "wire" else ""
    table = Table(title=f"{first.scenario}: one program, {first.world} world{gripper}{way}", title_justify="left")
    for heading in ("arm", "maker"):
        table.add_column(heading)
    for heading in ("seed", "parts", "cycle s", "place error mm", "collisions", "x real time"):
        table.add_column(heading, justify="right")
    table.add_column("result", overflow="fold")
    for record, option in zip(records, options, strict=True):
        mean, error = record.cycle_time.mean, record.max_place_error
        table.add_row(
            record.arm,
            load_arm(option.arm or record.arm).maker.name,
            str(record.seed),
            f"{record.parts_good}/{record.parts_total}",
            "-" if mean is None else f"{mean:.2f}",
            "-" if error is None else f"{error * 1000:.2f}",
            "-" if record.collisions is None else str(record.collisions),
            f"{record.realtime_factor:.0f}",
            "ok" if record.failure is None else record.failure.what,
        )
    good = sum(record.success for record in records)
    texts = len({record.program_sha256 for record in records})
    same = "the program's text was the same in all of them" if texts == 1 else f"with {texts} different program texts!"
    table.caption = f"{good} of {len(records)} runs succeeded; {same}"
    return table
