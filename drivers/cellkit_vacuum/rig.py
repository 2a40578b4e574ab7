"""What the driver contract needs to try the driver: a cup on an arm, its valve and switch on reference signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from typing_extensions import override

from cellkit import registry
from cellkit.cell.device_bench import DeviceBench
from cellkit.controller.plant import SuctionPlant
from cellkit.controller.plants.signal_image import IoImage
from cellkit.controller.world import WorldSettings
from cellkit.devices import DigitalIO, Workpiece
from cellkit.errors import ConnectionFailed
from cellkit.models.gripper import VacuumGripperModel
from cellkit.models.load import load_gripper, model_ids
from cellkit.registry import Kind
from cellkit.testing.rig import DeviceRig, DriverRig, GripperRig
from cellkit_vacuum.config import VacuumConfig
from cellkit_vacuum.driver import SignalVacuumGripper
from cellkit_vacuum.virtual import VacuumCircuit

USUAL = "vacuum"


class VacuumRig(DriverRig):
    """The ``DriverRig``: every vacuum gripper's model may hang on signals."""

    @override
    def offers(self) -> Mapping[Kind, Sequence[str]]:
        cups = [one for one in model_ids("gripper") if isinstance(load_gripper(one), VacuumGripperModel)]
        return {Kind.VACUUM: sorted(cups, key=lambda one: one != USUAL)}

    @override
    def rig(self, kind: Kind, model: str | None) -> DeviceRig:
        return SignalVacuumRig(model or USUAL)


class _Signals(DigitalIO):
    """Signals of an image, over a line that can be cut."""

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
        """The line breaks."""
        self.up = False
        self._link_lost("the line was cut")


class SignalVacuumRig(GripperRig):
    """The ``VacuumRig`` of the driver."""

    lacks: Mapping[str, str] = {}
    device: SignalVacuumGripper

    def __init__(self, model: str) -> None:
        loaded = load_gripper(model)
        assert isinstance(loaded, VacuumGripperModel)
        self.model = loaded
        self.world = registry.world("kinematic").create(WorldSettings())

    @override
    async def start(self) -> None:
        (wire,) = registry.driver("vacuum").wires
        self.stand = DeviceBench(wire, self.model, self.world)
        assert self.stand.suction is not None
        self.suction: SuctionPlant = self.stand.suction
        config = VacuumConfig(blow_off="blow_off")
        image = IoImage(("vacuum", "ejector", "blow_off"))
        self.circuit = VacuumCircuit(self.model, self.suction, image, config)
        self.signals = _Signals(image)
        self.device = SignalVacuumGripper("gripper", self.model, config, self.signals)

    @override
    async def finish(self) -> None:
        await self.signals.close()
        self.circuit.close()
        self.world.close()

    @override
    def drop_link(self) -> None:
        self.signals.cut()

    @override
    def restore_link(self) -> None:
        self.signals.up = True

    @override
    def put_part(self, part: Workpiece) -> None:
        self.stand.put_part(part, self.device.grasp(part))

    @override
    def lose_part(self) -> None:
        self.stand.take_part()

    @override
    def holds_part(self) -> bool:
        return self.suction.state().part_present

    def leak(self, rate: float) -> None:
        """From now on the cup loses ``rate`` Pa a second."""
        self.suction.leak(rate)
