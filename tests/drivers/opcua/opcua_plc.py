"""A PLC with signals, sensors, grippers and an arm of five joints, none of them with a model of OPC UA's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from asyncua import ua
from cellkit_opcua import DRIVER, NODE_MAP

from cellkit.cell.driver_selection import settings_of
from cellkit.cell.kinds.fields import WireConfig
from cellkit.registry import load_object
from cellkit.timing import run
from cellkit.transport import SocketNetwork
from tests.opcua.plain_server import TYPES, PlainServer, node
from tests.patience import PATIENCE

STEP = 0.02  # s
START: dict[str, tuple[Any, ua.VariantType]] = {
    "Ready": (False, TYPES.Boolean), "NotLamp": (True, TYPES.Boolean), "Pressure": (250, TYPES.Int16),
    "Speed": (0.0, TYPES.Float), "Distance": (320.0, TYPES.Double), "Seen": (True, TYPES.Boolean),
    "Wrench": ([1.0, 2.0, 3.0], TYPES.Double), "Moment": ([100.0, 0.0, -100.0], TYPES.Double),
    "Code": ("", TYPES.String), "Count": (0, TYPES.UInt32), "Door": (1, TYPES.Int32), "State": (3, TYPES.Int32),
    "Broken": (False, TYPES.Boolean), "BrokenText": ("", TYPES.String),
    "Width": (85.0, TYPES.Double), "Moving": (False, TYPES.Boolean), "Part": (False, TYPES.Boolean),
    "Valve": (False, TYPES.Boolean), "Vacuum": (0.0, TYPES.Double), "Sucks": (False, TYPES.Boolean),
    "Joints": ([0.0] * 6, TYPES.Double), "Runs": (False, TYPES.Boolean), "Stop": (False, TYPES.Boolean),
    "Mode": (1, TYPES.Int32),
}  # fmt: skip


class Plc(PlainServer):
    """``wide``: mm of the part between the jaws (0: none). ``label``: what the reader sees."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for name, (value, kind) in START.items():
            self.has(name, value, kind)
        double = TYPES.Double
        array = ua.Argument(Name="Joints", DataType=ua.NodeId(ua.ObjectIds.Double), ValueRank=1)
        self.does("Grip", self._grip, [double, double, double], [TYPES.Int32])
        self.does("Halt", self._halt, [], [])
        self.does("Trigger", self._trigger, [], [])
        self.does("Suck", self._suck, [TYPES.Boolean], [])
        self.does("MoveAxes", self._move_axes, [array, double], [])
        self.does("Reset", self._reset, [], [])
        self._moves: set[asyncio.Task[None]] = set()
        self.reset_world()

    def reset_world(self) -> None:
        self.wide, self.label, self.cup = 0.0, "", False
        self.asked: list[Any] = []

    def reset(self) -> None:
        """Everything as it was at the start."""
        self.do(self._halt())
        self.reset_world()
        for name, (value, _) in START.items():
            self.put(name, value)

    # --- the machine's own program ----------------------------------------------------------------------------

    async def _set(self, name: str, value: Any) -> None:
        data = ua.DataValue(ua.Variant(value, START[name][1]), SourceTimestamp=_now())
        await self._nodes[name].write_attribute(ua.AttributeIds.Value, data)

    def _go(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._moves.add(task)  # type: ignore[arg-type]
        task.add_done_callback(self._moves.discard)  # type: ignore[arg-type]

    async def _halt(self) -> None:
        for task in tuple(self._moves):
            task.cancel()
        for name in ("Moving", "Runs"):
            if name in self._nodes:
                await self._set(name, False)

    async def _grip(self, width: float, speed: float, force: float) -> list[ua.Variant]:
        self.asked = [width, speed, force]
        await self._halt()
        self._go(self._jaws(width, speed))
        return [ua.Variant(0, TYPES.Int32)]

    async def _jaws(self, width: float, speed: float) -> None:
        await self._set("Moving", True)
        here = await self._nodes["Width"].read_value()
        goal = max(width, self.wide)
        while here != goal:
            await asyncio.sleep(STEP)
            step = max(-speed * STEP, min(speed * STEP, goal - here))
            here += step
            await self._set("Width", here)
        await self._set("Part", goal > width)
        await self._set("Moving", False)

    async def _trigger(self) -> None:
        async def read() -> None:
            await asyncio.sleep(STEP)
            await self._set("Code", self.label)
            await self._set("Count", await self._nodes["Count"].read_value() + 1)

        self._go(read())

    async def _suck(self, on: bool) -> None:
        await self._set("Sucks", on)
        await self._set("Vacuum", 600.0 if on and self.cup else 0.0)

    async def _move_axes(self, joints: list[float], speed: float) -> None:
        self.asked = [joints, speed]
        await self._halt()
        self._go(self._axes(joints))

    async def _axes(self, goal: list[float]) -> None:
        await self._set("Runs", True)
        start = await self._nodes["Joints"].read_value()
        for step in range(1, 11):
            await asyncio.sleep(STEP)
            now = [a + (b - a) * step / 10 for a, b in zip(start, goal, strict=True)]
            await self._set("Joints", now)
        await self._set("Runs", False)

    async def _reset(self) -> None:
        await self._set("Stop", False)
        await self._set("Broken", False)


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def made(plc: PlainServer, kind: str, told: tuple[Any, ...], role: str = "thing", **settings: Any) -> Any:
    """A device of the driver, not connected yet."""
    wire = next(wire for wire in DRIVER.wires_of(kind) if wire.protocol == NODE_MAP)
    # A server is lost by silence only where a test wants that: a busy machine keeps it silent as well.
    chosen = {"url": plc.url, "insecure": True, "silence": 60.0, **settings}
    config = settings_of(wire, WireConfig(driver="opcua", settings=chosen))
    return load_object(wire.device)(role, *told, config, SocketNetwork())


def using(device: Any, work: Callable[[Any], Awaitable[Any]]) -> Any:
    """Connect, do something, close; nothing is left then."""

    async def main() -> Any:
        before = asyncio.all_tasks()
        async with asyncio.timeout(PATIENCE), device:
            found = await work(device)
        assert asyncio.all_tasks() == before
        return found

    return run(main(), speed=1)


def call(method: str, *arguments: Any) -> dict[str, Any]:
    return {"object": node("Machine"), "method": node(method), "arguments": list(arguments)}
