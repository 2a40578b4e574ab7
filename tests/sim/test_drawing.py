"""Drawn links and bodies are complete in both worlds, and at the places that PyBullet reports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cellkit_sim.kinematic import KinematicWorld
from cellkit_sim.physics import PhysicsWorld

from cellkit.cell.build import BuiltCell, build_cell
from cellkit.cell.plan import read_cell
from cellkit.controller.world import WorldSettings, create_world
from cellkit.scenario.config import scenario_path
from cellkit.scenario.runner import device_factory


def built(scenario: str, world: str) -> BuiltCell:
    plan = read_cell(Path(scenario_path(scenario)).parent / "cell.yaml")
    return build_cell(plan, create_world(world, WorldSettings()), device_factory())


@pytest.mark.parametrize("world", ["physics", "kinematic"])
@pytest.mark.parametrize("scenario", ["machine_tending", "palletise", "dual_arm_handover"])
def test_everything_that_is_drawn_has_a_place(scenario: str, world: str) -> None:
    cell = built(scenario, world)
    names = [one.name for one in cell.world.drawn()]
    assert len(names) == len(set(names))
    assert set(names) == set(cell.world.places())
    assert set(cell.plan.file.structures) <= set(names)
    cell.world.close()


@pytest.mark.parametrize("scenario", ["machine_tending", "palletise", "dual_arm_handover"])
def test_links_are_where_the_engine_has_them(scenario: str) -> None:
    """Compare places from the URDF with those of PyBullet: two grippers on brackets, a cup, jaws."""
    cell = built(scenario, "physics")
    world = cell.world
    assert isinstance(world, PhysicsWorld)
    places = world.places()
    seen = 0
    for arm in world._arms:
        assert places[f"{arm.name}/base"] == pytest.approx(cell.plan.layout.frame(arm.name).matrix)
        for link, index in arm.links.items():
            if index >= 0:  # for the base the engine reports the centre of mass
                there = world._client.link_frame(arm.body, index)
                assert places[f"{arm.name}/{link}"] == pytest.approx(np.asarray(there), abs=1e-6), link
                seen += 1
    assert seen >= 8
    world.close()


def test_both_worlds_draw_the_same() -> None:
    one, other = built("machine_tending", "physics"), built("machine_tending", "kinematic")
    assert one.world.drawn() == other.world.drawn()
    places = other.world.places()
    for name, place in one.world.places().items():
        if "finger" not in name:  # jaws begin half open in one, open in the other
            assert place == pytest.approx(places[name], abs=2e-6), name
    one.world.close()
    other.world.close()


@pytest.mark.parametrize("scenario", ["pick_and_place", "dual_arm_handover"])
def test_links_at_many_moments_are_those_of_each_moment(scenario: str) -> None:
    """The flange link is where the kinematics have the flange, for any joint angles."""
    world = built(scenario, "kinematic").world
    assert isinstance(world, KinematicWorld)
    draw = np.random.default_rng(1)
    for drawn, arm, _ in world._drawn:
        positions = draw.uniform(-3.0, 3.0, (20, arm._kinematics.dof))
        widths = draw.uniform(0.0, 0.05, (20, len(world._hands[drawn.name])))
        together = drawn.places(positions, widths)
        alone = [
            drawn.places(position[None], width[None])[0] for position, width in zip(positions, widths, strict=True)
        ]
        assert np.array_equal(together, alone)
        flange = drawn.names.index(f"{drawn.name}/tool")
        flanges = arm.mount @ arm._kinematics.forward(positions)
        assert together[:, flange] == pytest.approx(flanges, abs=1e-12)
    world.close()
