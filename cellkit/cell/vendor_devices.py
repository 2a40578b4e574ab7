"""The devices of a cell by their vendors' drivers, for virtual and for real devices at the other end of their lines."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from cellkit.cell.driver_selection import settings_of, wire_of
from cellkit.cell.factory import DeviceFactory, DeviceRequest, Role
from cellkit.cell.kinds.table import cell_kind
from cellkit.cell.kinds.wire_error import WireError
from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.devices import AnalogIO, AnalogSignal, Arm, Device, DigitalIO, OwnSignals
from cellkit.devices.wired import DriverConfig
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec


class VendorDevices(DeviceFactory):
    """A ``DeviceFactory`` without its life cycle. Hooks of the subclasses connect the drivers."""

    def __init__(self) -> None:
        self.arms: dict[str, Arm] = {}
        self.signals: dict[str, tuple[DigitalIO, IoImage]] = {}
        self._terminals: dict[tuple[str, str, int], str] = {}

    @override
    def make(self, request: DeviceRequest) -> Device:
        return cell_kind(request.kind).connect(self, request)

    # --- for the kinds (``VendorLines``) --------------------------------------------------------------------------

    def wired(self, request: DeviceRequest) -> Any:
        """Make a device with the driver and protocol that its section selects. Raises ``WireError``."""
        if request.model is None and cell_kind(request.kind).needs_model_by_wire:
            raise WireError("the wire path needs to know which sensor it is (`model: …`)", ())
        return self._device(request, self.wire_of(request))

    def wire_of(self, request: DeviceRequest) -> WireSpec:
        """Return the protocol that a device's section selects. Raises ``WireError``."""
        role = request.role
        carrier = None if role.on is None else self.arms[role.on].model
        return wire_of(request.kind, request.model, role.wire, carrier)[1]

    def settings_of(self, wire: WireSpec, role: Role) -> DriverConfig:
        """Return a driver's settings. Raises ``WireError`` for a wrong setting."""
        return settings_of(wire, role.wire)

    def own_signals(self, arm: str) -> OwnSignals:
        """Return the arm as ``OwnSignals``. Raises ``WireError`` if its driver cannot reach such signals."""
        device = self.arms[arm]
        if not isinstance(device, OwnSignals):
            raise WireError(f"the driver of {device.model.id} does not reach the signals of its controller", ("on",))
        return device

    def own_digital(
        self,
        role: Role,
        name: str,
        inputs: Mapping[str, int],
        outputs: Mapping[str, int],
        image: IoImage,
        at: tuple[str, ...],
    ) -> DigitalIO:
        """Make digital signals of the controller of the arm that ``role`` is on. Raises ``WireError``."""
        assert role.on is not None
        io = self.own_signals(role.on).digital_io(name, inputs, outputs)
        self._claim(role, "digital input", inputs, at)
        self._claim(role, "digital output", outputs, at)
        self._couple(role.on, inputs, outputs, image)
        return io

    def own_analog(
        self,
        role: Role,
        inputs: Mapping[str, AnalogSignal],
        outputs: Mapping[str, AnalogSignal],
        image: AnalogImage,
    ) -> AnalogIO:
        """Make analog signals of the controller of the arm that ``role`` is on. Raises ``WireError``."""
        assert role.on is not None
        io = self.own_signals(role.on).analog_io(role.name, inputs, outputs)
        self._claim(role, "analog input", {name: signal.terminal for name, signal in inputs.items()}, ("on",))
        self._claim(role, "analog output", {name: signal.terminal for name, signal in outputs.items()}, ("on",))
        self._couple_analog(role.on, inputs, outputs, image)
        return io

    def _claim(self, role: Role, kind: str, signals: Mapping[str, int], at: tuple[str, ...]) -> None:
        """Reserve terminals of an arm's controller. Raises ``WireError`` if another device is wired to one of them."""
        assert role.on is not None
        for signal, terminal in signals.items():
            mine = f"{role.name}.{signal}"
            taken = self._terminals.setdefault((role.on, kind, terminal), mine)
            if taken != mine:
                raise WireError(f"{signal}: {kind} {terminal} of {role.on!r} is wired to {taken!r} already", at)

    # --- hooks ------------------------------------------------------------------------------------------------

    @abstractmethod
    def _device(self, request: DeviceRequest, wire: WireSpec) -> Any:
        """Make the driver of one device that has a line."""

    def _couple(self, arm: str, inputs: Mapping[str, int], outputs: Mapping[str, int], image: IoImage) -> None:
        """Connect the digital signals of an arm's controller to the world; nothing to do for a real controller."""

    def _couple_analog(
        self, arm: str, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal], image: AnalogImage
    ) -> None:
        """Connect the analog signals of an arm's controller to the world; nothing to do for a real controller."""

    def circuit(self, wire: WireSpec, model: AnyModel, plant: object, image: IoImage, config: Any) -> None:
        """Connect a device that is wired to digital signals to the world; nothing to do for a real device."""
