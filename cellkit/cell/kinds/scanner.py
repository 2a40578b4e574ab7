"""The kind ``scanner`` in a cell: 2D scanners."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import override

from cellkit.cell.factory import DeviceRequest, Role
from cellkit.cell.kinds.cell_kind import SENSOR_FAULTS, Bench, CellKind
from cellkit.cell.kinds.fields import (
    Corner,
    DeviceSection,
    Name,
    Placement,
)
from cellkit.cell.kinds.surroundings import Building
from cellkit.controller.plants.scanner import BenchScan, FaultyScan
from cellkit.controller.sensor_faults import SensorFaults
from cellkit.controller.world import World
from cellkit.devices import Field as WatchedField
from cellkit.devices.scanner import field_of
from cellkit.models.load import AnyModel
from cellkit.models.sensor import ScannerModel
from cellkit.registry import WireSpec


class ScannerDevice(DeviceSection):
    """A 2D scanner that turns in the x-y plane of ``pose``, x forwards. Fields are polygons (m) in that plane."""

    kind: Literal["scanner"]
    pose: Placement
    model: str
    fields: dict[Name, Annotated[list[Corner], Field(min_length=3)]] = {}


BENCH_FIELDS = {"near": WatchedField(((0.0, -0.5), (1.0, -0.5), (1.0, 0.5), (0.0, 0.5)))}


class ScannerInCell(CellKind[ScannerDevice]):
    """The kind of 2D scanners. The scanner measures in the world; the device checks its fields."""

    section = ScannerDevice
    faults = SENSOR_FAULTS

    @override
    def request(self, building: Building, role: Role, section: ScannerDevice) -> DeviceRequest:
        model = building.model(role.name)
        assert isinstance(model, ScannerModel)
        fields = {}
        for name, corners in section.fields.items():
            try:
                fields[name] = field_of(corners)
            except ValueError as error:
                raise building.error(role.name, str(error), "fields", name) from None
        plant = building.world.add_scanner(role.name, building.pose(role.name, section.pose), model)
        return DeviceRequest(role, section.kind, (model, fields), building.fallible(role.name, plant), model)

    @override
    def faulty(self, plant: Any, faults: SensorFaults, model: AnyModel | None) -> Any:
        return FaultyScan(plant, faults)

    @override
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> Bench:
        assert isinstance(model, ScannerModel)
        plant = BenchScan(model)
        post = {"post": lambda text: plant.put(None if text == "none" else float(text))}
        return Bench((model, BENCH_FIELDS), plant, dict(post))


SCANNER = ScannerInCell()
