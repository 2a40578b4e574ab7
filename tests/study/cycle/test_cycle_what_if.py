"""What-if variants, run in the kinematic world."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.load import load_gripper
from cellkit.scenario.config import read_scenario
from cellkit.study.concepts import Concept
from cellkit.study.cycle.config import CycleConfig
from cellkit.study.cycle.faster_gripper import faster
from cellkit.study.cycle.table import cycle_table
from cellkit.study.cycle.what_if import in_turn, what_if
from cellkit.study.runs.job import Observation, StudyJob

PICK = Concept("", "pick_and_place", "ur5e", "2f-85")


def test_faster_jaws_and_faster_suction() -> None:
    jaws, cup = load_gripper("2f-85"), load_gripper("vg10")
    fast = faster(jaws, 2.0)
    assert isinstance(jaws, ParallelGripperModel)
    assert isinstance(fast, ParallelGripperModel)
    assert fast.speed_max.known() == 2.0 * jaws.speed_max.known()
    assert (fast.speed_min, fast.mass, fast.force_max) == (fast.speed_min, jaws.mass, jaws.force_max)
    assert not fast.speed_max.verified
    assert fast.sources[fast.speed_max.source].title == "an invented gripper: 2f-85, 2 times as fast"
    quick = faster(cup, 2.0)
    assert isinstance(cup, VacuumGripperModel)
    assert isinstance(quick, VacuumGripperModel)
    assert quick.evacuation_time.known() == cup.evacuation_time.known() / 2.0
    assert quick.release_time.known() == cup.release_time.known() / 2.0


def test_a_faster_gripper_and_slower_arms() -> None:
    config = CycleConfig(faster_gripper=1.5, speeds=[1.0, 0.5])
    own, gripper, half = what_if(read_scenario("pick_and_place"), PICK, [1, 2], config, quantity=2)
    assert [(one.change, one.factor) for one in (own, gripper, half)] == [("none", 1), ("gripper", 1.5), ("speed", 0.5)]
    assert {(one.world, one.runs, one.good, one.physics_difference) for one in (own, gripper, half)} == {
        ("kinematic", 2, 2, None)
    }
    assert (own.gained, own.gained_share) == (0.0, 0.0)
    assert own.cycle is not None
    assert gripper.gained is not None
    assert gripper.gained == pytest.approx(own.lines["gripper"] - gripper.lines["gripper"], abs=1e-9)
    assert gripper.gained_share == pytest.approx(gripper.gained / own.cycle)
    assert 0.0 < gripper.gained < own.lines["gripper"] / 3 + 1e-9, "1.5 times as fast saves a third of it at most"
    assert half.gained == pytest.approx(-half.lines["slow_down"], rel=1e-6)


def test_the_concept_is_compared_with_its_physics_runs() -> None:
    """The physics runs are invented: they are the concept's own kinematic cycles."""
    (run,) = in_turn([StudyJob(PICK, 1, "kinematic", 2)])
    table = cycle_table([run.activities])
    longer = table.model_copy(update={"simulated": 1.1 * table.simulated})
    (own,) = what_if(
        read_scenario("pick_and_place"), PICK, [1], CycleConfig(speeds=[1.0]), quantity=2, physics=longer,
        carry_out=lambda jobs: in_turn(jobs[:1]) * len(jobs),
    )[:1]  # fmt: skip
    assert own.physics_difference == pytest.approx(0.1)


def test_a_variant_that_fails_has_no_cycle() -> None:
    def carried(jobs: Sequence[StudyJob]) -> list[Observation]:
        return [in_turn(jobs[:1])[0], *(job.failed("no") for job in jobs[1:])]

    own, *others = what_if(read_scenario("pick_and_place"), PICK, [1], quantity=1, carry_out=carried)
    assert own.good == 1
    assert [(one.good, one.cycle, one.gained, one.lines) for one in others] == [(0, None, None, {})] * 3


@pytest.mark.long
def test_how_far_the_worlds_are_apart() -> None:
    """The cycles of the two worlds differ by a few parts in a thousand."""
    physics = cycle_table([run.activities for run in in_turn([StudyJob(PICK, seed, "physics", 4) for seed in (1, 2)])])
    own = what_if(read_scenario("pick_and_place"), PICK, [1, 2], quantity=4, physics=physics)[0]
    assert own.physics_difference is not None
    assert abs(own.physics_difference) < 0.01
