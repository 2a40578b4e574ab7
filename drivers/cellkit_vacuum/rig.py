"""The rig for the driver contract: a cup on an arm, its valve and its switch on reference signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from typing_extensions import override

from cellkit.controller.plants.signal_image import IoImage
from cellkit.devices import DigitalIO
from cellkit.errors import ConnectionFailed
from cellkit.models.gripper import VacuumGripperModel
from cellkit.models.load import load_gripper
from cellkit.testing.kinds.vacuum_gripper import VacuumGripperRig
from cellkit.testing.rig import BenchRig, DeviceRig, DriverRig, offered_models
from cellkit_vacuum.config import VacuumConfig
from cellkit_vacuum.driver import SignalVacuumGripper
from cellkit_vacuum.virtual import VacuumCircuit

USUAL = "vacuum"


class VacuumRig(DriverRig):
    """The ``DriverRig``: the model of any vacuum gripper may be driven by signals."""

    @override
    def offers(self) -> Mapping[str, Sequence[str]]:
        return {"vacuum": sorted(offered_models("vacuum"), key=lambda one: one != USUAL)}

    @override
    def rig(self, kind: str, model: str | None) -> DeviceRig:
        return SignalVacuumRig("vacuum", load_gripper(model or USUAL))


class _Signals(DigitalIO):
    """The signals of an image, over a line that can be cut."""

    def __init__(self, image: IoImage) -> None:
        super().__init__("signals", ("vacuum",), ("ejector", "blow_off"))
        self.image = image
        self.up = True

    async def _connect(self) -> None:
        if not self.up:
            raise ConnectionFailed(self.name, "the line is cut")

    async def _close(self) -> None:
        pass

    async def _read(self, signal: str) -> bool:
        return self.image[signal]

    async def _write(self, signal: str, value: bool) -> None:
        self.image[signal] = value

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        return self.image.watch(signal, on_change)

    def cut(self) -> None:
        """Cut the line."""
        self.up = False
        self._link_lost("the line was cut")


class SignalVacuumRig(VacuumGripperRig, BenchRig):
    """A vacuum gripper driven by signals, and the circuit at their other end."""

    model: VacuumGripperModel

    @override
    def make(self) -> SignalVacuumGripper:
        config = VacuumConfig(blow_off="blow_off")
        image = IoImage(("vacuum", "ejector", "blow_off"))
        self.circuit = VacuumCircuit(self.model, self.bench.plant, image, config)
        self.signals = _Signals(image)
        return SignalVacuumGripper("gripper", self.model, config, self.signals)

    @override
    async def finish(self) -> None:
        await self.signals.close()
        self.circuit.close()
        await super().finish()

    @override
    def drop_link(self) -> None:
        self.signals.cut()

    @override
    def restore_link(self) -> None:
        self.signals.up = True
