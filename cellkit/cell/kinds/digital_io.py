"""The kind ``io`` in a cell: digital signals."""

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
    Signals,
    require_unique,
    terminals,
)
from cellkit.cell.kinds.surroundings import Building, VendorLines
from cellkit.controller.plants.signal_image import IoImage
from cellkit.controller.world import World
from cellkit.devices import Device
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec


class IoDevice(DeviceSection):
    """Digital signals, inputs and outputs from the side of the cell; with ``on`` those of an arm's own controller."""

    kind: Literal["digital_io"]
    inputs: Signals = []
    outputs: Signals = []
    on: Name | None = None

    @model_validator(mode="after")
    def _consistent(self) -> IoDevice:
        require_unique([*self.inputs, *self.outputs])
        for signals in (self.inputs, self.outputs):
            used = list(terminals(signals).values())
            twice = next((number for number in used if used.count(number) > 1), None)
            if twice is not None:
                raise ValueError(f"terminal {twice} has two signals")
        return self


BENCH_INPUTS, BENCH_OUTPUTS = {"part_ready": 0, "door_closed": 1}, {"clamp": 0, "lamp": 1}


class DigitalIOInCell(CellKind[IoDevice]):
    """Digital signals of a coupler or, with ``on``, of an arm's own controller."""

    section = IoDevice
    order = SIGNALS_FIRST
    has_body = False
    faults = ("silent",)

    @override
    def has_own_line(self, section: IoDevice) -> bool:
        return section.on is None

    @override
    def request(self, building: Building, role: Role, section: IoDevice) -> DeviceRequest:
        image = building.images[role.name] = IoImage([*section.inputs, *section.outputs])
        return DeviceRequest(role, "io", (terminals(section.inputs), terminals(section.outputs)), image)

    @override
    def connect(self, devices: VendorLines, request: DeviceRequest) -> Device:
        role, image = request.role, request.plant
        if role.on is None:
            io = devices.wired(request)
        else:
            inputs, outputs = request.arguments
            io = devices.own_digital(role, role.name, inputs, outputs, image, ("on",))
        devices.signals[role.name] = io, image
        return io  # type: ignore[no-any-return]

    @override
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> Bench:
        return Bench((BENCH_INPUTS, BENCH_OUTPUTS), IoImage([*BENCH_INPUTS, *BENCH_OUTPUTS]))


IO = DigitalIOInCell()
