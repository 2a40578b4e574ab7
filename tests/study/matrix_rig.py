"""Shared parts of the matrix tests: records that were never run, and scenarios that run quickly."""

from __future__ import annotations

from pathlib import Path

from cellkit.scenario.record import CycleTime, Failure, RunRecord
from cellkit.study.matrix.plan import Plan, Request, plan_matrix
from cellkit.study.matrix.programs import ProgramText
from cellkit.study.matrix.report import MatrixReport, make_report
from cellkit.study.matrix.work import Entry, Outcome

TEXT = ProgramText((("program.py", "async def main(cell):\n    pass\n"),))


def entry(name: str = "job", arm: str = "ur5e", path: str = "direct") -> Entry:
    arms = tuple(arm.split("+"))
    return Entry(name, name, arm, arms, ("A vendor",) * len(arms), "2f-85", path)  # type: ignore[arg-type]


def record(
    name: str = "job",
    arm: str = "ur5e",
    path: str = "direct",
    seed: int = 1,
    cycles: tuple[float, ...] = (2.0, 3.0),
    error: float | None = 0.001,
    energy: float | None = 50.0,
    failure: str | None = None,
) -> RunRecord:
    return RunRecord(
        scenario=name,
        arm=arm,
        gripper="2f-85",
        world="physics",
        path=path,
        seed=seed,
        success=failure is None,
        parts_good=len(cycles),
        parts_total=2,
        cycle_time=CycleTime(mean=sum(cycles) / len(cycles) if cycles else None, list=list(cycles)),
        simulated_time=10.0,
        wall_time=1.0,
        realtime_factor=10.0,
        max_place_error=error,
        energy=energy,
        collisions=0,
        trace_sha256="0" * 64,
        failure=None if failure is None else Failure(what=failure, when=1.5, where="program.py:3"),
    )


ARM = "{{kind: arm, model: {}, mount: {{xyz: [{}, 0, 0]}}}}"


def scenario(folder: Path, program: str, name: str = "job", arms: int = 1, title: str = "A job") -> Path:
    """Write a scenario of bare arms in one cell, with a given program."""
    folder.mkdir(parents=True)
    roles = ["left", "right", "third"][:arms]
    devices = "".join(f"  {role}: {ARM.format('ur5e', 3 * number)}\n" for number, role in enumerate(roles))
    (folder / "cell.yaml").write_text(f"schema: cellkit/cell/1\nname: {name}\ndevices:\n{devices}", encoding="utf-8")
    (folder / "program.py").write_text(program, encoding="utf-8")
    lines = ["schema: cellkit/scenario/1", f"name: {name}", f"title: {title}", "cell: cell.yaml", "program: program.py"]
    text = "\n".join([*lines, "expect: {min_parts_good: 0}"]) + "\n"
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    return folder / "scenario.yaml"


HOME = """
async def main(cell):
    for arm in cell.devices.values():
        await arm.move_joint(arm.home)
"""


def planned(
    *scenarios: Path | str, arms: str = "ur5e", paths: str = "direct", seeds: int = 1, quantity: int | None = None
) -> Plan:
    """Plan the matrix in the fast world."""
    names = [str(one) for one in scenarios]
    ways: list = paths.split(",")  # type: ignore[type-arg]
    return plan_matrix(Request(names, arms.split(","), ways, seeds, world="kinematic", quantity=quantity))


def report_of(plan: Plan, outcomes: list[Outcome]) -> MatrixReport:
    return make_report(plan, plan.jobs(), outcomes)
