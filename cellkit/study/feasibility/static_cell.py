"""A concept's static cell, planned as a run would plan it, with its real arms and grippers but without motion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cellkit.cell.config import CellFile
from cellkit.cell.devices import DeviceBuilder
from cellkit.cell.kinds.arm import ArmDevice
from cellkit.cell.kinds.fields import AdapterConfig
from cellkit.cell.kinds.force_torque import ForceTorqueDevice
from cellkit.cell.kinds.gripper import GripperDevice
from cellkit.cell.plan import CellPlan, plan_cell
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import Arm, Gripper, Tool
from cellkit.errors import ConfigError, DriverNotFound
from cellkit.geometry import Array, Pose
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.load import beside, load_arm, load_gripper, load_sensor
from cellkit.models.provenance import Figure
from cellkit.models.sensor import ForceTorqueModel
from cellkit.scenario.choices import chosen_models
from cellkit.scenario.config import Scenario
from cellkit.scenario.runner import device_factory
from cellkit.study.concepts import Concept
from cellkit.study.feasibility.config import FeasibilityConfig
from cellkit.yamlfile import read_yaml, validate

GripperModel = ParallelGripperModel | VacuumGripperModel


@dataclass(frozen=True)
class Mounting:
    """The mounting of a tool: a gripper, or a sensor between it and the arm.

    ``face``: the flange code of the part that holds the tool. ``assumed``: the cell file has no adapter plate, though
    the tool needs one.
    """

    tool: str
    code: Figure[str]
    holder: str
    face: Figure[str]
    adapter: AdapterConfig | None
    bracket: bool = False
    assumed: bool = False

    @property
    def fits(self) -> bool | None:
        """Whether both flanges have the same code; None if one of them is not known."""
        face, code = self.face.value, self.code.value
        return None if face is None or code is None else face == code


@dataclass(frozen=True)
class StaticCell:
    """The cell of a concept. ``tools`` by gripper; ``bases`` (4, 4) of the arms in world."""

    plan: CellPlan
    arms: Mapping[str, Arm]
    grippers: Mapping[str, Gripper]
    tools: Mapping[str, Tool]
    bases: Mapping[str, Array]
    mountings: Mapping[str, Mounting]

    def arm_of(self, gripper: str) -> str:
        """Return the role of the arm that carries a gripper."""
        device = self.plan.file.devices[gripper]
        assert isinstance(device, GripperDevice)
        return device.on

    def flange_goal(self, arm: str, gripper: str | None, tcp: Pose) -> Array:
        """Return the pose (4, 4) of the flange in the arm's base for a TCP pose in ``world``."""
        tool = self.tools[gripper].tcp.inverse("tcp").matrix if gripper is not None else Pose.from_rpy((0, 0, 0)).matrix
        goal: Array = Pose.trusted(self.bases[arm].copy(), "world").inverse("base").matrix @ tcp.matrix @ tool
        return goal


def static_cell(scenario: Scenario, concept: Concept, config: FeasibilityConfig) -> StaticCell:
    """Plan the cell with the concept's models; a missing plate is assumed and reported (``Mounting.assumed``).

    Raises ``ConfigError`` and ``DriverNotFound`` for errors in the cell file, and for unknown models.
    """
    document = read_yaml(scenario.cell_file)
    cell = validate(CellFile, document)
    models = chosen_models(cell, concept.arm or None, concept.gripper or None)
    mountings = _mountings(cell, document.file, models)
    patched = dict(cell.devices)
    for role, mounting in mountings.items():
        if mounting.fits is False and not mounting.bracket and mounting.adapter is None:
            plate = AdapterConfig(thickness=config.adapter_thickness.value, mass=config.adapter_mass.value)
            patched[role] = patched[role].model_copy(update={"adapter": plate})
            mountings[role] = replace(mounting, adapter=plate, assumed=True)
    plan = plan_cell(cell.model_copy(update={"devices": patched}), document, models)
    world = create_world("kinematic", WorldSettings())
    try:
        devices = DeviceBuilder(plan, world, device_factory(), {}).build()
    finally:
        world.close()
    arms = {role: device for role, device in devices.items() if isinstance(device, Arm)}
    grippers = {role: device for role, device in devices.items() if isinstance(device, Gripper)}
    tools = {}
    for arm in arms:
        hands = plan.grippers_on(arm)
        for role in hands:
            others = [plan.grippers[other] for other in hands if other != role]
            tools[role] = Tool.of_gripper(plan.grippers[role], others)
    bases = {role: plan.layout.frame(role).matrix for role in arms}
    return StaticCell(plan, arms, grippers, tools, bases, mountings)


def _mountings(cell: CellFile, file: Path, models: Mapping[str, str]) -> dict[str, Mounting]:
    """Return the mountings of sensors and grippers by role: sensors first, then the tools that they carry."""
    mountings: dict[str, Mounting] = {}
    sensors: dict[str, str] = {}
    devices = sorted(cell.devices.items(), key=lambda entry: isinstance(entry[1], GripperDevice))
    for role, device in devices:
        if not isinstance(device, GripperDevice | ForceTorqueDevice) or device.model is None:
            continue
        carrier = cell.devices.get(device.on)
        if not isinstance(carrier, ArmDevice):
            continue  # planning the cell reports this error, with the line
        try:
            arm = load_arm(models.get(device.on) or beside(file.parent, carrier.model))
            tool: GripperModel | ForceTorqueModel
            if isinstance(device, ForceTorqueDevice):
                tool = load_sensor(beside(file.parent, device.model), ForceTorqueModel)
            else:
                tool = load_gripper(models.get(role) or beside(file.parent, device.model))
        except (ConfigError, DriverNotFound):
            continue  # planning the cell reports this error, too
        below = mountings.get(sensors.get(device.on, ""))
        holder, face = (arm.name, arm.flange_code) if below is None else (below.tool, below.code)
        if isinstance(device, ForceTorqueDevice):
            sensors[device.on] = role
            mountings[role] = Mounting(tool.name, tool.flange_code, holder, face, device.adapter)
        else:
            bracket = device.mount is not None
            mountings[role] = Mounting(tool.name, tool.flange_code, holder, face, device.adapter, bracket)
    return mountings
