"""A run in which a device fails on purpose: it is a success when the program fails in the named way, and all stands."""

from __future__ import annotations

import asyncio

import numpy as np

from cellkit import errors
from cellkit.cell.build import BuiltCell
from cellkit.cell.config import ForceTorqueDevice, GripperDevice, MachineDevice, ProximityDevice, ScannerDevice
from cellkit.cell.plan import CellPlan
from cellkit.cell.wiring import hangs_on_signals
from cellkit.controller.sensor_faults import SensorFault, SensorFaults
from cellkit.errors import ConfigError
from cellkit.models.gripper import VacuumGripperModel
from cellkit.scenario.config import FaultConfig, Scenario
from cellkit.yamlfile import near_names

SETTLE = 0.1
"""s after the program's end until everything must stand."""
STANDS = 0.01
"""rad/s below which a joint stands."""
UNDER_WAY = 0.5
"""Share of its greatest speed at which a joint moves when a part counts as under way."""
LOOK = 0.01
"""s between two looks for a part under way."""
_SENSORS = ForceTorqueDevice | ProximityDevice | ScannerDevice | MachineDevice
_OF_SENSORS = ("silent", *(fault.value for fault in SensorFault))
_OF_GRIPPERS = ("silent", "part_lost", "leak")


class PlannedFault:
    """One of a scenario's faults. Raises ``ConfigError`` when there is no such one, or not with this cell."""

    def __init__(self, name: str, scenario: Scenario, plan: CellPlan) -> None:
        if name not in scenario.file.faults:
            known = near_names(name, scenario.file.faults)
            raise ConfigError(f"--fault {name}: {scenario.file.name} has no such fault; {known}")
        self.name = name
        self.config: FaultConfig = scenario.file.faults[name]
        self._check(scenario, plan)
        self.sensors = {} if self.config.kind in _OF_GRIPPERS else {self.config.device: SensorFaults()}
        self.silenced = [self.config.device] if self.config.kind == "silent" else []
        self._next: asyncio.TimerHandle | None = None

    def _check(self, scenario: Scenario, plan: CellPlan) -> None:
        role, kind = self.config.device, self.config.kind
        if role not in plan.file.devices:
            text = f"no device in role {role!r}; {near_names(role, plan.file.devices)}"
            raise scenario.document.error(text, ("faults", self.name, "device"))
        device = plan.file.devices[role]
        if isinstance(device, GripperDevice):
            able: tuple[str, ...] = _OF_GRIPPERS
        elif isinstance(device, _SENSORS):
            able = _OF_SENSORS
        else:
            text = f"{role!r} is no sensor, gripper or machine that can fail so"
            raise scenario.document.error(text, ("faults", self.name, "device"))
        at = ("faults", self.name, "kind")
        if kind not in able:
            raise scenario.document.error(f"{role!r} cannot fail so; it can be {', '.join(able)}", at)
        if kind == "leak" and not isinstance(plan.grippers[role], VacuumGripperModel):
            text = f"--fault {self.name}: {plan.grippers[role].name} has no vacuum to lose; choose a vacuum gripper"
            raise ConfigError(text)

    def check_wire(self, plan: CellPlan) -> None:
        """Raise ``ConfigError`` for what cannot happen on the wire path."""
        role = self.config.device
        if self.silenced and hangs_on_signals(plan, role):
            raise ConfigError(f"--fault {self.name}: by wire {role} hangs on signals and has no line that falls silent")

    def arm(self, built: BuiltCell) -> None:
        """The program begins; the fault comes in its time."""
        self._next = asyncio.get_running_loop().call_later(self.config.at, self._begin, built)

    def disarm(self) -> None:
        """The program is over."""
        if self._next is not None:
            self._next.cancel()

    def _begin(self, built: BuiltCell) -> None:
        config = self.config
        if config.kind in ("part_lost", "leak"):
            self._while_carrying(built)
            return
        built.cell.note(f"{config.device} fails: {config.kind}")
        if config.kind == "silent":
            built.factory.silence(config.device)
        else:
            self.sensors[config.device].begin(SensorFault(config.kind), config.rate)

    def _while_carrying(self, built: BuiltCell) -> None:
        """Wait for a part that is under way; then it is lost, or the vacuum goes."""
        arm = self._carrier(built)
        shares = np.abs(built.plants[arm].arm.state().velocity) / built.plan.arms[arm].joint_limits().velocity
        if float(shares.max()) < UNDER_WAY:
            begun = False
        elif self.config.kind == "part_lost":
            begun = built.world.lose_part(arm)
        else:
            suction = built.plants[arm].suction
            assert suction is not None
            begun = suction.state().part_present
            if begun:
                suction.leak(self.config.rate)
        if begun:
            built.cell.note(f"{self.config.device} fails: {self.config.kind}")
        else:
            self._next = asyncio.get_running_loop().call_later(LOOK, self._while_carrying, built)

    def _carrier(self, built: BuiltCell) -> str:
        device = built.plan.file.devices[self.config.device]
        assert isinstance(device, GripperDevice)
        return device.on

    async def unmet(self, error: BaseException | None, built: BuiltCell) -> str | None:
        """Why the program has not failed in the named way, or what it has left moving; None: it has, and all stands."""
        expected = self.config.expect
        if error is None:
            return f"{expected.error} was expected, but the program went through"
        kind = getattr(errors, expected.error)
        if not isinstance(error, kind) or expected.says not in str(error):
            words = f" that says {expected.says!r}" if expected.says else ""
            return f"{expected.error}{words} was expected, got {type(error).__name__}: {error}"
        await asyncio.sleep(SETTLE)
        for role, plants in built.plants.items():
            speed = float(abs(plants.arm.state().velocity).max())
            if speed > STANDS:
                return f"{role} still moves {SETTLE:g} s after the program has failed ({speed:.2f} rad/s)"
        return None
