"""Every shape of an elastic body has the whole stiffness, also after the body was moved."""

from __future__ import annotations

import asyncio

import pytest
from sim_rig import Cell, at, box

from cellkit.controller.world import Body, Shape

TOP, MASS, STIFFNESS = 0.1, 2.0, 10_000.0


def feet(*places: float) -> Body:
    """Return posts side by side along y, each 40 mm wide."""
    shapes = tuple(Shape("box", (0.04, 0.04, TOP), (0.0, y, 0.0)) for y in places)
    return Body("feet", "feet", shapes, at(0.45, 0.05, TOP / 2), stiffness=STIFFNESS)


@pytest.mark.parametrize("moved", [0.0, 0.003])
@pytest.mark.parametrize("places", [(0.0,), (-0.05, 0.05), (-0.06, 0.0, 0.06)])
def test_every_shape_gives_way_by_the_whole_stiffness(places: tuple[float, ...], moved: float) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(feet(*places))
        cell.world.move_body("feet", at(0.45, 0.05, TOP / 2 + moved))
        cell.world.add_body(box("box", at(0.45, 0.05, TOP + moved + 0.02), MASS, (0.04, 0.18, 0.04)))
        await asyncio.sleep(1.5)
        sunk = TOP + moved + 0.02 - cell.world.body_pose("box").position[2]
        assert sunk == pytest.approx(MASS * 9.81 / (STIFFNESS * len(places)), rel=0.1)
        assert cell.world.pressed("feet") == pytest.approx(MASS * 9.81, rel=0.05)

    Cell("physics").run(main)
