"""Many moments that the kinematic world computes at once are those of single snapshots, bit by bit."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from cellkit.controller.world import Body, ForeseenWorld, Shape, WorldSettings, create_world
from cellkit.geometry import Pose
from cellkit.scenario.config import read_scenario
from cellkit.scenario.observers import IdleSpan, Snapshot, SnapshotSource
from cellkit.scenario.runner import Run, RunOptions
from cellkit.timing import now, run


class Both:
    """An observer of idle spans that takes a snapshot at the last moment of each, too."""

    def __init__(self) -> None:
        self.period = 0.02
        self.spans: list[tuple[IdleSpan, Snapshot]] = []

    def begin(self, built: Any) -> None:
        assert isinstance(built.world, ForeseenWorld)
        self._source = SnapshotSource(built)

    def look(self, snapshot: Snapshot) -> None:
        pass

    def look_over(self, span: IdleSpan) -> None:
        self.spans.append((span, self._source.take()))

    def event(self, record: Any) -> None:
        pass

    def end(self, record: Any) -> None:
        pass


@pytest.mark.parametrize("scenario", ["pick_and_place", "dual_arm_handover", "palletise"])
def test_many_moments_are_those_of_single_snapshots(scenario: str) -> None:
    both = Both()
    prepared = Run(read_scenario(scenario), RunOptions(world="kinematic", quantity=1))
    prepared.observers.append(both)
    assert prepared.execute().success
    assert len(both.spans) > 5
    held = 0
    for span, last in both.spans:
        assert span.times[-1] == last.time
        for name, pose in span.motion.bodies.items():
            held += pose.ndim == 3
            np.testing.assert_array_equal(pose[-1] if pose.ndim == 3 else pose, last.places[name])
        for name, arm in span.motion.arms.items():
            state, wrench = last.joints[name], last.wrenches[name]
            assert arm.positions.shape == arm.velocities.shape == (len(span.times), len(state.position))
            np.testing.assert_array_equal(arm.positions[-1], state.position)
            np.testing.assert_array_equal(arm.velocities[-1], state.velocity)
            np.testing.assert_array_equal(arm.wrenches[-1], [*wrench.force, *wrench.torque])
            places = arm.links.places(arm.positions, arm.widths)[-1]
            for link, place in zip(arm.links.names, places, strict=True):
                np.testing.assert_allclose(place, last.places[link], atol=1e-15)
        assert {role: values[-1] for role, values in span.measured.items()} == last.measured
    assert held


def test_a_running_belt_is_not_foreseen() -> None:
    both = Both()
    prepared = Run(read_scenario("conveyor_pick"), RunOptions(world="kinematic", quantity=1))
    prepared.observers.append(both)
    assert prepared.execute().success
    assert not both.spans


def test_a_body_on_a_belt_that_has_stopped_is_where_the_belt_has_carried_it() -> None:
    world = create_world("kinematic", WorldSettings())
    assert isinstance(world, ForeseenWorld)
    belt = world.add_conveyor("belt", Pose.from_rpy((0.0, 0.0, 0.5), frame="world"), (2.0, 0.4, 0.1))
    box = Shape("box", (0.1, 0.1, 0.1))
    world.add_body(Body("box", "box", (box,), Pose.from_rpy((0.0, 0.0, 0.6), frame="world"), mass=1.0))

    async def main() -> None:
        await asyncio.sleep(0.1)
        world.places()
        belt.set_speed(0.2)
        assert not world.foreseen
        await asyncio.sleep(1.0)
        belt.set_speed(0.0)
        await asyncio.sleep(0.1)
        assert world.foreseen
        place = world.places()["box"]
        assert place[0, 3] == pytest.approx(0.2)
        np.testing.assert_array_equal(world.motion([now(), now() + 1.0]).bodies["box"], place)

    run(main())
