"""The kind ``force_torque`` in a cell: force/torque sensors."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from typing_extensions import override

from cellkit.cell.factory import DeviceRequest, Role
from cellkit.cell.kinds.cell_kind import SENSOR_FAULTS, Bench, CellKind
from cellkit.cell.kinds.fields import (
    AdapterConfig,
    DeviceSection,
    Name,
)
from cellkit.cell.kinds.surroundings import Building
from cellkit.controller.plants.force_torque import BenchWrench, FaultyWrench
from cellkit.controller.sensor_faults import SensorFaults
from cellkit.controller.world import World
from cellkit.geometry import Wrench
from cellkit.models.load import AnyModel
from cellkit.models.sensor import ForceTorqueModel
from cellkit.registry import WireSpec


class ForceTorqueDevice(DeviceSection):
    """A force/torque sensor between an arm's flange and its gripper; without ``model`` it has no mass and no height."""

    kind: Literal["force_torque"]
    on: Name
    model: str | None = None
    adapter: AdapterConfig | None = None


class ForceTorqueInCell(CellKind[ForceTorqueDevice]):
    """The kind of force/torque sensors. A sensor measures between the flange of its arm and the gripper."""

    section = ForceTorqueDevice
    has_body = False
    needs_model_by_wire = True
    faults = SENSOR_FAULTS

    @override
    def request(self, building: Building, role: Role, section: ForceTorqueDevice) -> DeviceRequest:
        plant = building.plants[section.on].wrench
        if plant is None:
            raise building.error(role.name, f"the {building.world.name} world has no force/torque sensor")
        model = building.model(role.name)
        return DeviceRequest(role, section.kind, (model,), building.fallible(role.name, plant), model)

    @override
    def faulty(self, plant: Any, faults: SensorFaults, model: AnyModel | None) -> Any:
        assert model is None or isinstance(model, ForceTorqueModel)
        return FaultyWrench(plant, faults, model)

    @override
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> Bench:
        plant = BenchWrench()

        def push(*numbers: str) -> None:
            values = [float(number) for number in numbers]
            if len(values) not in (3, 6):
                raise ValueError("force FX FY FZ [TX TY TZ], in N and N m")
            plant.value = Wrench(np.array(values[:3]), np.array(values[3:] or (0.0, 0.0, 0.0)), "flange")

        return Bench((model,), plant, {"force": push})


FORCE_TORQUE = ForceTorqueInCell()
