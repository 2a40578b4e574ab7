"""The devices of a planned cell over the plants of a world, each by its factory's method."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cellkit.cell.config import (
    AnalogIoDevice,
    ArmDevice,
    CameraDevice,
    CodeReaderDevice,
    ForceTorqueDevice,
    GripperDevice,
    IoDevice,
    MachineDevice,
    ProximityDevice,
    ScannerDevice,
    terminals,
)
from cellkit.cell.driver_selection import WireError
from cellkit.cell.factory import DeviceFactory, Role
from cellkit.cell.plan import CellPlan
from cellkit.controller.plant import (
    CameraPlant,
    JawPlant,
    MachinePlant,
    ProximityPlant,
    ScannerPlant,
    SuctionPlant,
    WrenchPlant,
)
from cellkit.controller.plants.machine_tool import DOOR_STEPS, MachineTimes, MachineTool, MachineWiring
from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.controller.sensor_faults import SensorFaults
from cellkit.controller.world import ArmPlants, CameraGeometry, World
from cellkit.devices import Device
from cellkit.devices.scanner import field_of
from cellkit.errors import ConfigError
from cellkit.geometry import Pose, transform
from cellkit.models.gripper import VacuumGripperModel
from cellkit.models.sensor import DistanceModel, ForceTorqueModel, ScannerModel
from cellkit.yamlfile import Location, near_names

DEFAULT_RANGE = 0.5  # m of a beam whose sensor is not chosen yet
HELD_WITHIN = 0.01  # m beside the chuck's place at which a part counts as in the chuck
HIGH = 0.2  # m above it that the middle of a part may be


@dataclass(frozen=True, slots=True)
class PlacedCamera:
    """A camera in the world; ``pose`` in frame ``world``: z forward, x right, y down."""

    plant: CameraPlant
    geometry: CameraGeometry
    pose: Pose


class DeviceBuilder:
    """Makes the devices of one cell, once. ``faults`` are what is wrong with sensors, by role."""

    def __init__(
        self, plan: CellPlan, world: World, factory: DeviceFactory, faults: Mapping[str, SensorFaults]
    ) -> None:
        self._plan = plan
        self._world = world
        self._factory = factory
        self._faults = faults
        self.plants: dict[str, ArmPlants] = {}
        self.images: dict[str, IoImage] = {}
        self.analog_images: dict[str, AnalogImage] = {}
        self.machines: dict[str, MachineTool] = {}
        self.chucks: dict[str, Pose | None] = {}
        self.cameras: dict[str, PlacedCamera] = {}

    def build(self) -> dict[str, Device]:
        """All devices by role, in the order of the file. Raises ``ConfigError`` with the line."""
        made: dict[str, Device] = {}
        devices = self._plan.file.devices
        first = [role for role, one in devices.items() if isinstance(one, ArmDevice)]
        second = [role for role, one in devices.items() if isinstance(one, IoDevice | AnalogIoDevice)]
        rest = [role for role in devices if role not in first and role not in second]
        for role in (*first, *second, *rest):
            at: Location = ("devices", role)
            try:
                made[role] = self._device(role, at)
            except WireError as error:
                raise self._plan.document.error(error.message, (*at, *error.at)) from None
            except ConfigError as error:
                if error.file is not None:
                    raise
                raise self._plan.document.error(error.message, at) from None
        return {role: made[role] for role in devices}

    def _device(self, name: str, at: Location) -> Device:
        plan, world, factory = self._plan, self._world, self._factory
        device = plan.file.devices[name]
        role = Role(name, plan.wires[name])
        if isinstance(device, ArmDevice):
            return self._arm(role)
        if isinstance(device, GripperDevice):
            return self._gripper(Role(name, role.wire, device.on))
        if isinstance(device, IoDevice):
            image = self.images[name] = IoImage([*device.inputs, *device.outputs])
            inputs, outputs = terminals(device.inputs), terminals(device.outputs)
            return factory.digital_io(Role(name, role.wire, device.on), inputs, outputs, image)
        if isinstance(device, AnalogIoDevice):
            return self._analog(Role(name, role.wire, device.on), device)
        if isinstance(device, ForceTorqueDevice):
            return self._force_torque(Role(name, role.wire, device.on), device, at)
        if isinstance(device, ProximityDevice):
            return self._proximity(role, device, at)
        if isinstance(device, ScannerDevice):
            return self._scanner(role, device, at)
        if isinstance(device, CodeReaderDevice):
            pose = plan.layout.pose(device.pose, (*at, "pose"))
            return factory.code_reader(role, world.add_code_reader(name, pose, device.range))
        if isinstance(device, MachineDevice):
            return factory.machine(role, self._machine(name, device))
        return self._camera(role, device, at)

    def _arm(self, role: Role) -> Device:
        plan = self._plan
        grippers = [plan.grippers[hand] for hand in plan.grippers_on(role.name)]
        model = plan.arms[role.name]
        self.plants[role.name] = self._world.add_arm(role.name, model, plan.layout.frame(role.name), *grippers)
        return self._factory.arm(role, model, self.plants[role.name].arm)

    def _gripper(self, role: Role) -> Device:
        assert role.on is not None
        model = self._plan.grippers[role.name]
        plants = self.plants[role.on].hands[self._plan.grippers_on(role.on).index(role.name)]
        if isinstance(model, VacuumGripperModel):
            suction: SuctionPlant | None = plants.suction
            assert suction is not None
            return self._factory.suction(role, model, suction)
        jaws: JawPlant | None = plants.jaws
        assert jaws is not None
        return self._factory.jaws(role, model, jaws)

    def _analog(self, role: Role, device: AnalogIoDevice) -> Device:
        image = self.analog_images[role.name] = AnalogImage([*device.inputs, *device.outputs])
        inputs, outputs = (
            {name: one.signal() for name, one in signals.items()} for signals in (device.inputs, device.outputs)
        )
        return self._factory.analog_io(role, inputs, outputs, image)

    def _force_torque(self, role: Role, device: ForceTorqueDevice, at: Location) -> Device:
        plant: WrenchPlant | None = self.plants[device.on].wrench
        if plant is None:
            raise self._plan.document.error(f"the {self._world.name} world has no force/torque sensor", at)
        model = self._plan.sensors.get(role.name)
        assert model is None or isinstance(model, ForceTorqueModel)
        if role.name in self._faults:
            plant = self._faults[role.name].wrench(plant, model)
        return self._factory.force_torque(role, model, plant)

    def _proximity(self, role: Role, device: ProximityDevice, at: Location) -> Device:
        model = self._plan.sensors.get(role.name)
        assert model is None or isinstance(model, DistanceModel)
        reach = device.range or (None if model is None else model.range_max.value) or DEFAULT_RANGE
        plant: ProximityPlant = self._world.add_proximity(
            role.name, self._plan.layout.pose(device.pose, (*at, "pose")), reach
        )
        if role.name in self._faults:
            plant = self._faults[role.name].beam(plant)
        return self._factory.proximity(role, model, plant)

    def _scanner(self, role: Role, device: ScannerDevice, at: Location) -> Device:
        model = self._plan.sensors[role.name]
        assert isinstance(model, ScannerModel)
        fields = {}
        for name, corners in device.fields.items():
            try:
                fields[name] = field_of(corners)
            except ValueError as error:
                raise self._plan.document.error(str(error), (*at, "fields", name)) from None
        pose = self._plan.layout.pose(device.pose, (*at, "pose"))
        plant: ScannerPlant = self._world.add_scanner(role.name, pose, model)
        if role.name in self._faults:
            plant = self._faults[role.name].scanner(plant)
        return self._factory.scanner(role, model, fields, plant)

    def _machine(self, name: str, device: MachineDevice) -> MachinePlant:
        """The machine, wired to its signals, its door moving the structure that stands for it."""
        plan, world = self._plan, self._world
        self.chucks[name] = None if device.chuck is None else plan.layout.places(device.chuck)[0]
        times = MachineTimes(device.door_time, device.chuck_time, device.cycle_time)
        tool = self.machines[name] = MachineTool(times, self._chucked(device))
        names = MachineWiring(**device.signals.model_dump(exclude={"io"}))
        tool.wire(self.images[device.signals.io], names)
        if device.door is not None:
            structure = device.door.structure
            closed = plan.layout.pose(plan.file.structures[structure], ("structures", structure))
            slides = np.array(device.door.slides)
            shown = tool.opened

            def slide() -> None:
                nonlocal shown
                if shown != tool.opened:
                    shown = tool.opened
                    place = closed.position + slides * (shown / DOOR_STEPS)
                    world.move_body(structure, Pose(transform(closed.rotation, place), "world"))

            tool.on_change(slide)
        plant: MachinePlant = tool
        return self._faults[name].machine(plant) if name in self._faults else plant

    def _chucked(self, device: MachineDevice) -> Callable[[], bool]:
        """Whether a part stands where the chuck grips."""
        if device.chuck is None:
            return lambda: True
        place, world = self._plan.layout.places(device.chuck)[0].position, self._world

        def holds() -> bool:
            poses = [world.body_pose(name).position for name in world.loose_bodies()]
            return any(
                math.dist(place[:2], pose[:2]) < HELD_WITHIN and 0 <= pose[2] - place[2] < HIGH for pose in poses
            )

        return holds

    def _camera(self, role: Role, device: CameraDevice, at: Location) -> Device:
        plan = self._plan
        for index, kind in enumerate(device.finds):
            if kind not in plan.workpieces:
                known = near_names(kind, plan.workpieces)
                raise plan.document.error(f"unknown workpiece {kind!r}; {known}", (*at, "finds", index))
        geometry = CameraGeometry(
            device.width,
            device.height,
            math.radians(device.field_of_view_deg),
            answer_time=device.answer_time,
        )
        pose = plan.layout.pose(device.pose, (*at, "pose"))
        camera = self._world.add_camera(role.name, pose, geometry)
        self.cameras[role.name] = PlacedCamera(camera, geometry, pose)
        return self._factory.camera(role, camera, geometry, pose, device.finds)
