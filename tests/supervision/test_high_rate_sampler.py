"""When samples are taken at the high rate, and when one a second is enough."""

from __future__ import annotations

import asyncio

import pytest

from cellkit.devices.motion import JointMotion
from cellkit.supervision.high_rate_sampler import ATTENTIVE, REST
from cellkit.timing import now
from tests.supervision.rig import Served, serve

STEP = 0.01
"""s between two samples at the usual rate."""
READING = 0.05
"""s between two readings."""


def rows(cell: Served) -> int:
    """Return the number of the robot's samples that were reported."""
    return sum(len(message["rows"]) for message in cell.of_kind("samples") if message["device"] == "robot")


async def at_rest(cell: Served) -> None:
    """Wait until the samples are rare, and begin to count just after one of them."""
    await asyncio.sleep(ATTENTIVE + 2.0 * REST)
    cell.told.clear()
    await cell.until(lambda: rows(cell) > 0)
    cell.told.clear()


def test_at_rest_a_sample_a_second_is_taken() -> None:
    async def body(cell: Served) -> None:
        await at_rest(cell)
        await asyncio.sleep(20.0)
        assert rows(cell) == pytest.approx(20.0 / REST, abs=1)

    serve(body)


def test_a_command_is_sampled_at_the_full_rate_from_its_start() -> None:
    async def body(cell: Served) -> None:
        await at_rest(cell)
        await cell.ask("request_control", lease=60.0)
        since = now()
        await cell.done(await cell.command("robot", "MoveJoints", [1.0, -1.2, 1.0, -1.0, -1.0, 0.0], 0.2))
        await asyncio.sleep(READING)
        assert rows(cell) * STEP == pytest.approx(now() - since - READING / 2, abs=READING / 2 + STEP)

    serve(body)


def test_a_motion_without_a_command_of_the_cell_is_sampled_after_one_reading() -> None:
    async def body(cell: Served) -> None:
        await at_rest(cell)
        kernel = cell.supervisor.cell.arm("robot").controller  # type: ignore[attr-defined]
        since = now()
        await kernel.submit(JointMotion(kernel.joints().position + 0.5, 0.2, 1.0))
        await asyncio.sleep(READING)
        assert rows(cell) * STEP == pytest.approx(now() - since - READING, abs=READING + STEP)

    serve(body)


def test_a_client_that_reads_the_samples_gets_the_full_rate() -> None:
    async def body(cell: Served) -> None:
        await at_rest(cell)
        await cell.ask("samples_read")
        await asyncio.sleep(ATTENTIVE)
        assert rows(cell) * STEP == pytest.approx(ATTENTIVE, abs=READING + STEP)

    serve(body)
