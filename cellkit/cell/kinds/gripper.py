"""The kinds ``jaws`` and ``vacuum`` in a cell: grippers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import override

from cellkit import registry
from cellkit.cell.factory import DeviceRequest, Role
from cellkit.cell.kinds.arm import MOUNT
from cellkit.cell.kinds.cell_kind import Bench, CellKind
from cellkit.cell.kinds.fields import (
    AdapterConfig,
    DeviceSection,
    Name,
)
from cellkit.cell.kinds.surroundings import Building, VendorLines
from cellkit.cell.kinds.wire_error import SIGNALS, WireError
from cellkit.controller.arm_controller import ArmController
from cellkit.controller.plants.signal_image import IoImage
from cellkit.controller.virtual_controller import VirtualController
from cellkit.controller.virtual_device import VirtualDevice
from cellkit.controller.world import ArmPlants, Body, HandPlants, Shape, World
from cellkit.devices import Device, Workpiece
from cellkit.devices.tool import Tool
from cellkit.errors import ConfigError
from cellkit.geometry import Pose
from cellkit.models.arm import ArmModel, Triple
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.load import AnyModel, load_arm, model_ids
from cellkit.motion.kinematics import ArmKinematics
from cellkit.registry import WireSpec
from cellkit.yamlfile import StrictModel, near_names


class BracketConfig(StrictModel):
    """A bracket, made for both flanges, that holds a gripper; the pose is that of the gripper's mounting face."""

    xyz: Triple = Field(description="m, in the frame of the flange")
    rpy_deg: Triple = [0.0, 0.0, 0.0]
    mass: Annotated[float, Field(ge=0)] = Field(default=0.0, description="kg of the bracket, or of this gripper's part")


class GripperDevice(DeviceSection):
    """A gripper on the flange of an arm. An arm can carry several grippers if each has its own ``mount``."""

    kind: Literal["gripper"]
    model: str
    on: Name = Field(description="Role of the arm that carries it")
    adapter: AdapterConfig | None = None
    mount: BracketConfig | None = None

    @model_validator(mode="after")
    def _consistent(self) -> GripperDevice:
        if self.mount is not None and self.adapter is not None:
            raise ValueError("the bracket of `mount` fits both flanges; leave out the adapter")
        return self


_AWAY = Pose.from_rpy((3.0, 0.0, 0.5), frame="world")
_PART, _SUPPORT = "part", "support"


class GripperBench(Bench):
    """The bench of a gripper: on an arm at its home position, with a support for parts."""

    def __init__(self, model: AnyModel | None, world: World, wire: WireSpec | None) -> None:
        assert isinstance(model, ParallelGripperModel | VacuumGripperModel)
        self.model, self.world = model, world
        self.arm_model = _carrier(wire)
        self.arm: ArmPlants = world.add_arm("arm", self.arm_model, MOUNT, model)
        self._bodies: tuple[str, ...] = ()
        switches = {"part": self._put_width, "lose": self.take_part}
        super().__init__((model,), self.arm.jaws or self.arm.suction, dict(switches))

    def put_part(self, part: Workpiece, grasp: Pose) -> None:
        """Place a part so that the present TCP is at ``grasp`` (in the part's frame), on a support."""
        tool = Tool.of_gripper(self.model)
        flange = Pose(MOUNT.matrix @ ArmKinematics(self.arm_model).forward(self.arm_model.home), "world")
        pose = flange @ tool.tcp @ grasp.inverse("tcp")
        top = float(pose.position[2]) - part.size[2] / 2
        support = Pose.from_rpy((*pose.position[:2], top / 2), frame="world")
        width = min(part.size[:2])
        for name in self._bodies:
            self.world.remove_body(name)
        self.world.add_body(Body(_SUPPORT, "support", (Shape("box", (width, width, top)),), support))
        self.world.add_body(Body(_PART, "part", (Shape(part.shape, part.size),), pose, part.mass, part.friction))
        self._bodies = (_PART, _SUPPORT)

    def take_part(self) -> None:
        """Move the part away, as if it had slipped out or broken off. Raises ``ValueError`` without a part."""
        if not self._bodies:
            raise ValueError("there is no part; put one first (part WIDTH in m)")
        self.world.move_body(_PART, _AWAY)

    def _put_width(self, width: str = "0.04") -> None:
        side = float(width)
        part = Workpiece("part", "box", (side, 1.5 * side, 0.04), 0.1, 0.8)
        self.put_part(part, Pose.from_rpy((0.0, 0.0, 0.0), (np.pi, 0.0, 0.0), frame="part"))


class GripperInCell(CellKind[GripperDevice]):
    """The kinds of grippers on an arm's flange; the model decides whether it has jaws or suction."""

    section = GripperDevice
    has_body = False
    faults = ("silent", "part_lost", "leak")

    def __init__(self, kind: str) -> None:
        self._kind = kind

    @override
    def request(self, building: Building, role: Role, section: GripperDevice) -> DeviceRequest:
        model = building.model(role.name)
        hand: HandPlants = building.plants[section.on].hands[building.grippers_on(section.on).index(role.name)]
        return DeviceRequest(role, self._kind, (model,), hand.jaws or hand.suction, model)

    @override
    def connect(self, devices: VendorLines, request: DeviceRequest) -> Device:
        wire = devices.wire_of(request)
        return _on_signals(devices, request, wire) if wire.protocol == SIGNALS else devices.wired(request)

    @override
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> GripperBench:
        return GripperBench(model, world, wire)

    @override
    def bench_virtual(self, bench: Bench, wire: WireSpec, name: str) -> VirtualDevice:
        assert isinstance(bench, GripperBench)
        if wire.virtual is not None and wire.protocol != SIGNALS:
            return self.virtual(wire, name, bench.arguments, bench.plant)
        controller = _controller(bench.arm_model, bench.arm)  # the gripper is a part of it or is wired to it
        if bench.arm.jaws is not None:
            controller.mount(bench.arm.jaws)
        return controller


def _on_signals(devices: VendorLines, request: DeviceRequest, wire: WireSpec) -> Device:
    """Make a gripper that is wired to digital signals: its arm's own, or those of the role that its settings name."""
    role, model = request.role, request.model
    assert role.on is not None
    assert model is not None
    config: Any = devices.settings_of(wire, role)
    if config.io is None:
        own = devices.own_signals(role.on)
        inputs, outputs = config.own_terminals(own.digital_inputs, own.digital_outputs)
        image = IoImage([*inputs, *outputs])
        io = devices.own_digital(role, f"{role.name}.signals", inputs, outputs, image, ("wire", "settings"))
    elif config.io in devices.signals:
        io, image = devices.signals[config.io]
    else:
        text = f"no digital signals in role {config.io!r}; {near_names(config.io, devices.signals)}"
        raise WireError(text, ("wire", "settings", "io"))
    try:
        gripper: Device = registry.load_object(wire.device)(role.name, model, config, io)
    except ConfigError as error:
        raise WireError(error.message, ("wire", "settings")) from None
    devices.circuit(wire, model, request.plant, image, config)
    return gripper


def _carrier(wire: WireSpec | None) -> ArmModel:
    """Return the first arm that can carry a gripper with this wire. Raises ``ConfigError``."""
    arms = () if wire is None else wire.arms
    for name in model_ids("arm"):
        spec = registry.driver_of_model(name)
        if spec is not None and (not arms or spec.name in arms):
            return load_arm(name)
    raise ConfigError(f"no installed arm of {', '.join(arms)} to put the gripper on")


def _controller(model: ArmModel, plants: ArmPlants) -> VirtualController:
    spec = registry.driver_of_model(model.id)
    wire = None if spec is None else next(iter(spec.wires_of("arm")), None)
    if wire is None or wire.virtual is None:
        raise ConfigError(f"{model.id} has no virtual controller to which the gripper could be connected")
    controller: VirtualController = registry.load_object(wire.virtual)(ArmController("arm", model, plants.arm))
    return controller


JAWS, VACUUM = GripperInCell("jaws"), GripperInCell("vacuum")
