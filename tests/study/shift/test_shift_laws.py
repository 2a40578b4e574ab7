"""The laws of every shift: time and parts are conserved, limits hold, random times have their distribution."""

from __future__ import annotations

import math
import random
import statistics
from itertools import pairwise
from typing import Any

import pytest
from shift_rig import CONCEPT, PART, ROBOT, SCENARIO, Steady, config, steady

from cellkit.study.shift import Shift, extra_buffer, shifts
from cellkit.study.shift.batches import Batch
from cellkit.study.shift.calibration import compared
from cellkit.study.shift.chance import lognormal
from cellkit.supervision.packml_state_machine import State

HOUR = 3600.0
BUSY: dict[str, Any] = {
    "operators": 2,
    "breaks": [
        {"at": 2, "minutes": 15, "staying": 1},
        {"at": 4, "minutes": 30, "cell": "stops"},
        {"at": 6, "minutes": 15, "cell": "runs"},
    ],
    "reaction": 1.0,
    "stopping": 1.0,
    "starting": 5.0,
    "arrivals": {"interval": 60, "spread": 0.6, "lot": 5},
    "loading": 0.4,
    "unloading": 0.3,
    "exchange": 2.0,
    "takt": 11,
    "buffer_before": 1,
    "buffer_after": 1,
    "faults": {
        ROBOT: {"mtbf": 1.5, "repair": 4, "scrap": 0.5},
        "hand": {"mtbf": 0.7, "repair": 2, "stop": "abort", "scrap": 0.3},
        "feeder": {"mtbf": 3, "repair": 8, "spread": 0, "outside": True},
    },
    "setup": 6.0,
    "order": 300,
    "scrap": 0.02,
    "rework": 0.5,
}


def assert_conserved(shift: Shift) -> None:
    e = shift.elements
    assert e.pbt + shift.planned_stops == pytest.approx(shift.length)
    assert e.apt + e.aust + e.adet + e.adot == pytest.approx(e.pbt)
    assert sum(shift.states.values()) == pytest.approx(shift.length)
    assert sum(shift.delays.values()) == pytest.approx(e.adet)
    assert e.gq + e.rq + e.sq == e.pq == e.ip
    assert e.fe == len(shift.faults)
    moments = [moment for moment, _ in shift.timeline]
    assert moments[0] == 0.0
    assert all(before < after for before, after in pairwise(moments))
    assert all(one[1] != other[1] for one, other in pairwise(shift.timeline))
    spans = [after - before for before, after in zip(moments, [*moments[1:], shift.length], strict=True)]
    for state in State:
        total = sum(span for span, (_, name) in zip(spans, shift.timeline, strict=True) if name == state.name)
        assert total == pytest.approx(shift.states.get(state.name, 0.0), abs=1e-6)
    assert sum(fault.down for fault in shift.faults) >= e.adot - 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_time_and_parts_are_conserved(seed: int) -> None:
    shift = steady(config(**BUSY), seed)
    assert_conserved(shift)
    assert 0 < shift.elements.gq < shift.elements.pq
    assert {State.HELD.name, State.ABORTED.name, State.SUSPENDED.name, State.RESETTING.name} <= set(shift.states)
    assert shift.people.worked <= 2 * shift.length


def test_the_seed_determines_the_shift() -> None:
    one, same, other = (steady(config(**BUSY), seed) for seed in (3, 3, 4))
    assert one == same
    assert one.model_dump_json() == same.model_dump_json()
    assert one.timeline != other.timeline


def test_a_cell_without_limits_is_ideal() -> None:
    shift = steady(config(hours=1))
    assert (shift.kpis.availability, shift.kpis.quality_ratio, shift.kpis.mttr) == (1.0, 1.0, 0.0)
    assert shift.kpis.oee == pytest.approx(1.0)
    assert shift.elements.pq == HOUR / PART
    assert shift.timeline == [(0.0, "EXECUTE")]
    assert steady(config(hours=1, planned_cycle=9.0)).kpis.oee == pytest.approx(0.9)
    assert "no faults are assumed" in " ".join(shift.notes)


def test_availability_follows_from_mtbf_and_mttr() -> None:
    given = config(hours=160, faults={ROBOT: {"mtbf": 1.0, "repair": 15, "spread": 0.5}})
    made = shifts(SCENARIO, CONCEPT, given, range(40), batches=Steady(part=200.0))
    figure = made.figures["availability"]
    assert figure.deviation is not None
    bound = 4.0 * figure.deviation / math.sqrt(40)
    assert bound < 0.012
    assert figure.mean == pytest.approx(60 / (60 + 15), abs=bound)
    for shift in made.shifts:
        k = shift.kpis
        assert k.availability == pytest.approx(k.mtbf / (k.mtbf + k.mttr))
    failures = [shift.elements.fe for shift in made.shifts]
    hours = sum(shift.elements.apt for shift in made.shifts) / HOUR
    assert sum(failures) == pytest.approx(hours, abs=4 * math.sqrt(hours)), (
        "Poisson-distributed with one failure an hour of operation"
    )


def test_too_little_material_sets_the_pace() -> None:
    shift = steady(config(arrivals={"interval": 40}))
    assert shift.elements.pq == pytest.approx(8 * HOUR / 40, abs=8)
    assert shift.kpis.availability == pytest.approx(PART / 40, rel=0.02)
    assert shift.starved == pytest.approx(shift.elements.adet)
    assert shift.blocked == 0.0
    assert_conserved(shift)


def test_a_slow_next_station_sets_the_pace() -> None:
    shift = steady(config(takt=25))
    assert shift.elements.pq == pytest.approx(8 * HOUR / 25, abs=12)
    assert shift.blocked == pytest.approx(shift.elements.adet)
    assert shift.starved == 0.0


def test_loading_delays_the_cell_unless_a_tray_waits() -> None:
    alone = steady(config(hours=1, loading=0.5))
    assert alone.elements.apt == pytest.approx(HOUR * 40 / 70, rel=0.02), "30 s of loading for 40 s of work"
    assert alone.delays.keys() == {"waits for loading"}
    ahead = steady(config(hours=1, loading=0.5, buffer_before=1))
    assert ahead.elements.apt == pytest.approx(HOUR - 30)
    assert ahead.people.utilisation == pytest.approx(0.75, rel=0.02)


def test_the_gain_of_a_buffer_is_paired_by_seed() -> None:
    given = config(hours=2, loading=0.5, faults={ROBOT: {"mtbf": 2, "repair": 5}})
    before, after = extra_buffer(SCENARIO, CONCEPT, given, [1, 2, 3], batches=Steady())
    assert (before.where, before.places, after.where) == ("before", 1, "after")
    assert before.least > 100, "trays are loaded while the cell works"
    assert (after.gained, after.least, after.most) == (0, 0, 0), "parts leave by themselves"


def test_planned_stops_are_no_planned_busy_time() -> None:
    pause = {"at": 1, "minutes": 30, "cell": "stops"}
    shift = steady(config(hours=2, breaks=[pause]))
    assert shift.elements.pbt == 1.5 * HOUR
    assert (shift.kpis.availability, shift.elements.pq) == (1.0, 540)
    assert shift.timeline[1:] == [(HOUR, "SUSPENDED"), (1.5 * HOUR, "EXECUTE")]
    runs = steady(config(hours=2, breaks=[pause | {"cell": "runs"}]))
    assert (runs.elements.pbt, runs.elements.pq) == (2 * HOUR, 720)


def test_operators_in_a_break_repair_nothing() -> None:
    fault = {ROBOT: {"mtbf": 0.5, "repair": 1, "spread": 0}}
    shift = steady(config(hours=2, faults=fault, breaks=[{"at": 0.5, "minutes": 60}]))
    waited = [one for one in shift.faults if HOUR / 2 < one.at < HOUR * 1.5]
    assert len(waited) == 1
    assert waited[0].at + waited[0].waiting == pytest.approx(1.5 * HOUR)
    staying = steady(config(hours=2, operators=2, faults=fault, breaks=[{"at": 0.5, "minutes": 60, "staying": 1}]))
    assert all(one.waiting == 0.0 for one in staying.faults)


def test_repairs_come_before_loading() -> None:
    given = config(hours=4, loading=0.6, faults={ROBOT: {"mtbf": 0.3, "repair": 1}}, buffer_before=3)
    assert all(one.waiting <= 36.0 for one in steady(given).faults), "at most until one tray is loaded"


def test_an_abort_starts_again_with_the_rest_of_the_batch() -> None:
    batches = Steady()
    fault = {ROBOT: {"mtbf": 0.2, "repair": 1, "stop": "abort", "scrap": 1.0}}
    shift = steady(config(faults=fault), batches=batches)
    left = [quantity for _, quantity in batches.requests]
    assert {1, 2, 3, 4} == set(left)
    assert shift.elements.sq == sum(fault.scrap for fault in shift.faults if fault.repaired)
    assert_conserved(shift)


def test_a_change_over_is_set_up_time() -> None:
    shift = steady(config(hours=1, order=60, setup=5, starting=10))
    assert shift.elements.aust == pytest.approx(4 * 310, abs=310)
    assert shift.kpis.setup_ratio == pytest.approx(310 / 910, abs=0.07)
    assert shift.states["RESETTING"] + shift.states["STARTING"] == pytest.approx(shift.elements.aust)


def test_bad_parts_of_the_runs_and_of_chance_are_counted() -> None:
    assert steady(config(hours=1), batches=Steady(bad=1)).kpis.quality_ratio == pytest.approx(0.75)
    made = shifts(SCENARIO, CONCEPT, config(scrap=0.1, rework=0.25), range(10), batches=Steady())
    assert made.figures["quality_ratio"].mean == pytest.approx(0.9, abs=0.01)
    assert made.figures["rework_ratio"].mean == pytest.approx(0.025, abs=0.005)


def test_a_program_that_gives_up_is_a_stoppage() -> None:
    shift = steady(config(hours=1, recovery=2), batches=Steady(failed="a part was lost"))
    assert {fault.device for fault in shift.faults} == {"program"}
    assert {fault.kind for fault in shift.faults} == {"abort"}
    assert shift.elements.adot == pytest.approx(sum(fault.down for fault in shift.faults))
    assert_conserved(shift)


def test_a_calibration_scales_time_and_adds_the_losses_of_physics() -> None:
    slow, bad = Batch((12.0,) * 4, 0.0, 3, None), Batch((12.0,), 3.0, 1, "lost")
    fast = Batch((10.0,) * 4, 0.0, 4, None)
    found = compared([1, 2, 3], 4, [(slow, fast), (slow, fast), (bad, fast)])
    assert found.factor == pytest.approx(1.2)
    assert (found.difference, found.spread) == (pytest.approx(0.2), pytest.approx(0.0))
    assert (found.parts, found.good, found.gave_up) == (9, 7, 1)
    shift = steady(config(hours=50, recovery=2), calibration=found)
    assert shift.part_time_kinematic == pytest.approx(PART)
    assert shift.part_time == pytest.approx(12.0)
    assert shift.kpis.quality_ratio == pytest.approx(7 / 9, abs=0.02)
    assert len(shift.faults) == pytest.approx(shift.batches / 3, abs=4 * math.sqrt(shift.batches) / 2)


def test_other_random_streams_stay_the_same() -> None:
    fault = {ROBOT: {"mtbf": 1.0, "repair": 5}}
    plain = steady(config(faults=fault))
    more = steady(config(faults=fault, scrap=0.3, rework=0.5))
    assert [one.at for one in plain.faults] == [one.at for one in more.faults]


def test_lognormal_has_its_mean_and_spread() -> None:
    chance = random.Random(1)
    drawn = [lognormal(5.0, 0.5, chance) for _ in range(20_000)]
    assert statistics.fmean(drawn) == pytest.approx(5.0, rel=0.02)
    assert statistics.stdev(drawn) == pytest.approx(2.5, rel=0.05)
    assert (lognormal(5.0, 0.0, chance), lognormal(0.0, 0.5, chance)) == (5.0, 0.0)
