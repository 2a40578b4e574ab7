"""A cup with its valve and switch: over signals that a test can slow down and break, and in whole cells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from cellkit_vacuum.config import VacuumConfig
from cellkit_vacuum.driver import SignalVacuumGripper
from cellkit_vacuum.rig import USUAL
from cellkit_vacuum.virtual import VacuumCircuit

from cellkit import registry
from cellkit.cell.build import BuiltCell, build_cell
from cellkit.cell.device_bench import DeviceBench
from cellkit.cell.plan import read_cell
from cellkit.cell.wire_path import WireDevices
from cellkit.controller.plants.signal_image import IoImage
from cellkit.controller.plants.vacuum_gripper import SuctionPlant
from cellkit.controller.world import Body, Shape, WorldSettings, create_world
from cellkit.devices import Arm, DigitalIO, Tool, VacuumGripper, Workpiece
from cellkit.errors import ConnectionFailed, DeviceFault
from cellkit.geometry import Pose
from cellkit.models.gripper import VacuumGripperModel
from cellkit.models.load import load_gripper
from cellkit.motion.kinematics import ArmKinematics
from cellkit.timing import run

PART = Workpiece("plate", "box", (0.12, 0.12, 0.03), 0.1, 0.8)
FULL, EVACUATION, RELEASE = 60_000.0, 0.15, 0.1  # Pa, s, s of the usual model
GRIP_TIME, RELEASE_TIME, SETTLE_TIME, BLOW_TIME = 1.0, 1.0, 0.1, 0.1  # s, the usual settings


class Signals(DigitalIO):
    """Signals of an image over a wire: ``delay`` (s) for every write, ``broken`` for those that are refused."""

    def __init__(self, image: IoImage, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        super().__init__("signals", inputs, outputs)
        self.image = image
        self.delay = 0.0
        self.up = True
        self.broken: set[str] = set()
        self.written: list[tuple[str, bool]] = []

    async def _connect(self) -> None:
        if not self.up:
            raise ConnectionFailed(self.name, "the line is cut")

    async def _close(self) -> None: ...

    async def _read(self, signal: str) -> bool:
        if signal in self.broken:
            raise DeviceFault(self.name, f"{signal}: the port is in another mode", code="wrong-mode")
        return self.image[signal]

    async def _write(self, signal: str, value: bool) -> None:
        # What was sent arrives, also when nobody waits for it any more.
        await asyncio.shield(asyncio.ensure_future(self._deliver(signal, value)))

    async def _deliver(self, signal: str, value: bool) -> None:
        await asyncio.sleep(self.delay)
        self._require_open()
        if signal in self.broken:
            raise DeviceFault(self.name, f"{signal}: the port is in another mode", code="wrong-mode")
        self.written.append((signal, value))
        self.image[signal] = value

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        return self.image.watch(signal, on_change)

    def cut(self) -> None:
        self.up = False
        self._link_lost("the line was cut")


class Bench:
    """A cup on a stand, its pneumatics, and the gripper over ``signals``."""

    def __init__(self, blow_off: bool, **settings: Any) -> None:
        model = load_gripper(USUAL)
        assert isinstance(model, VacuumGripperModel)
        (wire,) = registry.driver("vacuum").wires
        self.world = create_world("kinematic", WorldSettings())
        self.device_bench = DeviceBench(wire, model, self.world)
        assert self.device_bench.bench.plant is not None
        self.suction: SuctionPlant = self.device_bench.bench.plant
        config = VacuumConfig(blow_off="blow_off" if blow_off else None, **settings)
        outputs = ("ejector", "blow_off") if blow_off else ("ejector",)
        self.image = IoImage(("vacuum", *outputs))
        self.circuit = VacuumCircuit(model, self.suction, self.image, config)
        self.signals = Signals(self.image, ("vacuum",), outputs)
        self.gripper = SignalVacuumGripper("gripper", model, config, self.signals)

    @property
    def ejector(self) -> bool:
        return self.image["ejector"]

    def put_part(self) -> None:
        self.device_bench.bench.put_part(PART, self.gripper.grasp(PART))

    def lose_part(self) -> None:
        self.device_bench.bench.take_part()

    def holds(self) -> bool:
        return self.suction.state().part_present

    def stick(self, closed: bool) -> None:
        """From now on the vacuum switch says the same, whatever the vacuum."""
        self.circuit.close()
        self.circuit._look = lambda: None  # type: ignore[method-assign]
        self.image["vacuum"] = closed


def bench(test: Callable[[Bench], Coroutine[Any, Any, None]], blow_off: bool = False, **settings: Any) -> None:
    """Run a test with a connected gripper."""

    async def play() -> None:
        table = Bench(blow_off, **settings)
        try:
            async with asyncio.timeout(600.0):
                await table.gripper.connect()
                await test(table)
        finally:
            await table.gripper.close()
            await table.signals.close()
            table.circuit.close()
            table.world.close()

    run(play(), speed="max")


# --- whole cells ------------------------------------------------------------------------------------------------------

CELL = """\
schema: cellkit/cell/1
name: cup
devices:
  robot: {kind: arm, model: ur5e}
"""
HAND = "  hand: {kind: gripper, model: vacuum, on: robot, wire: {driver: vacuum, settings: {SETTINGS}}}\n"
PANEL = "  panel: {kind: digital_io, inputs: {vacuum: 1}, outputs: {ejector: 0, blow_off: 2}, REACHED}\n"
CARRIERS = {
    "the arm's terminals": HAND.replace(
        "SETTINGS", "blow_off: blow_off, ejector_terminal: 4, switch_terminal: 3, blow_off_terminal: 1"
    ),
    "a role on the arm": PANEL.replace("REACHED", "on: robot")
    + HAND.replace("SETTINGS", "io: panel, blow_off: blow_off"),
    "a Modbus coupler": PANEL.replace("REACHED", "wire: {driver: modbus}")
    + HAND.replace("SETTINGS", "io: panel, blow_off: blow_off"),
    "an IO-Link master": PANEL.replace("REACHED", "wire: {driver: iolink}")
    + HAND.replace("SETTINGS", "io: panel, blow_off: blow_off"),
}


class NoCamera:
    """The factory of what no driver is for: these cells have none of it."""

    async def start(self) -> None: ...
    async def finish(self) -> None: ...


class CupCell:
    """A running cell: an arm, a cup on it, and the signals of the cup at some carrier."""

    def __init__(self, built: BuiltCell, devices: WireDevices) -> None:
        self.built = built
        self.devices = devices
        self.arm: Arm = built.cell.arm("robot")
        hand = built.cell.gripper("hand")
        assert isinstance(hand, VacuumGripper)
        self.gripper = hand
        suction = built.plants["robot"].suction
        assert suction is not None
        self.suction: SuctionPlant = suction

    @property
    def ejector(self) -> bool:
        """What the valve is told, at the far end of the wire."""
        if "panel" in self.built.images:
            return self.built.images["panel"]["ejector"]
        return self.devices.controller("robot").digital_output(4)

    def put_part(self) -> None:
        model = self.built.plan.arms["robot"]
        joints = self.built.plants["robot"].arm.state().position
        base = self.built.plan.layout.frame("robot")
        flange = Pose(base.matrix @ ArmKinematics(model).forward(joints), "world")
        pose = flange @ Tool.of_gripper(self.gripper.model).tcp @ self.gripper.grasp(PART).inverse("tcp")
        top = float(pose.position[2]) - PART.size[2] / 2
        support = Pose.from_rpy((*pose.position[:2], top / 2), frame="world")
        shape = Shape("box", (PART.size[0], PART.size[1], top))
        self.built.world.add_body(Body("support", "support", (shape,), support))
        self.built.world.add_body(Body("part", "part", (Shape("box", PART.size),), pose, PART.mass, PART.friction))

    def remove_part(self) -> None:
        for name in ("part", "support"):
            self.built.world.remove_body(name)

    def lose_part(self) -> None:
        self.built.world.move_body("part", Pose.from_rpy((3.0, 0.0, 0.5), frame="world"))

    def holds(self) -> bool:
        return self.suction.state().part_present


def in_cell(text: str, folder: Path, test: Callable[[CupCell], Coroutine[Any, Any, None]]) -> None:
    """Run a test in a connected cell, every device behind its vendor's own bytes."""
    file = folder / "cell.yaml"
    file.write_text(CELL + text, encoding="utf-8")

    async def play() -> None:
        world = create_world("kinematic", WorldSettings())
        devices = WireDevices(NoCamera(), silenceable=("panel", "robot"))  # type: ignore[arg-type]
        built = build_cell(read_cell(file), world, devices)
        await devices.start()
        try:
            async with asyncio.timeout(600.0):
                await built.cell.connect()
                await test(CupCell(built, devices))
                await built.cell.close()
        finally:
            await devices.finish()
            world.close()

    run(play(), speed="max")
