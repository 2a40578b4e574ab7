"""Equal runs are bit-identical; worlds are independent; nothing is printed to stdout."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from cellkit_sim import KINEMATIC, PHYSICS
from cellkit_sim.physics import PhysicsWorld
from sim_rig import WORLDS, Cell, at, box, fingerprint

from cellkit.controller.world import WorldSettings, create_world
from cellkit.errors import ConfigError

NAMES = ["box", "other", "third"]


async def script(cell: Cell) -> str:
    cell.world.add_body(box("box", at(0.45, 0.05, 0.03, 0.1)))
    cell.world.add_body(box("other", at(0.46, 0.2, 0.1, 0.4), 0.3))
    cell.world.add_body(box("third", at(0.45, 0.2, 0.3, 0.2), 0.3))
    await cell.move(0.45, 0.05, 0.03)
    await cell.jaws.drive(0.0, 0.1, 40.0)
    await cell.move(0.45, 0.2, 0.2)
    await cell.jaws.drive(0.085, 0.1, 40.0)
    await asyncio.sleep(0.3)
    return fingerprint(cell.world, NAMES)


@pytest.mark.parametrize("world", WORLDS)
def test_bit_equal(world: str) -> None:
    first, second = Cell(world).run(script), Cell(world).run(script)
    code = f"import test_repeatability as t; print(t.Cell({world!r}).run(t.script))"
    paths = [path for path in sys.path if path]
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; {code}"]
    elsewhere = subprocess.run(command, capture_output=True, text=True, check=True)
    assert first == second
    assert elsewhere.stdout == first + "\n"  # and PyBullet printed nothing
    assert elsewhere.stderr == ""


def test_two_worlds_are_independent() -> None:
    async def disturbed(cell: Cell) -> str:
        noise = PhysicsWorld(WorldSettings(gravity=1.6))
        noise.add_body(box("box", at(0.45, 0.05, 0.5)))
        noise.advance(0.1, lambda: False)
        result = await script(cell)
        noise.advance(0.5, lambda: False)
        assert noise.body_pose("box").position[2] == pytest.approx(0.5 - 0.5 * 1.6 * 0.25, abs=0.01)
        noise.close()
        return result

    assert Cell("physics").run(disturbed) == Cell("physics").run(script)


@pytest.mark.parametrize("world", WORLDS)
def test_names_are_taken_once(world: str) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("box", at(0.5, 0.5, 0.03)))
        for name in ("box", "robot", "floor"):
            with pytest.raises(ValueError, match="is already in use"):
                cell.world.add_body(box(name, at(0.5, 0.5, 0.03)))

    Cell(world).run(main)


def test_specs_make_worlds_and_import_nothing_heavy() -> None:
    code = "import sys, cellkit_sim; assert not {'pybullet', 'roboticstoolbox'} & set(sys.modules)"
    paths = [path for path in sys.path if path]
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; {code}"], check=True)
    for spec in (PHYSICS, KINEMATIC):
        world = create_world(spec.name, WorldSettings())
        assert world.name == spec.name
        world.close()
        with pytest.raises(ConfigError, match="unknown option 'residal'"):
            create_world(spec.name, WorldSettings(options={"residal": 1.0}))


def test_without_pybullet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pybullet", None)
    with pytest.raises(ConfigError, match="--world kinematic, or Python"):
        PhysicsWorld(WorldSettings())


def test_time_never_runs_backwards() -> None:
    world = PhysicsWorld(WorldSettings(step=0.01))
    assert world.advance(0.005, lambda: False) == 0.005
    assert world.advance(0.03, lambda: True) == pytest.approx(0.01)
    assert world.advance(0.0349, lambda: False) == 0.0349
    assert world.time == pytest.approx(0.03)
    world.close()
