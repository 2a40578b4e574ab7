"""The motion of a control step is computed once, and kept while the arm stands still and its tool stays the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cellkit_ur import arm_motion, controller_state
from cellkit_ur.protocol.base_frame import to_vendor
from ur_bench import Bench, played

from cellkit.timing import now


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moments at which a TCP was computed."""
    moments: list[float] = []

    def counted(pose: Any) -> Any:
        moments.append(now())
        return to_vendor(pose)

    monkeypatch.setattr(arm_motion, "to_vendor", counted)
    return moments


def test_an_arm_that_stands_still_computes_its_tcp_once(computed: list[float]) -> None:
    async def test(bench: Bench) -> None:
        for _ in range(2):
            await (await bench.rtde()).outputs("timestamp", "actual_TCP_pose", "actual_q")
        await asyncio.sleep(0.1)
        assert bench.virtual.state.step > 40
        assert len(computed) == 1

    played(test)


def test_an_arm_that_moves_computes_its_tcp_in_every_control_step(computed: list[float]) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        await client.outputs("actual_TCP_pose")
        await bench.script("def go():\n  movej([0, -1.2, 1.2, 0, 0.5, 0])\nend\n")
        await asyncio.sleep(0.1)
        del computed[:]
        await asyncio.sleep(0.1)
        assert 49 <= len(computed) <= 51
        assert len(set(computed)) == len(computed)

    played(test)


def test_a_new_tool_is_seen_while_the_arm_stands_still() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        await client.outputs("actual_TCP_pose")
        await asyncio.sleep(0.1)
        before = bench.virtual.state.motion.tcp
        await bench.script("sec longer():\n  set_tcp(p[0, 0, 0.25, 0, 0, 0])\nend\n", "secondary")
        await asyncio.sleep(0.1)
        after = bench.virtual.state.motion.tcp
        assert sum((a - b) ** 2 for a, b in zip(before[:3], after[:3], strict=True)) > 1e-4

    played(test)


def test_an_arm_at_rest_keeps_the_motion_without_a_look_at_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[float] = []

    class Counted(arm_motion.ArmMotion):
        def __init__(self, *given: Any) -> None:
            made.append(now())
            super().__init__(*given)

    monkeypatch.setattr(controller_state, "ArmMotion", Counted)

    async def test(bench: Bench) -> None:
        await (await bench.rtde()).outputs("actual_q")
        await bench.script("def go():\n  movej([0, -1.2, 1.2, 0, 0.5, 0])\nend\n")
        await asyncio.sleep(0.1)
        assert len(made) > 40, "it moves"
        await asyncio.sleep(10.0)
        made.clear()
        await asyncio.sleep(1.0)
        assert made == []

    played(test)
