"""A served cell without any protocol: the supervisor over a simulated cell, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from cellkit.cell.build import build_cell, opened
from cellkit.cell.plan import read_cell
from cellkit.cell.wire_path import WireDevices
from cellkit.controller.world import WorldSettings, create_world
from cellkit.scenario.config import read_scenario
from cellkit.scenario.program import load_program
from cellkit.scenario.runner import device_factory
from cellkit.supervision.ownership import Client
from cellkit.supervision.request_handler import RequestHandler
from cellkit.supervision.supervisor import SupervisionSettings, Supervisor
from cellkit.supervision.task import KnownProgram
from cellkit.timing import run

PLC = Client("plc", "session-1")
MES = Client("mes", "session-2")


class Served:
    """A cell with its supervisor, and everything it has told."""

    def __init__(self, supervisor: Supervisor, factory: Any) -> None:
        self.supervisor = supervisor
        self.factory = factory
        self.handler = RequestHandler(supervisor)
        self.told: list[dict[str, Any]] = []
        supervisor.listeners.append(self.told.append)

    async def ask(self, request: str, client: Client = PLC, **arguments: Any) -> dict[str, Any]:
        return await self.handler.request(request, client, arguments)

    async def command(self, device: str, command: str, *arguments: Any, client: Client = PLC) -> str:
        answer = await self.ask("command", client, device=device, command=command, arguments=list(arguments))
        return str(answer["job"])

    async def done(self, job_id: str) -> Any:
        job = self.supervisor.board.get(job_id)
        await self.supervisor.board.finished(job)
        return job

    async def until(self, reached: Callable[[], bool], limit: float = 60.0) -> None:
        async with asyncio.timeout(limit):
            while not reached():  # noqa: ASYNC110 - what it waits for is a state, not an event
                await asyncio.sleep(0.01)

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.told if message["kind"] == kind]


def serve(
    body: Callable[[Served], Awaitable[None]],
    *,
    scenario: str = "pick_and_place",
    arm: str = "ur5e",
    path: str = "direct",
    quantity: int = 2,
    settings: SupervisionSettings | None = None,
    silenceable: tuple[str, ...] = (),
) -> None:
    """Run ``body`` against a served scenario in the kinematic world, as fast as it goes."""
    read = read_scenario(scenario)
    plan = read_cell(read.cell_file, {"robot": arm})
    world = create_world("kinematic", WorldSettings(seed=1))
    factory = device_factory("wire" if path == "wire" else "direct", silenceable)
    built = build_cell(plan, world, factory, quantity)
    name = read.file.name
    programs = {name: KnownProgram(name, read.program_file, load_program(read.program_file))}

    async def main() -> None:
        async with opened(built):
            supervisor = Supervisor(built, read, programs, settings)
            served = Served(supervisor, factory)
            supervisor.start()
            await asyncio.sleep(0.1)
            try:
                await body(served)
            finally:
                await supervisor.close()

    try:
        run(main(), stepper=world.stepper)
    finally:
        world.close()


__all__ = ["MES", "PLC", "Served", "WireDevices", "serve"]
