"""OnRobot's grippers as a virtual device: a Compute Box with an RG2 or RG6, or with a VG10."""

from __future__ import annotations

from collections.abc import Callable

from typing_extensions import override

from cellkit.controller.plants.parallel_gripper import JawPlant
from cellkit.controller.plants.vacuum_gripper import SuctionPlant
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit_onrobot.protocol import rg
from cellkit_onrobot.virtual_box import VirtualBox
from cellkit_onrobot.virtual_rg import RgHand
from cellkit_onrobot.virtual_vg import VgPump


class VirtualRg(VirtualBox):
    """RG2 or RG6."""

    def __init__(self, model: ParallelGripperModel, jaws: JawPlant) -> None:
        self.model = model
        self.hand = RgHand(model, jaws)
        super().__init__(self.hand)

    @property
    @override
    def title(self) -> str:
        return self.model.name

    @override
    async def stop(self) -> None:
        self.hand.halt()
        await super().stop()

    def example_fault(self) -> tuple[str, str]:
        """Trip a safety circuit, as by a bump into a finger; return the code and text that a driver must report."""
        self.hand.push_switch(1)
        self.hand.release_switches()
        return rg.CIRCUITS[0].code, rg.CIRCUITS[0].text

    def _power_lost(self) -> None:
        self.hand.power_lost()

    def _power_back(self) -> None:
        self.hand.power_back()

    @override
    def switches(self) -> dict[str, Callable[..., object]]:

        def safety(number: str = "1") -> None:
            if number not in ("1", "2"):
                raise ValueError("safety 1|2: the switch of a finger")
            self.hand.push_switch(int(number))

        def offset(millimetres: str) -> None:
            self.hand.set_offset(float(millimetres) / 1000)

        return super().switches() | {"safety": safety, "release": self.hand.release_switches, "offset": offset}

    @override
    def status_line(self) -> str:
        if not self.powered:
            return "off"
        status = self.hand.status()
        words = [f"{status.width_with_offset * 1000:.1f} mm", "busy" if status.busy else "stands"]
        words += ["grips"] if status.grip_detected else []
        words += [f"offset {status.fingertip_offset * 1000:.1f} mm"] if status.fingertip_offset else []
        words += [f"switch {number} pushed" for number, on in enumerate(status.pushed, 1) if on]
        words += [f"circuit {number} tripped" for number, on in enumerate(status.tripped, 1) if on]
        return ", ".join(words + (["safety error"] if status.safety_error else []))


class VirtualVg(VirtualBox):
    """VG10."""

    def __init__(self, model: VacuumGripperModel, suction: SuctionPlant) -> None:
        self.model = model
        self.pump = VgPump(suction)
        self._suction = suction
        super().__init__(self.pump)

    @property
    @override
    def title(self) -> str:
        return self.model.name

    def _power_lost(self) -> None:
        self.pump.power_lost()

    def _power_back(self) -> None:
        """Restart the gripper: it is idle."""

    @override
    def switches(self) -> dict[str, Callable[..., object]]:

        def leak(rate: str = "10000") -> None:
            self._suction.leak(float(rate))

        return super().switches() | {"leak": leak}

    @override
    def status_line(self) -> str:
        if not self.powered:
            return "off"
        status = self.pump.status()
        channels = zip("AB", self.pump.commands(), (status.a, status.b), strict=True)
        return ", ".join(f"{name} {one.mode.name.lower()} {vacuum / 1000:.1f} kPa" for name, one, vacuum in channels)
