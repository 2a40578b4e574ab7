"""Devices of a cell by their vendors' drivers, whatever is at the other end of their lines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from typing_extensions import override

from cellkit import registry
from cellkit.cell.driver_selection import SIGNALS, WireError, settings_of, wire_of
from cellkit.cell.factory import DeviceFactory, Role
from cellkit.controller.plant import (
    ArmPlant,
    CodePlant,
    JawPlant,
    MachinePlant,
    ProximityPlant,
    ScannerPlant,
    SuctionPlant,
    WrenchPlant,
)
from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.devices import (
    AnalogIO,
    AnalogSignal,
    Arm,
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
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.load import AnyModel
from cellkit.models.sensor import DistanceModel, ForceTorqueModel, ScannerModel
from cellkit.registry import Kind, WireSpec
from cellkit.yamlfile import near_names

_At: TypeAlias = tuple[str | int, ...]  # where in a device's entry of the cell file


class VendorDevices(DeviceFactory, ABC):
    """All of a ``DeviceFactory`` but its life cycle and its cameras. Hooks say what drivers are connected with."""

    def __init__(self) -> None:
        self._arms: dict[str, Arm] = {}
        self._signals: dict[str, tuple[DigitalIO, IoImage]] = {}
        self._terminals: dict[tuple[str, str, int], str] = {}

    # --- arms and signals -------------------------------------------------------------------------------------

    @override
    def arm(self, role: Role, model: ArmModel, plant: ArmPlant) -> Arm:
        """Raises ``ConfigError`` where there is no wire driver, as all of these do."""
        _, wire = wire_of(Kind.ARM, model, role.wire)
        arm: Arm = self._device(role, wire, (model,), plant)
        self._arms[role.name] = arm
        return arm

    @override
    def digital_io(
        self, role: Role, inputs: Mapping[str, int], outputs: Mapping[str, int], image: IoImage
    ) -> DigitalIO:
        if role.on is not None:
            io = self._own_digital(role, role.name, inputs, outputs, image, ("on",))
        else:
            io = self._wired(role, Kind.IO, None, (inputs, outputs), image)
        self._signals[role.name] = io, image
        return io

    @override
    def analog_io(
        self, role: Role, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal], image: AnalogImage
    ) -> AnalogIO:
        if role.on is not None:
            io = self._own_signals(role.on).analog_io(role.name, inputs, outputs)
            self._claim(role, "analog input", {name: one.terminal for name, one in inputs.items()}, ("on",))
            self._claim(role, "analog output", {name: one.terminal for name, one in outputs.items()}, ("on",))
            self._couple_analog(role.on, inputs, outputs, image)
            return io
        wired: AnalogIO = self._wired(role, Kind.ANALOG_IO, None, (inputs, outputs), image)
        return wired

    def _own_digital(
        self, role: Role, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int], image: IoImage, at: _At
    ) -> DigitalIO:
        """Signals of the controller of the arm that ``role`` is on."""
        assert role.on is not None
        io = self._own_signals(role.on).digital_io(name, inputs, outputs)
        self._claim(role, "digital input", inputs, at)
        self._claim(role, "digital output", outputs, at)
        self._couple(role.on, inputs, outputs, image)
        return io

    def _own_signals(self, name: str) -> OwnSignals:
        arm = self._arms[name]
        if not isinstance(arm, OwnSignals):
            raise WireError(f"the driver of {arm.model.id} does not reach the signals of its controller", ("on",))
        return arm

    def _claim(self, role: Role, kind: str, signals: Mapping[str, int], at: _At) -> None:
        """Take terminals of an arm's controller: nobody else may be wired to them."""
        assert role.on is not None
        for signal, terminal in signals.items():
            mine = f"{role.name}.{signal}"
            taken = self._terminals.setdefault((role.on, kind, terminal), mine)
            if taken != mine:
                raise WireError(f"{signal}: {kind} {terminal} of {role.on!r} is wired to {taken!r} already", at)

    # --- what is on an arm ------------------------------------------------------------------------------------

    @override
    def jaws(self, role: Role, model: ParallelGripperModel, plant: JawPlant) -> ParallelGripper:
        gripper: ParallelGripper = self._wired(role, Kind.JAWS, model, (model,), plant)
        return gripper

    @override
    def suction(self, role: Role, model: VacuumGripperModel, plant: SuctionPlant) -> VacuumGripper:
        assert role.on is not None
        _, wire = wire_of(Kind.VACUUM, model, role.wire, self._arms[role.on].model)
        gripper: VacuumGripper
        if wire.protocol != SIGNALS:
            gripper = self._device(role, wire, (model,), plant)
            return gripper
        config: Any = settings_of(wire, role.wire)
        if config.io is None:
            signals = self._own_signals(role.on)
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
        self._circuit(wire, model, plant, image, config)
        return gripper

    # --- sensors and machines ---------------------------------------------------------------------------------

    @override
    def force_torque(self, role: Role, model: ForceTorqueModel | None, plant: WrenchPlant) -> ForceTorqueSensor:
        sensor: ForceTorqueSensor = self._wired(role, Kind.FORCE_TORQUE, model, (_known(model),), plant)
        return sensor

    @override
    def proximity(self, role: Role, model: DistanceModel | None, plant: ProximityPlant) -> ProximitySensor:
        sensor: ProximitySensor = self._wired(role, Kind.PROXIMITY, model, (_known(model),), plant)
        return sensor

    @override
    def scanner(
        self, role: Role, model: ScannerModel, fields: Mapping[str, Field], plant: ScannerPlant
    ) -> RangeScanner:
        scanner: RangeScanner = self._wired(role, Kind.SCANNER, model, (model, fields), plant)
        return scanner

    @override
    def code_reader(self, role: Role, plant: CodePlant) -> CodeReader:
        reader: CodeReader = self._wired(role, Kind.CODE_READER, None, (), plant)
        return reader

    @override
    def machine(self, role: Role, plant: MachinePlant) -> Machine:
        machine: Machine = self._wired(role, Kind.MACHINE, None, (), plant)
        return machine

    def _wired(self, role: Role, kind: Kind, model: AnyModel | None, told: Sequence[Any], plant: object) -> Any:
        carrier = None if role.on is None else self._arms[role.on].model
        _, wire = wire_of(kind, model, role.wire, carrier)
        return self._device(role, wire, tuple(told), plant)

    # --- hooks ------------------------------------------------------------------------------------------------

    @abstractmethod
    def _device(self, role: Role, wire: WireSpec, told: tuple[Any, ...], plant: Any) -> Any:
        """Hook: the driver of one device, ``told`` what its kind is told."""

    def _couple(self, arm: str, inputs: Mapping[str, int], outputs: Mapping[str, int], image: IoImage) -> None:
        """Hook: the world's side of signals of an arm's own controller."""

    def _couple_analog(
        self, arm: str, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal], image: AnalogImage
    ) -> None:
        """Hook: the same for analog ones."""

    def _circuit(self, wire: WireSpec, model: AnyModel, plant: object, image: IoImage, config: Any) -> None:
        """Hook: the world's side of a device that hangs on signals."""


def _known(model: AnyModel | None) -> AnyModel:
    if model is None:
        raise WireError("the wire path needs to know which sensor it is (`model: …`)", ())
    return model
