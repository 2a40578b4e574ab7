"""The rigs of the reference devices for the driver contract, over a kinematic world. The example to copy.

Only the conformance suite imports this module; at run time neither it nor ``cellkit.testing`` is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from typing_extensions import override

from cellkit import registry
from cellkit.controller.arm_controller import ArmController
from cellkit.controller.plant import ArmPlant, JawPlant, SuctionPlant
from cellkit.controller.plants.signal_image import IoImage
from cellkit.controller.world import ArmPlants, Body, Shape, World, WorldSettings
from cellkit.devices import Fault, OperationalMode, Tool, Workpiece
from cellkit.geometry import Array, Pose
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.load import load_arm, load_gripper, load_model, load_sensor, model_ids
from cellkit.models.sensor import ForceTorqueModel, ScannerModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.testing.rig import ArmRig, DeviceRig, DriverRig, GripperRig, IoRig, JawsRig, Kind
from cellkit_virtual.arm import VirtualArm
from cellkit_virtual.bench import (
    VirtualAnalogRig,
    VirtualCameraRig,
    VirtualCodeReaderRig,
    VirtualForceTorqueRig,
    VirtualMachineRig,
    VirtualProximityRig,
    VirtualScannerRig,
)
from cellkit_virtual.grippers import VirtualParallelGripper, VirtualVacuumGripper
from cellkit_virtual.link import Link
from cellkit_virtual.signals import VirtualDigitalIO

ARM = "ur5e"  # the usual one, and the one that carries the grippers
JAWS = "2f-85"
CUP = "vacuum"
MOUNT = Pose.from_rpy((0.0, 0.0, 1.0), frame="world")
PART = "part"
STAND = "stand"


class VirtualRig(DriverRig):
    """The ``DriverRig`` of the reference driver: it drives any model."""

    @override
    def offers(self) -> dict[Kind, Sequence[str]]:
        grippers = {one: load_gripper(one) for one in model_ids("gripper")}
        jaws = [one for one, model in grippers.items() if isinstance(model, ParallelGripperModel)]
        cups = [one for one, model in grippers.items() if isinstance(model, VacuumGripperModel)]
        sensors = {one: load_model(one) for one in model_ids("sensor")}
        return {
            Kind.ARM: _first(ARM, model_ids("arm")),
            Kind.JAWS: _first(JAWS, jaws),
            Kind.VACUUM: _first(CUP, cups),
            Kind.IO: (),
            Kind.ANALOG_IO: (),
            Kind.FORCE_TORQUE: [one for one, model in sensors.items() if isinstance(model, ForceTorqueModel)],
            Kind.PROXIMITY: (),
            Kind.SCANNER: [one for one, model in sensors.items() if isinstance(model, ScannerModel)],
            Kind.CODE_READER: (),
            Kind.MACHINE: (),
            Kind.CAMERA: (),
        }

    @override
    def rig(self, kind: Kind, model: str | None) -> DeviceRig:
        chosen = model or next(iter(self.offers()[kind]), "")
        made: dict[Kind, Callable[[], DeviceRig]] = {
            Kind.ARM: lambda: VirtualArmRig(chosen),
            Kind.JAWS: lambda: VirtualJawsRig(chosen),
            Kind.VACUUM: lambda: VirtualVacuumRig(chosen),
            Kind.IO: VirtualIoRig,
            Kind.ANALOG_IO: VirtualAnalogRig,
            Kind.FORCE_TORQUE: lambda: VirtualForceTorqueRig(load_sensor(chosen, ForceTorqueModel)),
            Kind.PROXIMITY: VirtualProximityRig,
            Kind.SCANNER: lambda: VirtualScannerRig(load_sensor(chosen, ScannerModel)),
            Kind.CODE_READER: VirtualCodeReaderRig,
            Kind.MACHINE: VirtualMachineRig,
            Kind.CAMERA: VirtualCameraRig,
        }
        return made[kind]()


def _first(usual: str, models: Sequence[str]) -> Sequence[str]:
    return (usual, *(one for one in models if one != usual))


class _Rig(DeviceRig):
    """A line that can be cut, and a world of its own."""

    lacks: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.link = Link()
        self.world: World = registry.world("kinematic").create(WorldSettings())

    @override
    async def finish(self) -> None:
        self.world.close()

    @override
    def drop_link(self) -> None:
        self.link.drop()

    @override
    def restore_link(self) -> None:
        self.link.restore()


class VirtualArmRig(_Rig, ArmRig):
    """The ``ArmRig`` of the reference arm."""

    device: VirtualArm

    def __init__(self, model: str) -> None:
        super().__init__()
        self.model = load_arm(model)

    @override
    async def start(self) -> None:
        self.plant: ArmPlant = self.world.add_arm("arm", self.model, MOUNT).arm
        self.controller = ArmController("arm", self.model, self.plant)
        self.device = self.make(self.controller)

    def make(self, controller: ArmController) -> VirtualArm:
        """The device under test; the tests of the contract put broken ones in its place."""
        return VirtualArm("arm", controller, self.link)

    @override
    def true_joints(self) -> Array:
        return self.plant.state().position

    @override
    def protective_stop(self) -> None:
        self.controller.protective_stop()

    @override
    def press_emergency_stop(self) -> None:
        self.controller.press_emergency_stop()

    @override
    def release_emergency_stop(self) -> None:
        self.controller.release_emergency_stop()

    @override
    def raise_fault(self) -> Fault:
        fault = Fault("V042", "a drive is too hot")
        self.controller.raise_fault(fault)
        return fault

    @override
    async def set_mode(self, mode: OperationalMode) -> None:
        await self.controller.set_mode(mode)

    @override
    def stall(self) -> None:
        """Somebody at the controller has turned its speed down to nothing."""
        self.controller.set_speed_override(0.0)


class _SlippingJaws:
    """Jaws whose part can be taken away as if it had slipped out."""

    def __init__(self, jaws: JawPlant) -> None:
        self._jaws = jaws
        self.drive, self.halt, self.state = jaws.drive, jaws.halt, jaws.state
        self.slipped: list[Callable[[], None]] = []

    def on_slip(self, callback: Callable[[], None]) -> None:
        """Call back also when the test takes the part away."""
        self.slipped.append(callback)
        self._jaws.on_slip(callback)


class _SlippingCup:
    """A cup whose part can be taken away as if it had broken off."""

    def __init__(self, cup: SuctionPlant) -> None:
        self._cup = cup
        self.switch, self.state, self.leak = cup.switch, cup.state, cup.leak
        self.slipped: list[Callable[[], None]] = []

    def on_slip(self, callback: Callable[[], None]) -> None:
        """Call back also when the test takes the part away."""
        self.slipped.append(callback)
        self._cup.on_slip(callback)


class _GripperRig(_Rig):
    """A gripper on an arm that stands at home, and a stand on which parts are put."""

    def __init__(self, model: ParallelGripperModel | VacuumGripperModel) -> None:
        super().__init__()
        self.tool = Tool.of_gripper(model)
        self.arm = load_arm(ARM)
        self.plants: ArmPlants = self.world.add_arm("arm", self.arm, MOUNT, model)

    def put_at(self, part: Workpiece, grasp: Pose) -> None:
        """Put a part where the TCP, at ``grasp`` (in the part's frame), is now; a stand keeps it from falling."""
        flange = Pose(MOUNT.matrix @ ArmKinematics(self.arm).forward(self.arm.home), "world")
        pose = flange @ self.tool.tcp @ grasp.inverse("tcp")
        top = float(pose.position[2]) - part.size[2] / 2
        stand = Pose.from_rpy((*pose.position[:2], top / 2), frame="world")
        width = min(part.size[:2])
        self.world.add_body(Body(STAND, "stand", (Shape("box", (width, width, top)),), stand))
        self.world.add_body(Body(PART, "part", (Shape(part.shape, part.size),), pose, part.mass, part.friction))

    def take_part(self, slipped: Sequence[Callable[[], None]]) -> None:
        """Take the part away and let the gripper notice."""
        self.world.move_body(PART, Pose.from_rpy((3.0, 0.0, 0.5), frame="world"))
        for callback in slipped:
            callback()


class VirtualJawsRig(_GripperRig, JawsRig):
    """The ``JawsRig`` of the reference parallel gripper."""

    device: VirtualParallelGripper

    def __init__(self, model: str) -> None:
        loaded = load_gripper(model)
        assert isinstance(loaded, ParallelGripperModel)
        self.model = loaded
        super().__init__(loaded)

    @override
    async def start(self) -> None:
        assert self.plants.jaws is not None
        self.jaws = _SlippingJaws(self.plants.jaws)
        self.device = VirtualParallelGripper("gripper", self.model, self.jaws, self.link)

    @override
    def put_part(self, part: Workpiece) -> None:
        self.put_at(part, self.device.grasp(part))

    @override
    def lose_part(self) -> None:
        self.take_part(self.jaws.slipped)

    @override
    def holds_part(self) -> bool:
        return self.jaws.state().force > 0.0

    @override
    def true_width(self) -> float:
        return self.jaws.state().width


class VirtualVacuumRig(_GripperRig, GripperRig):
    """The ``VacuumRig`` of the reference vacuum gripper."""

    device: VirtualVacuumGripper

    def __init__(self, model: str) -> None:
        loaded = load_gripper(model)
        assert isinstance(loaded, VacuumGripperModel)
        self.model = loaded
        super().__init__(loaded)

    @override
    async def start(self) -> None:
        assert self.plants.suction is not None
        self.cup = _SlippingCup(self.plants.suction)
        self.device = VirtualVacuumGripper("gripper", self.model, self.cup, self.link)

    @override
    def put_part(self, part: Workpiece) -> None:
        self.put_at(part, self.device.grasp(part))

    @override
    def lose_part(self) -> None:
        self.take_part(self.cup.slipped)

    @override
    def holds_part(self) -> bool:
        return self.cup.state().part_present


class VirtualIoRig(_Rig, IoRig):
    """The ``IoRig`` of the reference signals."""

    device: VirtualDigitalIO

    @override
    async def start(self) -> None:
        self.image = IoImage(("part_ready", "door_closed", "clamp", "lamp"))
        self.device = VirtualDigitalIO("io", ("part_ready", "door_closed"), ("clamp", "lamp"), self.image, self.link)

    @override
    def set_input(self, signal: str, value: bool) -> None:
        self.image[signal] = value

    @override
    def output(self, signal: str) -> bool:
        return self.image[signal]
