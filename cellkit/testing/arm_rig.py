"""The rig of an arm: switches for failures at its controller, and the true state of its plant."""

from __future__ import annotations

from typing import Any

from cellkit.controller.plants.arm import ArmPlant
from cellkit.devices import Arm, Fault, OperationalMode
from cellkit.geometry import Array
from cellkit.testing.rig import DeviceRig


class ArmRig(DeviceRig):
    """An arm at its home position. ``controller`` is the virtual controller behind the driver, or the kernel itself."""

    device: Arm
    controller: Any

    @property
    def plant(self) -> ArmPlant:
        """The mechanics of the arm."""
        plant: ArmPlant = self.bench.plant
        return plant

    def true_joints(self) -> Array:
        """Return (n,) joint positions in rad as they are at the plant now."""
        return self.plant.state().position

    def protective_stop(self) -> None:
        """Let the safety controller stop the arm."""
        self.controller.protective_stop()

    def press_emergency_stop(self) -> None:
        """Press the emergency stop button."""
        self.controller.press_emergency_stop()

    def release_emergency_stop(self) -> None:
        """Release the emergency stop button."""
        self.controller.release_emergency_stop()

    def raise_fault(self) -> Fault:
        """Raise a fault that can be cleared; return what the device must report of it (code and text)."""
        fault: Fault = self.controller.example_fault()
        return fault

    async def set_mode(self, mode: OperationalMode) -> None:
        """Turn the key switch."""
        await self.controller.set_mode(mode)

    def stall(self) -> None:
        """Let the controller accept motions, and from now on neither finish one nor report an error."""
        self.controller.stall()
