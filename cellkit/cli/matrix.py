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
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cellkit import registry
from cellkit.cli.output import check_writable, out, told, watcher, write_json
from cellkit.cli.run import parse_path
from cellkit.errors import CellkitError, ConfigError
from cellkit.models.load import load_arm, load_gripper, model_ids
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions
from cellkit.study.proportion import lower_bound


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
    if way == "live":
        raise ConfigError("--path live: arms are compared in simulation; use --path direct or wire")
    options = [
        RunOptions(arm=arm, gripper=gripper, world=world, path=way, seed=seed, quantity=quantity)
        for arm in chosen
        for seed in range(1, seeds + 1)
    ]
    try:
        results = run_all(scenario, options, jobs or os.cpu_count() or 1)
    except KeyboardInterrupt:
        sys.stderr.write("cellkit: interrupted: all runs were ended\n")
        return 130
    ran = [(record, option) for record, option in zip(results, options, strict=True) if isinstance(record, RunRecord)]
    # An arm that cannot carry the gripper, or has no wire driver, is left out of the comparison, never silently.
    excluded = {str(option.arm): why for why, option in zip(results, options, strict=True) if isinstance(why, str)}
    if not ran:
        raise CellkitError("no arm can do it: " + "; ".join(excluded.values()))
    if json is not None:
        runs = [record.model_dump(mode="json") for record, _ in ran]
        left_out = [{"arm": arm, "why": why} for arm, why in excluded.items()]
        write_json({"runs": runs, "arms": proven([record for record, _ in ran]), "excluded": left_out}, json)
    if told(json):
        out().print(table(ran))
        for why in excluded.values():
            out().print(f"left out: {why}", soft_wrap=True)
    return 0 if all(record.success for record, _ in ran) else 1


def run_all(scenario: str, options: list[RunOptions], jobs: int) -> list[RunRecord | str]:
    """All runs, in the order of ``options``; for one that is impossible on its arm, why. Raises ``CellkitError``."""
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
            results: dict[int, RunRecord | str] = {}
            for future in as_completed(futures):
                index = futures[future]
                results[index] = future.result()
                progress.update(bar, advance=1, description=f"{options[index].arm} seed {options[index].seed}")
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
        return f"{options.arm}: {error}"


def proven(records: list[RunRecord]) -> list[dict[str, Any]]:
    """Of each arm: its runs, how many were good, and what share of good ones they prove (95 %, one-sided)."""
    found = []
    for arm in dict.fromkeys(record.arm for record in records):
        of_arm = [record.success for record in records if record.arm == arm]
        found.append(
            {"arm": arm, "runs": len(of_arm), "good": sum(of_arm), "at_least": lower_bound(sum(of_arm), len(of_arm))}
        )
    return found


def table(runs: list[tuple[RunRecord, RunOptions]]) -> Table:
    """One row a run."""
    records = [record for record, _ in runs]
    first = records[0]
    gripper = f", {first.gripper}" if first.gripper else ""
    way = ", by wire" if first.path == "wire" else ""
    table = Table(title=f"{first.scenario}: one program, {first.world} world{gripper}{way}", title_justify="left")
    for heading in ("arm", "maker"):
        table.add_column(heading)
    for heading in ("seed", "parts", "cycle s", "place error mm", "collisions", "x real time"):
        table.add_column(heading, justify="right")
    table.add_column("result", overflow="fold")
    for record, option in runs:
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
    several = [one for one in proven(records) if one["runs"] > 1]
    if several:
        shares = ", ".join(f"{one['arm']} {one['good']}/{one['runs']} ({one['at_least']:.0%})" for one in several)
        table.caption += f"\ngood runs, and the share that they prove (95 %, one-sided): {shares}"
    return table
