"""One pretended device on a stand of its own: what ``cellkit virtual`` serves, and what rigs try drivers on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cellkit import registry
from cellkit.cell.wire_path import virtual_controller
from cellkit.controller.bench import BenchBeam, BenchCode, BenchScan, BenchWrench
from cellkit.controller.plant import ArmPlant, JawPlant, SuctionPlant
from cellkit.controller.plants.machine_tool import MachineTimes, MachineTool
from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.controller.virtual_controller import VirtualController
from cellkit.controller.virtual_device import VirtualDevice
from cellkit.controller.world import Body, Shape, World
from cellkit.devices import AnalogSignal, Field, Workpiece
from cellkit.devices.machine import MachineAlarm
from cellkit.devices.tool import Tool
from cellkit.errors import ConfigError
from cellkit.geometry import Pose, Wrench
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.load import AnyModel, load_arm, model_ids
from cellkit.models.sensor import ScannerModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.registry import Kind, WireSpec

MOUNT = Pose.from_rpy((0.0, 0.0, 1.0), frame="world")
INPUTS, OUTPUTS = {"part_ready": 0, "door_closed": 1}, {"clamp": 0, "lamp": 1}
ANALOG_INPUTS = {"pressure": AnalogSignal(0, 0.0, 10.0, "bar")}
ANALOG_OUTPUTS = {"speed": AnalogSignal(0, 0.0, 3000.0, "1/min")}
FIELD = {"near": Field(((0.0, -0.5), (1.0, -0.5), (1.0, 0.5), (0.0, 0.5)))}
_AWAY = Pose.from_rpy((3.0, 0.0, 0.5), frame="world")
_PART, _SUPPORT = "part", "support"


class DeviceBench:
    """Makes the pretended device of a wire; ``told`` is what its driver is told as well.

    ``arm``: an arm's own controller, where the device is a part of one. Raises ``ConfigError`` for a wire that has no
    pretended device of its own.
    """

    def __init__(self, wire: WireSpec, model: AnyModel | None, world: World, name: str = "arm") -> None:
        self.kind = wire.kind
        self.model = model
        self.world = world
        self.told: tuple[Any, ...] = () if model is None else (model,)
        self.controller: VirtualController | None = None
        self._actions: dict[str, Callable[..., object]] = {}
        self._bodies: tuple[str, ...] = ()
        self.virtual: VirtualDevice = self._make(wire, name)

    def switches(self) -> dict[str, Callable[..., object]]:
        """What somebody at the device can do, by words (see ``VirtualDevice.switches``)."""
        return self._actions | self.virtual.switches()

    def _make(self, wire: WireSpec, name: str) -> VirtualDevice:
        kind, model = self.kind, self.model
        if isinstance(model, ArmModel):
            self.arm_model = model
            self.plant: ArmPlant = self.world.add_arm("arm", model, MOUNT).arm
            self.controller = virtual_controller(wire, name, model, self.plant)
            return self.controller
        if isinstance(model, ParallelGripperModel | VacuumGripperModel):
            return self._gripper(wire, model)
        if wire.virtual is None:
            raise ConfigError(f"protocol {wire.protocol!r} has no pretended device of its own")
        make = registry.load_object(wire.virtual)
        device: VirtualDevice
        if kind is Kind.IO:
            self.told = (INPUTS, OUTPUTS)
            self.image = IoImage([*INPUTS, *OUTPUTS])
            device = make(*self.told, self.image)
        elif kind is Kind.ANALOG_IO:
            self.told = (ANALOG_INPUTS, ANALOG_OUTPUTS)
            self.analog = AnalogImage([*ANALOG_INPUTS, *ANALOG_OUTPUTS])
            device = make(*self.told, self.analog)
        elif kind is Kind.FORCE_TORQUE:
            self.wrench = BenchWrench()
            self._actions["force"] = self._push
            device = make(model, self.wrench)
        elif kind is Kind.PROXIMITY:
            self.beam = BenchBeam()
            self._actions["distance"] = lambda text: self.beam.put(None if text == "none" else float(text))
            device = make(model, self.beam)
        elif kind is Kind.SCANNER:
            assert isinstance(model, ScannerModel)
            self.scan = BenchScan(model)
            self.told = (model, FIELD)
            self._actions["post"] = lambda text: self.scan.put(None if text == "none" else float(text))
            device = make(*self.told, self.scan)
        elif kind is Kind.CODE_READER:
            self.code = BenchCode()
            self._actions["label"] = self._label
            device = make(self.code)
        else:
            self.machine = MachineTool(MachineTimes())
            self._actions |= self._at_the_machine()
            device = make(self.machine)
        return device

    # --- grippers ---------------------------------------------------------------------------------------------

    def _gripper(self, wire: WireSpec, model: ParallelGripperModel | VacuumGripperModel) -> VirtualDevice:
        self.arm_model = _carrier(wire)
        plants = self.world.add_arm("arm", self.arm_model, MOUNT, model)
        self.jaws: JawPlant | None = plants.jaws
        self.suction: SuctionPlant | None = plants.suction
        self._actions |= {"part": self._put_width, "lose": self.take_part}
        if wire.virtual is not None and wire.protocol != "signals":
            device: VirtualDevice = registry.load_object(wire.virtual)(model, plants.jaws or plants.suction)
            return device
        self.controller = _controller(self.arm_model, plants.arm)  # of the arm that it is a part of, or hangs on
        if plants.jaws is not None:
            self.controller.mount(plants.jaws)
        return self.controller

    def put_part(self, part: Workpiece, grasp: Pose) -> None:
        """Put a part where the TCP, at ``grasp`` (in the part's frame), is now; a support keeps it from falling."""
        assert isinstance(self.model, ParallelGripperModel | VacuumGripperModel)
        tool = Tool.of_gripper(self.model)
        flange = Pose(MOUNT.matrix @ ArmKinematics(self.arm_model).forward(self.arm_model.home), "world")
        pose = flange @ tool.tcp @ grasp.inverse("tcp")
        top = float(pose.position[2]) - part.size[2] / 2
        support = Pose.from_rpy((*pose.position[:2], top / 2), frame="world")
        width = min(part.size[:2])
        for name in (_PART, _SUPPORT):
            if name in self._bodies:
                self.world.remove_body(name)
        self.world.add_body(Body(_SUPPORT, "support", (Shape("box", (width, width, top)),), support))
        self.world.add_body(Body(_PART, "part", (Shape(part.shape, part.size),), pose, part.mass, part.friction))
        self._bodies = (_PART, _SUPPORT)

    def take_part(self) -> None:
        """Take the part away, as if it had slipped out or broken off. Raises ``ValueError`` when there is none."""
        if not self._bodies:
            raise ValueError("there is no part; put one first (part WIDTH in m)")
        self.world.move_body(_PART, _AWAY)

    def _put_width(self, width: str = "0.04") -> None:
        side = float(width)
        part = Workpiece("part", "box", (side, 1.5 * side, 0.04), 0.1, 0.8)
        self.put_part(part, Pose.from_rpy((0.0, 0.0, 0.0), (np.pi, 0.0, 0.0), frame="part"))

    # --- the rest ---------------------------------------------------------------------------------------------

    def _push(self, *numbers: str) -> None:
        values = [float(number) for number in numbers]
        if len(values) not in (3, 6):
            raise ValueError("force FX FY FZ [TX TY TZ], in N and N m")
        self.wrench.value = Wrench(np.array(values[:3]), np.array(values[3:] or (0.0, 0.0, 0.0)), "flange")

    def _label(self, *words: str) -> None:
        self.code.text = " ".join(words) or None

    def _at_the_machine(self) -> dict[str, Callable[..., object]]:
        machine = self.machine
        return {
            "open_door": lambda: machine.move_door(True),
            "close_door": lambda: machine.move_door(False),
            "close_chuck": lambda: machine.move_chuck(True),
            "open_chuck": lambda: machine.move_chuck(False),
            "start": machine.start_cycle,
            "alarm": lambda: machine.alarm(MachineAlarm("E42", "coolant is low", "fault")),
            "reset": machine.reset,
            "off": lambda: machine.set_available(False),
            "on": lambda: machine.set_available(True),
        }


def _carrier(wire: WireSpec) -> ArmModel:
    """Any arm that the gripper may be on."""
    for name in model_ids("arm"):
        spec = registry.driver_of_model(name)
        if spec is not None and (not wire.arms or spec.name in wire.arms):
            return load_arm(name)
    raise ConfigError(f"no installed arm of {', '.join(wire.arms)} to put the gripper on")


def _controller(model: ArmModel, plant: ArmPlant) -> VirtualController:
    spec = registry.driver_of_model(model.id)
    if spec is None or not spec.wires_of(Kind.ARM):
        raise ConfigError(f"{model.id} has no virtual controller that the gripper could be a part of")
    return virtual_controller(spec.wires_of(Kind.ARM)[0], "arm", model, plant)
