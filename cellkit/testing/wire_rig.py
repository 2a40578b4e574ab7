"""The rigs of any wire driver: its devices over their pretended ones, in memory or over loopback sockets.

A driver's ``rig.py`` is a subclass with two names::

    class AcmeRig(WireRig):
        driver = "acme"
        usual = "acme-7"
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from cellkit import registry
from cellkit.cell.device_bench import ANALOG_INPUTS, ANALOG_OUTPUTS, INPUTS, OUTPUTS, DeviceBench
from cellkit.controller.plants.machine_tool import MachineTool
from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.controller.virtual_controller import VirtualController
from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.controller.world import WorldSettings
from cellkit.devices import AnalogSignal, Arm, Fault, OperationalMode, OwnSignals, Workpiece
from cellkit.errors import DriverNotFound
from cellkit.geometry import Array, Wrench
from cellkit.models.arm import ArmModel
from cellkit.models.load import AnyModel, load_model, model_ids
from cellkit.registry import DriverSpec, Kind, WireSpec
from cellkit.testing.rig import (
    AnalogRig,
    ArmRig,
    CodeReaderRig,
    DeviceRig,
    DriverRig,
    ForceTorqueRig,
    GripperRig,
    IoRig,
    JawsRig,
    MachineRig,
    ProximityRig,
    ScannerRig,
)
from cellkit.transport import FaultyNetwork, LinkFaults, MemoryNetwork, Network, SocketNetwork
from cellkit.yamlfile import near_names

HOST = "127.0.0.1"
_SCHEMAS = {
    Kind.ARM: "arm", Kind.JAWS: "gripper", Kind.VACUUM: "gripper", Kind.FORCE_TORQUE: "sensor",
    Kind.PROXIMITY: "sensor", Kind.SCANNER: "sensor",
}  # fmt: skip


class WireDeviceRig(DeviceRig):
    """The ``DeviceRig`` of a wire driver. ``faults`` are the switches of the line, ``virtual`` has the device's."""

    device: Any

    def __init__(
        self, spec: DriverSpec, wire: WireSpec, model: AnyModel | None, lacks: Mapping[str, str], sockets: bool
    ) -> None:
        self.lacks = lacks
        self.spec, self.wire, self.model = spec, wire, model
        self.faults = LinkFaults()
        self.sockets = sockets
        self.network: Network = SocketNetwork() if sockets else MemoryNetwork()
        self.world = registry.world("kinematic").create(WorldSettings())

    @override
    async def start(self) -> None:
        self.stand = DeviceBench(self.wire, self.model, self.world)
        self.virtual: VirtualDevice = self.stand.virtual
        await self._serve(self.virtual)
        network = FaultyNetwork(self.network, self.faults)
        self.device = registry.load_object(self.wire.device)(self._name(), *self.stand.told, self._config(), network)

    def _name(self) -> str:
        return "gripper" if self.wire.kind in (Kind.JAWS, Kind.VACUUM) else self.wire.kind.value

    async def _serve(self, virtual: VirtualDevice) -> None:
        ends = {name: end for name, end in virtual.ENDPOINTS.items() if end.transport != "serial"}
        self.chosen = {name: _port(end) for name, end in ends.items()} if self.sockets else {}
        await virtual.start(self.network, HOST, self.chosen)

    def _config(self) -> Any:
        fields = registry.load_object(self.wire.config).model_fields  # type: ignore[attr-defined]
        places: dict[str, Any] = {f"{name}_port": self.virtual.ports[name] for name in self.chosen}
        places |= {f"{name}_line": path for name, path in self.virtual.lines.items()}
        known = {name: place for name, place in places.items() if name in fields}
        return registry.load_object(self.wire.config)(host=HOST, **known)

    @override
    async def finish(self) -> None:
        await self.virtual.stop()
        self.world.close()

    @override
    def drop_link(self) -> None:
        self.faults.drop()

    @override
    def restore_link(self) -> None:
        self.faults.restore()


class WireArmRig(WireDeviceRig, ArmRig):
    """The ``ArmRig`` of a wire driver."""

    device: Arm
    model: ArmModel
    virtual: VirtualController

    @override
    async def start(self) -> None:
        await super().start()
        self.plant = self.stand.plant
        self.kernel = self.virtual.kernel

    @override
    def true_joints(self) -> Array:
        return self.plant.state().position

    @override
    def protective_stop(self) -> None:
        self.virtual.protective_stop()

    @override
    def press_emergency_stop(self) -> None:
        self.virtual.press_emergency_stop()

    @override
    def release_emergency_stop(self) -> None:
        self.virtual.release_emergency_stop()

    @override
    def raise_fault(self) -> Fault:
        return self.virtual.example_fault()

    @override
    async def set_mode(self, mode: OperationalMode) -> None:
        await self.virtual.set_mode(mode)

    @override
    def stall(self) -> None:
        self.virtual.stall()


class WireArmSignalsRig(WireArmRig, IoRig):
    """The ``IoRig`` of the digital signals of an arm's own controller."""

    device: Any

    @override
    async def start(self) -> None:
        await super().start()
        self.arm = self.device
        assert isinstance(self.arm, OwnSignals)
        inputs, outputs = (
            {name: terminals[at] for at, name in enumerate(signals)}
            for signals, terminals in ((INPUTS, self.arm.digital_inputs), (OUTPUTS, self.arm.digital_outputs))
        )
        self.image = IoImage([*inputs, *outputs])
        self.virtual.couple(self.image, inputs, outputs)
        self.device = self.arm.digital_io("io", inputs, outputs)

    @override
    async def finish(self) -> None:
        await self.arm.close()
        await super().finish()

    @override
    def set_input(self, signal: str, value: bool) -> None:
        self.image[signal] = value

    @override
    def output(self, signal: str) -> bool:
        return self.image[signal]


class WireArmAnalogRig(WireArmRig, AnalogRig):
    """The ``AnalogRig`` of the analog signals of an arm's own controller."""

    device: Any

    @override
    async def start(self) -> None:
        await super().start()
        self.arm = self.device
        assert isinstance(self.arm, OwnSignals)
        inputs = _analog(ANALOG_INPUTS, self.arm.analog_inputs)
        outputs = _analog(ANALOG_OUTPUTS, self.arm.analog_outputs)
        self.image = AnalogImage([*inputs, *outputs])
        self.virtual.couple_analog(self.image, inputs, outputs)
        self.device = self.arm.analog_io("analog_io", inputs, outputs)

    @override
    async def finish(self) -> None:
        await self.arm.close()
        await super().finish()

    @override
    def set_input(self, signal: str, share: float | None) -> None:
        self.image[signal] = share

    @override
    def output(self, signal: str) -> float:
        return self.image[signal] or 0.0


def _analog(signals: Mapping[str, AnalogSignal], terminals: range) -> dict[str, AnalogSignal]:
    return {
        name: AnalogSignal(terminals[at], one.low, one.high, one.unit) for at, (name, one) in enumerate(signals.items())
    }


class WireGripperRig(WireDeviceRig, GripperRig):
    """The ``GripperRig`` of a wire driver."""

    @override
    def put_part(self, part: Workpiece) -> None:
        self.stand.put_part(part, self.device.grasp(part))

    @override
    def lose_part(self) -> None:
        self.stand.take_part()


class WireJawsRig(WireGripperRig, JawsRig):
    """The ``JawsRig`` of a wire driver."""

    @override
    def holds_part(self) -> bool:
        assert self.stand.jaws is not None
        return self.stand.jaws.state().force > 0.0

    @override
    def true_width(self) -> float:
        assert self.stand.jaws is not None
        return self.stand.jaws.state().width


class WireVacuumRig(WireGripperRig):
    """The ``VacuumRig`` of a wire driver."""

    @override
    def holds_part(self) -> bool:
        assert self.stand.suction is not None
        return self.stand.suction.state().part_present

    def leak(self, rate: float) -> None:
        """From now on the cup loses ``rate`` Pa a second."""
        assert self.stand.suction is not None
        self.stand.suction.leak(rate)


class WireIoRig(WireDeviceRig, IoRig):
    """The ``IoRig`` of a wire driver."""

    @override
    def set_input(self, signal: str, value: bool) -> None:
        self.stand.image[signal] = value

    @override
    def output(self, signal: str) -> bool:
        return self.stand.image[signal]


class WireAnalogRig(WireDeviceRig, AnalogRig):
    """The ``AnalogRig`` of a wire driver."""

    @override
    def set_input(self, signal: str, share: float | None) -> None:
        self.stand.analog[signal] = share

    @override
    def output(self, signal: str) -> float:
        return self.stand.analog[signal] or 0.0


class WireForceTorqueRig(WireDeviceRig, ForceTorqueRig):
    """The ``ForceTorqueRig`` of a wire driver."""

    @override
    def put_wrench(self, wrench: Wrench) -> None:
        self.stand.wrench.value = wrench


class WireProximityRig(WireDeviceRig, ProximityRig):
    """The ``ProximityRig`` of a wire driver."""

    @override
    def put_distance(self, distance: float | None) -> None:
        self.stand.beam.put(distance)


class WireScannerRig(WireDeviceRig, ScannerRig):
    """The ``ScannerRig`` of a wire driver."""

    @override
    def put_post(self, distance: float | None, direction: float = 0.0) -> None:
        self.stand.scan.put(distance, direction)

    @override
    def dazzle(self) -> None:
        self.stand.scan.dazzled = True

    @override
    def repeat(self) -> None:
        self.stand.scan.repeats = True


class WireCodeReaderRig(WireDeviceRig, CodeReaderRig):
    """The ``CodeReaderRig`` of a wire driver."""

    @override
    def put_label(self, text: str | None) -> None:
        self.stand.code.text = text

    @override
    def stall(self) -> None:
        """The line is silent."""
        self.faults.silent = True


class WireMachineRig(WireDeviceRig, MachineRig):
    """The ``MachineRig`` of a wire driver."""

    @property
    @override
    def machine(self) -> MachineTool:
        return self.stand.machine


_RIGS: dict[Kind, type[WireDeviceRig]] = {
    Kind.ARM: WireArmRig,
    Kind.JAWS: WireJawsRig,
    Kind.VACUUM: WireVacuumRig,
    Kind.IO: WireIoRig,
    Kind.ANALOG_IO: WireAnalogRig,
    Kind.FORCE_TORQUE: WireForceTorqueRig,
    Kind.PROXIMITY: WireProximityRig,
    Kind.SCANNER: WireScannerRig,
    Kind.CODE_READER: WireCodeReaderRig,
    Kind.MACHINE: WireMachineRig,
}


class WireRig(DriverRig):
    """The ``DriverRig`` of a wire driver: every kind of device in its package, with every model that ships there.

    ``protocol``: another of the driver's protocols than the usual one.
    """

    driver: ClassVar[str]
    usual: ClassVar[str] = ""
    """The model that is tried first."""
    lacks: ClassVar[Mapping[str, str]] = {}
    """Switches that the vendor's protocol has no counterpart for, each with why."""

    def __init__(self, *, sockets: bool = False, protocol: str | None = None) -> None:
        self.sockets = sockets
        self.protocol = protocol

    @override
    def offers(self) -> Mapping[Kind, Sequence[str]]:
        found: dict[Kind, Sequence[str]] = {}
        for kind in dict.fromkeys(wire.kind for wire in self._wires()):
            models = self._models(kind) if kind in _SCHEMAS else []
            found[kind] = sorted(models, key=lambda one: one != self.usual)
        arm = next((wire for wire in self._wires() if wire.kind is Kind.ARM), None)
        if arm is not None:
            signals: Any = registry.load_object(arm.device)
            if issubclass(signals, OwnSignals):
                if len(signals.digital_inputs) and len(signals.digital_outputs):
                    found[Kind.IO] = ()
                if len(signals.analog_inputs) and len(signals.analog_outputs):
                    found[Kind.ANALOG_IO] = ()
        return found

    def _wires(self) -> list[WireSpec]:
        wires = registry.driver(self.driver).wires
        return [wire for wire in wires if self.protocol in (None, wire.protocol)]

    def _models(self, kind: Kind) -> list[str]:
        from cellkit.cell.driver_selection import kind_of

        found = []
        for one in model_ids(_SCHEMAS[kind]):
            spec = registry.driver_of_model(one)
            if spec is not None and spec.name == self.driver and kind_of(load_model(one)) is kind:
                found.append(one)
        return found

    @override
    def rig(self, kind: Kind, model: str | None) -> DeviceRig:
        offers = self.offers()
        known = offers.get(kind, ())
        if kind not in offers or (model is not None and model not in known):
            raise DriverNotFound(
                f"driver {self.driver!r} has no {kind.value} {model or ''}; {near_names(model or '', known)}"
            )
        chosen = model or next(iter(known), None)
        spec = registry.driver(self.driver)
        wire = next((one for one in self._wires() if one.kind is kind), None)
        if wire is not None:
            loaded = None if chosen is None else load_model(chosen)
            return _RIGS[kind](spec, wire, loaded, self.lacks, self.sockets)
        # Signals that the driver's own arm has.
        arm = next(one for one in self._wires() if one.kind is Kind.ARM)
        usual = load_model(offers[Kind.ARM][0])
        rig = WireArmSignalsRig if kind is Kind.IO else WireArmAnalogRig
        return rig(spec, arm, usual, self.lacks, self.sockets)


def _port(endpoint: Endpoint) -> int:
    """Any free port; where the robot sends first, the driver will open it, so its number must be known before."""
    if not endpoint.outgoing:
        return 0
    kind = socket.SOCK_STREAM if endpoint.transport == "tcp" else socket.SOCK_DGRAM
    with contextlib.closing(socket.socket(socket.AF_INET, kind)) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
