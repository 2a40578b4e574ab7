"""The step table of invented runs with known figures."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from cellkit.study.assumption import register
from cellkit.study.cycle.activity import Activity, Kind
from cellkit.study.cycle.config import CycleConfig
from cellkit.study.cycle.table import CycleTable, cycle_table


def run(*moves: float, first: float = 1.5, grip: float = 0.5) -> list[Activity]:
    """Return cycles of one motion and one grip each; ``first`` is the motion of the ramp-in."""
    found, t = [], 0.0

    def add(device: str, kind: Kind, seconds: float) -> None:
        nonlocal t
        found.append(Activity(start=t, end=t + seconds, device=device, kind=kind, name=""))
        t += seconds

    for motion in (first, *moves):
        begun = t
        add("robot", "free", motion)
        add("hand", "gripper", grip)
        found.append(Activity(start=begun, end=t, device="cell", kind="cycle", name="part"))
    return found


def lines(table: CycleTable) -> dict[str, float]:
    return {one.line: one.mean for one in table.lines}


def test_mean_percentile_worst_and_share() -> None:
    table = cycle_table([run(1.0, 2.0), run(3.0, 6.0)])
    assert (table.runs, table.cycles, table.ramp_in_counted, table.takt) == (2, 4, False, None)
    assert lines(table) == pytest.approx({"free": 3.0, "gripper": 0.5})
    free = table.lines[0]
    assert free.p95 == pytest.approx(3.0 + 0.85 * 3.0), (
        "between the third and the fourth of 1, 2, 3, 6: 0.95 x 3 = 2.85"
    )
    assert free.worst == pytest.approx(6.0)
    assert free.share == pytest.approx(3.0 / 3.5)
    assert (table.simulated, table.expected, table.worst) == pytest.approx((3.5, 3.5, 6.5))
    assert (table.ramp_in, table.overall) == pytest.approx((2.0, (4.0 + 2.0 + 12.0) / 6))


def test_bottleneck_and_devices() -> None:
    table = cycle_table([run(1.0, 1.0, 1.0, grip=3.0)])
    assert (table.bottleneck.line, table.bottleneck.device) == ("gripper", "hand")
    assert table.bottleneck.gain == pytest.approx(3.0)
    assert table.bottleneck.share == pytest.approx(0.75)
    hand, robot = table.devices
    assert (hand.device, hand.critical, hand.busy) == pytest.approx(("hand", 3.0, 3.0))
    assert robot.utilisation == pytest.approx((1.5 + 3 * 1.0) / (4.5 + 3 * 4.0)), "of the whole run, ramp-in included"


def test_the_only_part_of_each_run_is_counted() -> None:
    table = cycle_table([run(), run()])
    assert table.ramp_in_counted
    assert (table.cycles, table.simulated) == (2, 2.0)


def test_a_ramp_in_that_holds_work_on_later_parts_is_counted() -> None:
    table = cycle_table([run(0.5, 0.5, first=9.0)])
    assert table.ramp_in_counted
    assert table.simulated == pytest.approx(table.overall) == pytest.approx((9.5 + 1.0 + 1.0) / 3)
    assert not cycle_table([run(0.5, 0.5, first=9.0)], ramp_in_counted=False).ramp_in_counted


def test_assumed_times_have_their_own_lines() -> None:
    given = {"gripper": 2.0, "part_present": {"value": 0.8, "source": "stopwatch"}}
    table = cycle_table([run(1.0, 1.0)], CycleConfig.model_validate(given), takt=4.0)
    assert table.simulated == pytest.approx(1.5)
    assert table.expected == pytest.approx(4.3)
    assert [(one.line, one.simulated) for one in table.lines] == [
        ("free", True), ("gripper", True), ("gripper", False), ("part_present", False)
    ]  # fmt: skip
    assert [one.mean for one in table.lines] == pytest.approx([1.0, 0.5, 2.0, 0.8])
    assert table.line("gripper") == pytest.approx(0.5), "the simulated line"
    assert math.fsum(one.share for one in table.lines) == pytest.approx(1.0)
    assert table.bottleneck.line == "gripper"
    assert table.takt is not None
    assert (table.takt.required, table.takt.reserve, table.takt.met) == pytest.approx((4.0, -0.3, False))


def test_entries_are_spread_over_the_parts_of_a_shift() -> None:
    table = cycle_table([run(1.0)], CycleConfig.model_validate({"entries": 4, "entry_time": 1800}))
    assert table.expected == pytest.approx(1.5 * 28800 / (28800 - 7200)), "a quarter of the shift is lost"
    assert table.lines[-1].line == "entries"


def test_entries_that_leave_no_shift() -> None:
    with pytest.raises(ValidationError, match="10 entries of 3000 s leave no working time in a shift of 28800 s"):
        CycleConfig.model_validate({"entries": 10, "entry_time": 3000})


def test_no_part_no_cycle() -> None:
    with pytest.raises(ValueError, match="no run has finished a part"):
        cycle_table([[]])
    with pytest.raises(ValueError, match="finished at the same time"):
        cycle_table([[Activity(start=1.0, end=1.0, device="cell", kind="cycle", name="part")]])


def test_every_assumption_is_in_the_register_and_none_is_made_silently() -> None:
    entries = {one.path: one for one in register(CycleConfig(), path="cycle")}
    assert all(one.default and not one.verified for one in entries.values())
    assert {one.value for path, one in entries.items() if path != "cycle.shift_length"} == {0.0}
    assert all(one.unit for one in entries.values())


def test_work_that_goes_on_over_the_end_of_a_cycle_is_critical_on_both_sides_of_it() -> None:
    def did(device: str, kind: Kind, start: float, end: float) -> Activity:
        return Activity(start=start, end=end, device=device, kind=kind, name="")

    cell = [
        did("robot", "free", 0.0, 1.0),
        did("robot", "carrying", 1.0, 4.0),
        did("cell", "cycle", 0.0, 4.0),
        did("mill", "machine", 1.0, 9.0),
        did("mill", "machine_wait", 4.0, 9.0),
        did("robot", "carrying", 9.0, 10.0),
        did("cell", "cycle", 4.0, 10.0),
    ]
    assert lines(cycle_table([cell], ramp_in_counted=True)) == {"free": 0.5, "carrying": 0.5, "machine": 4.0}
    assert lines(cycle_table([cell], ramp_in_counted=False)) == {"carrying": 1.0, "machine": 5.0}
