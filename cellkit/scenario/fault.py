"""A run in which a sensor fails on purpose: it is a success when the program fails in the named way, and all stands."""

from __future__ import annotations

import asyncio

from cellkit import errors
from cellkit.cell.build import BuiltCell
from cellkit.cell.config import ForceTorqueDevice, MachineDevice, ProximityDevice, ScannerDevice
from cellkit.cell.plan import CellPlan
from cellkit.controller.sensor_faults import SensorFault, SensorFaults
from cellkit.errors import ConfigError
from cellkit.scenario.config import FaultConfig, Scenario
from cellkit.yamlfile import near_names

SETTLE = 0.1
"""s after the program's end until everything must stand."""
STANDS = 0.01
"""rad/s below which a joint stands."""
_SENSORS = ForceTorqueDevice | ProximityDevice | ScannerDevice | MachineDevice


class PlannedFault:
    """One of a scenario's faults. Raises ``ConfigError`` when there is no such one, or not with this cell."""

    def __init__(self, name: str, scenario: Scenario, plan: CellPlan) -> None:
        if name not in scenario.file.faults:
            known = near_names(name, scenario.file.faults)
            raise ConfigError(f"--fault {name}: {scenario.file.name} has no such fault; {known}")
        self.name = name
        self.config: FaultConfig = scenario.file.faults[name]
        at = ("faults", name, "device")
        role = self.config.device
        if role not in plan.file.devices:
            raise scenario.document.error(f"no device in role {role!r}; {near_names(role, plan.file.devices)}", at)
        if not isinstance(plan.file.devices[role], _SENSORS):
            raise scenario.document.error(f"{role!r} is no sensor or machine that can fail so", at)
        self.sensors = {role: SensorFaults()}
        self._timer: asyncio.TimerHandle | None = None

    def arm(self, built: BuiltCell) -> None:
        """The program begins; the fault comes in its time."""
        self._timer = asyncio.get_running_loop().call_later(self.config.at, self._begin, built)

    def disarm(self) -> None:
        """The program is over."""
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self, built: BuiltCell) -> None:
        config = self.config
        built.cell.note(f"{config.device} fails: {config.kind}")
        if config.kind == "silent":
            built.factory.silence(config.device)
        else:
            self.sensors[config.device].begin(SensorFault(config.kind), config.rate)

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
