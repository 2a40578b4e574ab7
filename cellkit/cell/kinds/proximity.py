"""The kind ``proximity`` in a cell: distance and presence sensors."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import override

from cellkit.cell.factory import DeviceRequest, Role
from cellkit.cell.kinds.cell_kind import SENSOR_FAULTS, Bench, CellKind
from cellkit.cell.kinds.fields import (
    DeviceSection,
    Placement,
)
from cellkit.cell.kinds.surroundings import Building
from cellkit.controller.plants.proximity import BenchBeam, FaultyBeam
from cellkit.controller.sensor_faults import SensorFaults
from cellkit.controller.world import World
from cellkit.models.arm import Positive
from cellkit.models.load import AnyModel
from cellkit.models.sensor import DistanceModel
from cellkit.registry import WireSpec


class ProximityDevice(DeviceSection):
    """A beam along the z axis of ``pose``; the default of ``range`` (m) is that of the model, 0.5 m without one."""

    kind: Literal["proximity"]
    pose: Placement
    model: str | None = None
    range: Positive | None = None


DEFAULT_RANGE = 0.5  # m, for a beam without a model


class ProximityInCell(CellKind[ProximityDevice]):
    """The kind of distance and presence sensors. A sensor is one beam in the world."""

    section = ProximityDevice
    needs_model_by_wire = True
    faults = SENSOR_FAULTS

    @override
    def request(self, building: Building, role: Role, section: ProximityDevice) -> DeviceRequest:
        model = building.model(role.name)
        assert model is None or isinstance(model, DistanceModel)
        reach = section.range or (None if model is None else model.range_max.value) or DEFAULT_RANGE
        plant = building.world.add_proximity(role.name, building.pose(role.name, section.pose), reach)
        return DeviceRequest(role, section.kind, (model,), building.fallible(role.name, plant), model)

    @override
    def faulty(self, plant: Any, faults: SensorFaults, model: AnyModel | None) -> Any:
        return FaultyBeam(plant, faults)

    @override
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> Bench:
        plant = BenchBeam()
        return Bench((model,), plant, {"distance": lambda text: plant.put(None if text == "none" else float(text))})


PROXIMITY = ProximityInCell()
