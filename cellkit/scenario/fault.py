"""A run in which something fails on purpose: a success when the program fails or recovers in the named way."""

from __future__ import annotations

import asyncio

import numpy as np

from cellkit import errors
from cellkit.cell.build import BuiltCell
from cellkit.cell.driver_selection import hangs_on_signals
from cellkit.cell.kinds.analog_io import AnalogIoDevice
from cellkit.cell.kinds.arm import ArmDevice
from cellkit.cell.kinds.digital_io import IoDevice
from cellkit.cell.kinds.force_torque import ForceTorqueDevice
from cellkit.cell.kinds.gripper import GripperDevice
from cellkit.cell.kinds.machine import MachineDevice
from cellkit.cell.kinds.proximity import ProximityDevice
from cellkit.cell.kinds.scanner import ScannerDevice
from cellkit.cell.plan import CellPlan
from cellkit.controller.sensor_faults import SensorFault, SensorFaults
from cellkit.devices import DeviceEvent
from cellkit.errors import ConfigError
from cellkit.models.gripper import VacuumGripperModel
from cellkit.scenario.config import ExpectedError, ExpectedRecovery, FaultConfig, Scenario
from cellkit.scenario.processes.ground_truth import STANDS
from cellkit.scenario.processes.process import Process
from cellkit.yamlfile import near_names

SETTLE = 0.1
"""s after the program's end until everything must stand."""
BRAKES = 0.6
"""s more that an arm may take which its own controller stops: whoever waits is told when the stop begins."""
LOOK = 0.01
"""s between two looks for a part under way."""
_SENSORS = ForceTorqueDevice | ProximityDevice | ScannerDevice | MachineDevice
_OF_SENSORS = ("silent", *(fault.value for fault in SensorFault))
_OF_GRIPPERS = ("silent", "part_lost", "leak")
_OF_ARMS = ("protective_stop",)
_OF_SIGNALS = ("silent",)


class PlannedFault:
    """One of a scenario's faults. Raises ``ConfigError`` when there is no such one, or not with this cell."""

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
            if self.config.kind not in (*_OF_GRIPPERS, *_OF_ARMS):
                self.sensors[self.config.device] = SensorFaults()
            if self.config.kind == "silent":
                self.silenced.append(self.config.device)

    def _check(self, role: str, kind: str, scenario: Scenario, plan: CellPlan) -> None:
        if role not in plan.file.devices:
            text = f"no device in role {role!r}; {near_names(role, plan.file.devices)}"
            raise scenario.document.error(text, ("faults", self.name, "device"))
        device = plan.file.devices[role]
        if isinstance(device, GripperDevice):
            able: tuple[str, ...] = _OF_GRIPPERS
        elif isinstance(device, ArmDevice):
            able = _OF_ARMS
        elif isinstance(device, _SENSORS):
            able = _OF_SENSORS
        elif isinstance(device, IoDevice | AnalogIoDevice) and device.on is None:
            able = _OF_SIGNALS
        else:
            text = f"{role!r} is no arm, gripper, sensor, machine or coupler that can fail so"
            raise scenario.document.error(text, ("faults", self.name, "device"))
        at = ("faults", self.name, "kind")
        if kind not in able:
            raise scenario.document.error(f"{role!r} cannot fail so; it can be {', '.join(able)}", at)
        if kind == "leak" and not isinstance(plan.grippers[role], VacuumGripperModel):
            text = f"--fault {self.name}: {plan.grippers[role].name} has no vacuum to lose; choose a vacuum gripper"
            raise ConfigError(text)

    def check_wire(self, plan: CellPlan) -> None:
        """Raise ``ConfigError`` for what cannot happen on the wire path."""
        for role in self.silenced:
            if hangs_on_signals(plan, role):
                text = f"--fault {self.name}: by wire {role} hangs on signals and has no line that falls silent"
                raise ConfigError(text)

    def check_process(self, scenario: Scenario, process: Process | None) -> None:
        """Raise ``ConfigError`` for a fault of the process that it has not."""
        known = () if process is None else process.FAULTS
        if self.config.process is not None and self.config.process not in known:
            text = f"the process has no fault {self.config.process!r}; {near_names(self.config.process, known)}"
            raise scenario.document.error(text, ("faults", self.name, "process"))

    def arm(self, built: BuiltCell, process: Process | None) -> None:
        """The program begins; the fault comes in its time."""
        built.cell.on_event(self._on_event)
        self._next = asyncio.get_running_loop().call_later(self.config.at, self._begin, built, process)

    def disarm(self) -> None:
        """The program is over."""
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
        """Wait until the arm is under way; then its controller stops it."""
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
        """Wait for a part that is under way; then it is lost, or the vacuum goes."""
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
        """The arm that a gripper is on, and which of its grippers it is."""
        assert self.config.device is not None
        device = built.plan.file.devices[self.config.device]
        assert isinstance(device, GripperDevice)
        return device.on, built.plan.grippers_on(device.on).index(self.config.device)

    def _on_event(self, event: DeviceEvent) -> None:
        if event.what == "note":
            self._notes.append(str(event.data.get("text")))

    async def unmet(self, error: BaseException | None, built: BuiltCell) -> str | None:
        """Why the program has not ended in the named way, or what it has left moving; None: it has, and all stands."""
        expected = self.config.expect
        if isinstance(expected, ExpectedRecovery):
            why = self._unrecovered(expected, error)
        else:
            why = _not_failed(expected, error)
        if why is not None:
            return why
        settle = SETTLE + (BRAKES if self.config.kind == "protective_stop" else 0.0)
        await asyncio.sleep(settle)
        for role, plants in built.plants.items():
            speed = float(abs(plants.arm.state().velocity).max())
            if speed > STANDS:
                return f"{role} still moves {settle:g} s after the program has ended ({speed:.2f} rad/s)"
        return None

    def parts_missing(self, good: int, quantity: int) -> str | None:
        """Where the program was to recover: how what it made falls short, judged at the end; None: it does not."""
        expected = self.config.expect
        if isinstance(expected, ExpectedError):
            return None
        wanted = quantity if expected.parts_good is None else expected.parts_good
        return None if good >= wanted else f"{good} of {quantity} parts good, {wanted} expected after the recovery"

    def _unrecovered(self, expected: ExpectedRecovery, error: BaseException | None) -> str | None:
        if error is not None:
            return f"the program was to recover, but ended with {type(error).__name__}: {error}"
        if not any(expected.recovery in note for note in self._notes):
            said = "; ".join(self._notes) or "nothing"
            return f"a note that says {expected.recovery!r} was expected, but the program noted {said}"
        return None


def _not_failed(expected: ExpectedError, error: BaseException | None) -> str | None:
    if error is None:
        return f"{expected.error} was expected, but the program went through"
    kind = getattr(errors, expected.error)
    if not isinstance(error, kind) or expected.says not in str(error):
        words = f" that says {expected.says!r}" if expected.says else ""
        return f"{expected.error}{words} was expected, got {type(error).__name__}: {error}"
    return None
