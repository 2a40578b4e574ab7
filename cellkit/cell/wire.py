"""The wire path: every device of a cell behind its maker's own bytes, spoken to a pretended device, in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

from cellkit import registry
from cellkit.cell.factory import DeviceFactory, Role
from cellkit.cell.wiring import SIGNALS, WireError, settings_of, simulated, wire_of
from cellkit.controller.arm_controller import ArmController
from cellkit.controller.io_image import AnalogImage, IoImage
from cellkit.controller.plant import (
    ArmPlant,
    CameraPlant,
    CodePlant,
    JawPlant,
    MachinePlant,
    ProximityPlant,
    ScannerPlant,
    SuctionPlant,
    WrenchPlant,
)
from cellkit.controller.virtual_controller import VirtualController
from cellkit.controller.virtual_device import VirtualDevice
from cellkit.controller.world import CameraGeometry
from cellkit.devices import (
    AnalogIO,
    AnalogSignal,
    Arm,
    Camera,
    CodeReader,
    DigitalIO,
    Field,
    ForceTorqueSensor,
    Machine,
    OwnSignals,
    ParallelGripper,
    ProximitySensor,
    RangeScanner,
    VacuumGripper,
)
from cellkit.errors import ConfigError
from cellkit.geometry import Pose
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.load import AnyModel
from cellkit.models.sensor import DistanceModel, ForceTorqueModel, ScannerModel
from cellkit.registry import Kind, WireSpec
from cellkit.transport import FaultyNetwork, LinkFaults, MemoryNetwork, Network
from cellkit.yamlfile import near_names

_At: TypeAlias = tuple[str | int, ...]  # where in a device's entry of the cell file


class WireDevices:
    """A ``DeviceFactory``: devices by their maker's driver and a pretended one; cameras by ``others``.

    The lines of the roles in ``silenceable`` can fall silent.
    """

    def __init__(
        self, others: DeviceFactory, network: Network | None = None, silenceable: Collection[str] = ()
    ) -> None:
        self._others = others
        self._network = network or MemoryNetwork()
        self._lines = {name: LinkFaults() for name in silenceable}
        self._arms: dict[str, tuple[Arm, VirtualController]] = {}
        self._signals: dict[str, tuple[DigitalIO, IoImage]] = {}
        self._terminals: dict[tuple[str, str, int], str] = {}
        self._started: list[tuple[VirtualDevice, str]] = []

    # --- life cycle -------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """See ``DeviceFactory``."""
        await self._others.start()
        for device, host in self._started:
            lines = {name: _line(name, host) for name, end in device.ENDPOINTS.items() if end.transport == "serial"}
            await device.start(self._network, host, pc_host=host, lines=lines)

    async def finish(self) -> None:
        """See ``DeviceFactory``."""
        for device, _ in self._started:
            await device.stop()
        await self._others.finish()

    def silence(self, name: str) -> None:
        """See ``DeviceFactory``."""
        self._lines[name].silent = True

    # --- arms and signals -------------------------------------------------------------------------------------

    def arm(self, role: Role, model: ArmModel, plant: ArmPlant) -> Arm:
        """See ``DeviceFactory``. Raises ``ConfigError`` where there is no wire driver, as all of these do."""
        _, wire = wire_of(Kind.ARM, model, role.wire)
        controller = virtual_controller(wire, role.name, model, plant)
        host = self._add(controller)
        arm: Arm = self._driver(role, wire, host, controller, model)
        self._arms[role.name] = arm, controller
        return arm

    def digital_io(
        self, role: Role, inputs: Mapping[str, int], outputs: Mapping[str, int], image: IoImage
    ) -> DigitalIO:
        """See ``DeviceFactory``."""
        if role.on is not None:
            io = self._own_digital(role, role.name, inputs, outputs, image, ("on",))
        else:
            io = self._wired(role, Kind.IO, None, (inputs, outputs), image)
        self._signals[role.name] = io, image
        return io

    def analog_io(
        self, role: Role, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal], image: AnalogImage
    ) -> AnalogIO:
        """See ``DeviceFactory``."""
        if role.on is not None:
            signals, controller = self._own_signals(role.on)
            io = signals.analog_io(role.name, inputs, outputs)
            self._claim(role, "analog input", {name: one.terminal for name, one in inputs.items()}, ("on",))
            self._claim(role, "analog output", {name: one.terminal for name, one in outputs.items()}, ("on",))
            controller.couple_analog(image, inputs, outputs)
            return io
        wired: AnalogIO = self._wired(role, Kind.ANALOG_IO, None, (inputs, outputs), image)
        return wired

    def _own_digital(
        self, role: Role, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int], image: IoImage, at: _At
    ) -> DigitalIO:
        """Signals of the controller of the arm that ``role`` is on, coupled to ``image``."""
        assert role.on is not None
        signals, controller = self._own_signals(role.on)
        io = signals.digital_io(name, inputs, outputs)
        self._claim(role, "digital input", inputs, at)
        self._claim(role, "digital output", outputs, at)
        controller.couple(image, inputs, outputs)
        return io

    def _own_signals(self, name: str) -> tuple[OwnSignals, VirtualController]:
        arm, controller = self._arms[name]
        if not isinstance(arm, OwnSignals):
            raise WireError(f"the driver of {arm.model.id} does not reach the signals of its controller", ("on",))
        return arm, controller

    def _claim(self, role: Role, kind: str, signals: Mapping[str, int], at: _At) -> None:
        """Take terminals of an arm's controller: nobody else may be wired to them."""
        assert role.on is not None
        for signal, terminal in signals.items():
            mine = f"{role.name}.{signal}"
            taken = self._terminals.setdefault((role.on, kind, terminal), mine)
            if taken != mine:
                raise WireError(f"{signal}: {kind} {terminal} of {role.on!r} is wired to {taken!r} already", at)

    # --- what is on an arm ------------------------------------------------------------------------------------

    def jaws(self, role: Role, model: ParallelGripperModel, plant: JawPlant) -> ParallelGripper:
        """See ``DeviceFactory``."""
        assert role.on is not None
        arm, controller = self._arms[role.on]
        _, wire = wire_of(Kind.JAWS, model, role.wire, arm.model)
        gripper: ParallelGripper
        if wire.virtual is None:  # a part of the arm's own controller
            controller.mount(plant)
            gripper = self._driver(role, wire, controller_host(self._started, controller), controller, model)
        else:
            gripper = self._wired(role, Kind.JAWS, model, (model,), plant)
        return gripper

    def suction(self, role: Role, model: VacuumGripperModel, plant: SuctionPlant) -> VacuumGripper:
        """See ``DeviceFactory``."""
        assert role.on is not None
        arm, _ = self._arms[role.on]
        _, wire = wire_of(Kind.VACUUM, model, role.wire, arm.model)
        gripper: VacuumGripper
        if wire.protocol != SIGNALS:
            gripper = self._wired(role, Kind.VACUUM, model, (model,), plant)
            return gripper
        assert wire.virtual is not None
        config: Any = settings_of(wire, role.wire)
        if config.io is None:
            signals, _ = self._own_signals(role.on)
            inputs, outputs = config.own_terminals(signals.digital_inputs, signals.digital_outputs)
            image = IoImage([*inputs, *outputs])
            io = self._own_digital(role, f"{role.name}.signals", inputs, outputs, image, ("wire", "settings"))
        elif config.io in self._signals:
            io, image = self._signals[config.io]
        else:
            text = f"no digital signals in role {config.io!r}; {near_names(config.io, self._signals)}"
            raise WireError(text, ("wire", "settings", "io"))
        try:
            gripper = registry.load_object(wire.device)(role.name, model, config, io)
        except ConfigError as error:
            raise WireError(error.message, ("wire", "settings")) from None
        registry.load_object(wire.virtual)(model, plant, image, config)
        return gripper

    # --- sensors and machines ---------------------------------------------------------------------------------

    def force_torque(self, role: Role, model: ForceTorqueModel | None, plant: WrenchPlant) -> ForceTorqueSensor:
        """See ``DeviceFactory``."""
        sensor: ForceTorqueSensor = self._wired(role, Kind.FORCE_TORQUE, model, (_known(model),), plant)
        return sensor

    def proximity(self, role: Role, model: DistanceModel | None, plant: ProximityPlant) -> ProximitySensor:
        """See ``DeviceFactory``."""
        sensor: ProximitySensor = self._wired(role, Kind.PROXIMITY, model, (_known(model),), plant)
        return sensor

    def scanner(
        self, role: Role, model: ScannerModel, fields: Mapping[str, Field], plant: ScannerPlant
    ) -> RangeScanner:
        """See ``DeviceFactory``."""
        scanner: RangeScanner = self._wired(role, Kind.SCANNER, model, (model, fields), plant)
        return scanner

    def code_reader(self, role: Role, plant: CodePlant) -> CodeReader:
        """See ``DeviceFactory``."""
        reader: CodeReader = self._wired(role, Kind.CODE_READER, None, (), plant)
        return reader

    def machine(self, role: Role, plant: MachinePlant) -> Machine:
        """See ``DeviceFactory``."""
        machine: Machine = self._wired(role, Kind.MACHINE, None, (), plant)
        return machine

    def camera(
        self, role: Role, plant: CameraPlant, geometry: CameraGeometry, pose: Pose, kinds: Sequence[str]
    ) -> Camera:
        """See ``DeviceFactory``."""
        return self._others.camera(role, plant, geometry, pose, kinds)

    # --- how it is done ---------------------------------------------------------------------------------------

    def _wired(self, role: Role, kind: Kind, model: AnyModel | None, told: tuple[Any, ...], plant: object) -> Any:
        """A driver, and the pretended device over ``plant`` at the line's other end; both are ``told`` the same."""
        carrier = None if role.on is None else self._arms[role.on][0].model
        _, wire = wire_of(kind, model, role.wire, carrier)
        assert wire.virtual is not None
        virtual: VirtualDevice = registry.load_object(wire.virtual)(*told, plant)
        return self._driver(role, wire, self._add(virtual), virtual, *told)

    def _driver(self, role: Role, wire: WireSpec, host: str, virtual: VirtualDevice, *told: Any) -> Any:
        lines = {name: _line(name, host) for name, end in virtual.ENDPOINTS.items() if end.transport == "serial"}
        config = simulated(settings_of(wire, role.wire), host, lines)
        faults = self._lines.get(role.name)
        network = self._network if faults is None else FaultyNetwork(self._network, faults)
        return registry.load_object(wire.device)(role.name, *told, config, network)

    def _add(self, device: VirtualDevice) -> str:
        """Every device has a loopback address of its own, as on a machine's network."""
        host = f"127.0.0.{2 + len(self._started)}"
        self._started.append((device, host))
        return host


def controller_host(started: Sequence[tuple[VirtualDevice, str]], controller: VirtualDevice) -> str:
    """The address of a device that was added."""
    return next(host for device, host in started if device is controller)


def _line(endpoint: str, host: str) -> str:
    return f"{endpoint}@{host}"


def _known(model: AnyModel | None) -> AnyModel:
    if model is None:
        raise WireError("the wire path needs to know which sensor it is (`model: …`)", ())
    return model


def virtual_controller(wire: WireSpec, name: str, model: ArmModel, plant: ArmPlant) -> VirtualController:
    """The virtual controller that speaks an arm's protocol, over a plant; not started yet."""
    assert wire.virtual is not None
    controller: VirtualController = registry.load_object(wire.virtual)(ArmController(name, model, plant))
    return controller
