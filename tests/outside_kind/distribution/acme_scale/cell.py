"""A scale in a cell: its section of the cell file, its plant, and how its devices are made."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import override

from acme_scale.plant import BenchScale, FaultyScale, WorldScale
from cellkit.cell.factory import DeviceRequest, Role
from cellkit.cell.kinds.cell_kind import SENSOR_FAULTS, Bench, CellKind
from cellkit.cell.kinds.fields import DeviceSection, Placement
from cellkit.cell.kinds.surroundings import Building
from cellkit.controller.sensor_faults import SensorFaults
from cellkit.controller.world import World
from cellkit.models.arm import Positive
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec


class ScaleDevice(DeviceSection):
    """A weighing scale; ``pose`` is the middle of its plate, ``radius`` (m) that of the plate."""

    kind: Literal["scale"]
    pose: Placement
    radius: Positive = 0.1


class ScaleInCell(CellKind[ScaleDevice]):
    """A scale weighs the loose bodies above its plate."""

    section = ScaleDevice
    faults = SENSOR_FAULTS

    @override
    def request(self, building: Building, role: Role, section: ScaleDevice) -> DeviceRequest:
        pose = building.pose(role.name, section.pose)
        masses = {name: part.mass for name, part in building.workpieces.items()}
        plant = WorldScale(building.world, pose, section.radius, masses)
        return DeviceRequest(role, section.kind, (), building.fallible(role.name, plant))

    @override
    def faulty(self, plant: Any, faults: SensorFaults, model: AnyModel | None) -> FaultyScale:
        return FaultyScale(plant, faults)

    @override
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> Bench:
        plant = BenchScale()

        def put(mass: str) -> None:
            plant.value = float(mass)

        return Bench((), plant, {"mass": put})


SCALE = ScaleInCell()
