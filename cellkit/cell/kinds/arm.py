"""The kind ``arm`` in a cell: robot arms."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from typing_extensions import override

from cellkit import registry
from cellkit.cell.factory import DeviceRequest, Role
from cellkit.cell.kinds.cell_kind import ARMS, Bench, CellKind
from cellkit.cell.kinds.fields import (
    DeviceSection,
    Placement,
)
from cellkit.cell.kinds.surroundings import Building, VendorLines
from cellkit.controller.arm_controller import ArmController
from cellkit.controller.virtual_controller import VirtualController
from cellkit.controller.world import World
from cellkit.devices import Device
from cellkit.geometry import Pose
from cellkit.models.arm import ArmModel
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec


class ArmDevice(DeviceSection):
    """A robot arm; ``mount`` is the pose of its base."""

    kind: Literal["arm"]
    model: str = Field(description="Id of a shipped model, or the path of a model file")
    mount: Placement = Placement()


MOUNT = Pose.from_rpy((0.0, 0.0, 1.0), frame="world")
"""The pose of the base of a device bench's arm."""


class ArmInCell(CellKind[ArmDevice]):
    """The kind of robot arms. An arm is added with all its grippers; all virtual controllers use the same kernel."""

    section = ArmDevice
    order = ARMS
    faults = ("protective_stop",)

    @override
    def request(self, building: Building, role: Role, section: ArmDevice) -> DeviceRequest:
        model = building.model(role.name)
        assert isinstance(model, ArmModel)
        grippers: list[Any] = [building.model(gripper) for gripper in building.grippers_on(role.name)]
        plants = building.world.add_arm(role.name, model, building.frame(role.name), *grippers)
        building.plants[role.name] = plants
        return DeviceRequest(role, section.kind, (model,), plants.arm, model)

    @override
    def connect(self, devices: VendorLines, request: DeviceRequest) -> Device:
        arm = devices.arms[request.role.name] = devices.wired(request)
        return arm  # type: ignore[no-any-return]

    @override
    def virtual(self, wire: WireSpec, name: str, arguments: tuple[Any, ...], plant: Any) -> VirtualController:
        assert wire.virtual is not None
        (model,) = arguments
        controller: VirtualController = registry.load_object(wire.virtual)(ArmController(name, model, plant))
        return controller

    @override
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> Bench:
        assert isinstance(model, ArmModel)
        return Bench((model,), world.add_arm("arm", model, MOUNT).arm)


ARM = ArmInCell()
