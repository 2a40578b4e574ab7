"""Runs with a planned fault: a run succeeds when the program fails or recovers as expected."""

from __future__ import annotations

import asyncio

import numpy as np

from cellkit import errors
from cellkit.cell.build import BuiltCell
from cellkit.cell.driver_selection import hangs_on_signals
from cellkit.cell.kinds.cell_kind import SENSOR_FAULTS
from cellkit.cell.kinds.gripper import GripperDevice
from cellkit.cell.kinds.table import cell_kind
from cellkit.cell.plan import CellPlan
from cellkit.controller.sensor_faults import SensorFault, SensorFaults
from cellkit.devices import DeviceEvent
from cellkit.errors import ConfigError
from cellkit.models.gripper import VacuumGripperModel
from cellkit.scenario.config import ExpectedError, ExpectedRecovery, FaultConfig, Scenario
from cellkit.scenario.processes.ground_truth import STANDSTILL
from cellkit.scenario.processes.process import Process
from cellkit.yamlfile import near_names

SETTLE = 0.1
"""Time (s) from the program's end until everything must stand still."""
BRAKES = 0.6
"""Extra time (s) for an arm that its own controller stops: a waiting caller is notified when the stop begins."""
LOOK = 0.01
"""Time (s) between two checks for a part that moves at speed."""


class PlannedFault:
    """One fault of a scenario. Raises ``ConfigError`` when it does not exist, or is not possible in this cell."""

    def __init__(self, name: str, scenario: Scenario, plan: CellPlan) -> None:
        if name not in scenario.file.faults:
            known = near_names(name, scenario.file.faults)
            raise ConfigError(f"--fault {name}: {scenario.file.name} has no such fault; {known}")
        self.name = name
        self.config: FaultConfig = scenario.file.faults[name]
        self.sensors: dict[str, SensorFaults] = {}
        self.silenced: list[str] = []
        self._next: asyncio.TimerHandle | None = None
        self._notes: list[str] = []
        if self.config.device is not None and self.config.kind is not None:
            self._check(self.config.device, self.config.kind, scenario, plan)
            if self.config.kind in SENSOR_FAULTS:
                self.sensors[self.config.device] = SensorFaults()
            if self.config.kind == "silent":
                self.silenced.append(self.config.device)

    def _check(self, role: str, kind: str, scenario: Scenario, plan: CellPlan) -> None:
        if role not in plan.file.devices:
            text = f"no device in role {role!r}; {near_names(role, plan.file.devices)}"
            raise scenario.document.error(text, ("faults", self.name, "device"))
        device_kind = cell_kind(plan.kind(role).name)
        faults = device_kind.faults if device_kind.has_own_line(plan.file.devices[role]) else ()
        if not faults:
            text = f"a fault needs an arm, gripper, sensor, machine or coupler with a line; {role!r} is none of these"
            raise scenario.document.error(text, ("faults", self.name, "device"))
        at = ("faults", self.name, "kind")
        if kind not in faults:
            raise scenario.document.error(f"{role!r} cannot have the fault {kind!r}; valid: {', '.join(faults)}", at)
        if kind == "leak" and not isinstance(plan.grippers[role], VacuumGripperModel):
            text = f"--fault {self.name}: {plan.grippers[role].name} has no vacuum to lose; choose a vacuum gripper"
            raise ConfigError(text)

    def check_wire(self, plan: CellPlan) -> None:
        """Raise ``ConfigError`` for a fault that cannot happen on the wire path."""
        for role in self.silenced:
            if hangs_on_signals(plan, role):
                raise ConfigError(
                    f"--fault {self.name}: on the wire path {role} is connected by signals "
                    "and has no line that can fall silent"
                )

    def check_process(self, scenario: Scenario, process: Process | None) -> None:
        """Raise ``ConfigError`` for a fault that the process does not have."""
        known = () if process is None else process.FAULTS
        if self.config.process is not None and self.config.process not in known:
            text = f"the process has no fault {self.config.process!r}; {near_names(self.config.process, known)}"
            raise scenario.document.error(text, ("faults", self.name, "process"))

    def arm(self, built: BuiltCell, process: Process | None) -> None:
        """Start the timer of the fault, when the program begins."""
        built.cell.on_event(self._on_event)
        self._next = asyncio.get_running_loop().call_later(self.config.at, self._begin, built, process)

    def disarm(self) -> None:
        """Cancel the fault, when the program is over."""
        if self._next is not None:
            self._next.cancel()

    def _begin(self, built: BuiltCell, process: Process | None) -> None:
        config = self.config
        if config.process is not None:
            assert process is not None
            built.cell.emit("fault", process=config.process)
            process.begin_fault(config.process)
            return
        if config.kind in ("part_lost", "leak"):
            self._while_carrying(built)
            return
        if config.kind == "protective_stop":
            self._while_moving(built)
            return
        assert config.device is not None
        built.cell.note(f"{config.device} fails: {config.kind}")
        if config.kind == "silent":
            built.factory.silence(config.device)
        else:
            self.sensors[config.device].begin(SensorFault(config.kind), config.rate)

    def _while_moving(self, built: BuiltCell) -> None:
        """Wait until the arm moves at speed; then let its controller stop it."""
        role = self.config.device
        assert role is not None
        if self._under_way(built, role):
            built.cell.note(f"{role} fails: {self.config.kind}")
            built.factory.protective_stop(role)
        else:
            self._next = asyncio.get_running_loop().call_later(LOOK, self._while_moving, built)

    def _under_way(self, built: BuiltCell, arm: str) -> bool:
        shares = np.abs(built.plants[arm].arm.state().velocity) / built.plan.arms[arm].joint_limits().velocity
        return float(shares.max()) >= self.config.under_way

    def _while_carrying(self, built: BuiltCell) -> None:
        """Wait for a part that moves at speed; then lose the part or the vacuum."""
        arm, hand = self._carrier(built)
        if not self._under_way(built, arm):
            begun = False
        elif self.config.kind == "part_lost":
            begun = built.world.lose_part(arm, hand)
        else:
            suction = built.plants[arm].hands[hand].suction
            assert suction is not None
            begun = suction.state().part_present
            if begun:
                suction.leak(self.config.rate)
        if begun:
            built.cell.note(f"{self.config.device} fails: {self.config.kind}")
        else:
            self._next = asyncio.get_running_loop().call_later(LOOK, self._while_carrying, built)

    def _carrier(self, built: BuiltCell) -> tuple[str, int]:
        """Return the arm that the gripper is on, and the index of the gripper on that arm."""
        assert self.config.device is not None
        device = built.plan.file.devices[self.config.device]
        assert isinstance(device, GripperDevice)
        return device.on, built.plan.grippers_on(device.on).index(self.config.device)

    def _on_event(self, event: DeviceEvent) -> None:
        if event.what == "note":
            self._notes.append(str(event.data.get("text")))

    async def unmet(self, error: BaseException | None, built: BuiltCell) -> str | None:
        """Return why the program has not ended as expected, or which arm still moves; None: all as expected."""
        expected = self.config.expect
        if isinstance(expected, ExpectedRecovery):
            problem = self._unrecovered(expected, error)
        else:
            problem = _not_failed(expected, error)
        if problem is not None:
            return problem
        settle = SETTLE + (BRAKES if self.config.kind == "protective_stop" else 0.0)
        await asyncio.sleep(settle)
        for role, plants in built.plants.items():
            speed = float(abs(plants.arm.state().velocity).max())
            if speed > STANDSTILL:
                return f"{role} still moves {settle:g} s after the program has ended ({speed:.2f} rad/s)"
        return None

    def parts_missing(self, good: int, quantity: int) -> str | None:
        """Return by how much the parts fall short after an expected recovery, judged at the end; None: by nothing."""
        expected = self.config.expect
        if isinstance(expected, ExpectedError):
            return None
        wanted = quantity if expected.parts_good is None else expected.parts_good
        return None if good >= wanted else f"{good} of {quantity} parts good, {wanted} expected after the recovery"

    def _unrecovered(self, expected: ExpectedRecovery, error: BaseException | None) -> str | None:
        if error is not None:
            return f"the program was to recover, but ended with {type(error).__name__}: {error}"
        if not any(expected.recovery in note for note in self._notes):
            notes = "; ".join(self._notes) or "nothing"
            return f"a note with {expected.recovery!r} was expected, but the program noted {notes}"
        return None


def _not_failed(expected: ExpectedError, error: BaseException | None) -> str | None:
    if error is None:
        return f"{expected.error} was expected, but the program ended without an error"
    kind = getattr(errors, expected.error)
    if not isinstance(error, kind) or expected.says not in str(error):
        words = f" that says {expected.says!r}" if expected.says else ""
        return f"{expected.error}{words} was expected, got {type(error).__name__}: {error}"
    return None
