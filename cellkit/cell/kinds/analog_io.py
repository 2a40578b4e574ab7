"""The kind ``analog_io`` in a cell: analog signals."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator
from typing_extensions import override

from cellkit.cell.factory import DeviceRequest, Role
from cellkit.cell.kinds.cell_kind import SIGNALS as SIGNALS_FIRST
from cellkit.cell.kinds.cell_kind import Bench, CellKind
from cellkit.cell.kinds.fields import (
    DeviceSection,
    Name,
    Terminal,
    require_unique,
)
from cellkit.cell.kinds.surroundings import Building, VendorLines
from cellkit.controller.plants.signal_image import AnalogImage
from cellkit.controller.world import World
from cellkit.devices import Device
from cellkit.devices.analog_io import AnalogSignal
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec
from cellkit.yamlfile import StrictModel


class AnalogConfig(StrictModel):
    """One analog signal: the values at the ends of the terminal's range (0 and 10 V, 4 and 20 mA …)."""

    terminal: Terminal
    low: float
    high: float
    unit: str = ""

    def signal(self) -> AnalogSignal:
        """Return the signal for the interface ``AnalogIO``."""
        return AnalogSignal(self.terminal, self.low, self.high, self.unit)

    @model_validator(mode="after")
    def _consistent(self) -> AnalogConfig:
        if self.low == self.high:
            raise ValueError("low and high are the same; they must differ")
        return self


class AnalogIoDevice(DeviceSection):
    """Analog signals, inputs and outputs from the side of the cell; with ``on`` those of an arm's own controller."""

    kind: Literal["analog_io"]
    inputs: dict[Name, AnalogConfig] = {}
    outputs: dict[Name, AnalogConfig] = {}
    on: Name | None = None

    @model_validator(mode="after")
    def _consistent(self) -> AnalogIoDevice:
        require_unique([*self.inputs, *self.outputs])
        return self


BENCH_INPUTS = {"pressure": AnalogSignal(0, 0.0, 10.0, "bar")}
BENCH_OUTPUTS = {"speed": AnalogSignal(0, 0.0, 3000.0, "1/min")}


class AnalogIOInCell(CellKind[AnalogIoDevice]):
    """Analog signals of a coupler or, with ``on``, of an arm's own controller."""

    section = AnalogIoDevice
    order = SIGNALS_FIRST
    has_body = False
    faults = ("silent",)

    @override
    def has_own_line(self, section: AnalogIoDevice) -> bool:
        return section.on is None

    @override
    def request(self, building: Building, role: Role, section: AnalogIoDevice) -> DeviceRequest:
        image = building.analog_images[role.name] = AnalogImage([*section.inputs, *section.outputs])
        inputs, outputs = (
            {name: config.signal() for name, config in signals.items()} for signals in (section.inputs, section.outputs)
        )
        return DeviceRequest(role, section.kind, (inputs, outputs), image)

    @override
    def connect(self, devices: VendorLines, request: DeviceRequest) -> Device:
        if request.role.on is None:
            return devices.wired(request)  # type: ignore[no-any-return]
        inputs, outputs = request.arguments
        return devices.own_analog(request.role, inputs, outputs, request.plant)

    @override
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> Bench:
        return Bench((BENCH_INPUTS, BENCH_OUTPUTS), AnalogImage([*BENCH_INPUTS, *BENCH_OUTPUTS]))


ANALOG_IO = AnalogIOInCell()
