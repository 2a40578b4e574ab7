"""The events of the open interfaces, from which a cycle can be read for any driver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from cellkit_virtual.arm import VirtualArm
from cellkit_virtual.machines import VirtualMachine

from cellkit.controller.arm_controller import SETTLE_STEP
from cellkit.controller.plants.arm import Setpoints
from cellkit.controller.plants.machine import MachineReport
from cellkit.devices import Clamping, Device, DeviceEvent, DigitalIO, Execution, Load, LocatedPart, Locating
from cellkit.errors import CommandRejected, MotionTimeout
from cellkit.joints import JointState
from cellkit.models.load import load_arm
from cellkit.timing import now, run


def heard_from(device: Device) -> list[tuple[float, str, dict[str, Any]]]:
    heard: list[tuple[float, str, dict[str, Any]]] = []

    def hear(event: DeviceEvent) -> None:
        heard.append((event.time, event.what, event.data))

    device.on_event(hear)
    return heard


class Signals(DigitalIO):
    """Inputs that a test sets."""

    def __init__(self) -> None:
        super().__init__("io", ["ready"], ["start"])
        self.on = False
        self._changed: list[Callable[[], None]] = []

    def set(self, value: bool) -> None:
        self.on = value
        for changed in self._changed:
            changed()

    async def _connect(self) -> None: ...

    async def _close(self) -> None: ...

    async def _read(self, _signal: str) -> bool:
        return self.on

    async def _write(self, _signal: str, _value: bool) -> None: ...

    def _watch(self, _signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        self._changed.append(on_change)
        return lambda: self._changed.remove(on_change)


def with_signals(work: Callable[[Signals, list[tuple[float, str, dict[str, Any]]]], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        io = Signals()
        async with io:
            await work(io, heard_from(io))

    run(main())


def test_a_wait_that_takes_time_is_reported() -> None:
    async def work(io: Signals, heard: list[tuple[float, str, dict[str, Any]]]) -> None:
        await io.wait_for("ready", False)
        assert heard == [], "the state was reached already"
        asyncio.get_running_loop().call_later(2.0, io.set, True)
        await io.wait_for("ready")
        assert heard == [(0.0, "waiting", {"awaited": "ready"}), (2.0, "waited", {"awaited": "ready"})]

    with_signals(work)


def test_a_failed_wait_ends_as_well() -> None:
    async def work(io: Signals, heard: list[tuple[float, str, dict[str, Any]]]) -> None:
        with pytest.raises(MotionTimeout):
            await io.wait_for("ready", timeout=1.5)
        assert [(t, what) for t, what, _ in heard] == [(0.0, "waiting"), (1.5, "waited")]

    with_signals(work)


def test_a_pulse_takes_time() -> None:
    async def work(io: Signals, heard: list[tuple[float, str, dict[str, Any]]]) -> None:
        await io.pulse("start", 0.5)
        assert [(t, what) for t, what, _ in heard] == [
            (0.0, "written"), (0.0, "waiting"), (0.5, "waited"), (0.5, "written")
        ]  # fmt: skip

    with_signals(work)


class Mill:
    """A machine plant that a test sets."""

    def __init__(self) -> None:
        self.execution = Execution.READY
        self._changed: Callable[[], None] = lambda: None

    def report(self) -> MachineReport:
        return MachineReport(True, Clamping.OPEN, Clamping.OPEN, self.execution, "AUTOMATIC")

    def on_change(self, callback: Callable[[], None]) -> None:
        self._changed = callback

    def do(self, execution: Execution) -> None:
        self.execution = execution
        self._changed()


def test_a_machine_reports_its_execution_while_it_is_open() -> None:
    async def main() -> None:
        plant = Mill()
        mill = VirtualMachine("mill", plant)
        heard = heard_from(mill)

        def executions() -> list[tuple[float, str]]:
            return [(t, data["state"]) for t, what, data in heard if what == "execution"]

        await mill.connect()
        await asyncio.sleep(1.0)
        plant.do(Execution.ACTIVE)
        await asyncio.sleep(1.0)
        plant.do(Execution.ACTIVE)
        await asyncio.sleep(1.0)
        assert executions() == [(0.0, "READY"), (1.0, "ACTIVE")], "once"
        await mill.close()
        plant.do(Execution.READY)
        await asyncio.sleep(1.0)
        assert len(executions()) == 2
        await mill.connect()
        await asyncio.sleep(1.0)
        assert executions()[2:] == [(4.0, "READY")]
        await mill.close()

    run(main())


class Late:
    """Joints that follow ``LAG`` s behind their command."""

    LAG = 0.1

    def __init__(self, start: list[float]) -> None:
        self._start = np.array(start)
        self._source: Setpoints | None = None

    def follow(self, source: Setpoints) -> None:
        self._source = source

    def state(self) -> JointState:
        still = np.zeros_like(self._start)
        if self._source is None:
            return JointState(now(), self._start, still, still)
        position, velocity = self._source.sample(now() - self.LAG)
        return JointState(now(), position, velocity, still)


def test_an_arm_reports_its_settling_time_and_payload() -> None:
    async def main() -> None:
        model = load_arm("ur5e")
        arm = VirtualArm("robot", model, Late(list(model.home)))
        async with arm:
            heard = heard_from(arm)
            await arm.set_payload(Load(1.5))
            await arm.move_joint(arm.home + 0.3)
        assert [what for _, what, _ in heard[:4]] == ["payload", "command", "settled", "done"]
        assert heard[0][2] == {"mass": 1.5}
        after = heard[2][2]["after"]
        # Near its end a trajectory hardly moves: it is within a milliradian a little earlier.
        assert Late.LAG / 2 < after <= Late.LAG + SETTLE_STEP

    run(main())


class Eye(Locating):
    """A locator that takes a second."""

    async def _connect(self) -> None: ...

    async def _close(self) -> None: ...

    async def _locate(self, kind: str) -> list[LocatedPart]:
        await asyncio.sleep(1.0)
        if kind != "part":
            raise CommandRejected(self.name, "was not taught that")
        return []


def test_locating_takes_time() -> None:
    async def main() -> None:
        async with Eye("eye") as eye:
            heard = heard_from(eye)
            await eye.locate("part")
            with pytest.raises(CommandRejected):
                await eye.locate("other")
            assert [(t, what, data["command"]) for t, what, data in heard] == [
                (0.0, "command", "locate"),
                (1.0, "done", "locate"),
                (1.0, "command", "locate"),
                (2.0, "failed", "locate"),
            ]
        with pytest.raises(CommandRejected, match="not connected"):
            await eye.locate("part")

    run(main())
