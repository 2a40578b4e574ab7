"""The cell as nodes: motion devices, controllers and safety states as OPC 40010-1 wants them, the rest as our types.

Values come by ``Publisher`` bindings. What no driver tells is there all the same, with the status that says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from asyncua import ua

from cellkit.opcua.model.instances import Instance, instantiate
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.nodes import add_reference, set_value
from cellkit.opcua.model.units import SYMBOLS
from cellkit.opcua.publisher import DEADBANDS, Binding, Publisher
from cellkit.supervision.states import StopMode, standard_name

Description = Mapping[str, Any]
T = ua.VariantType
NOT_SUPPORTED = ua.StatusCode(ua.StatusCodes.BadNotSupported)

ARTICULATED_ROBOT = 1
ROTARY, ROTARY_ENDLESS = 1, 2
CYCLE = 0
DEVICE_TYPES = {
    "jaws": "CK:ParallelGripperType",
    "vacuum": "CK:VacuumGripperType",
    "force_torque": "CK:ForceTorqueSensorType",
    "camera": "CK:CameraType",
    "io": "CK:IoModuleType",
    "analog_io": "CK:IoModuleType",
    "proximity": "CK:ProximitySensorType",
    "scanner": "CK:ScannerType",
    "code_reader": "CK:CodeReaderType",
    "machine": "CK:MachineType",
}
PARAMETERS: Mapping[str, tuple[tuple[str, str, ua.VariantType], ...]] = {
    "jaws": (
        ("holding", "Holding", T.Boolean),
        ("moving", "Moving", T.Boolean),
        ("width", "Width", T.Double),
        ("force", "Force", T.Double),
    ),
    "vacuum": (
        ("holding", "Holding", T.Boolean),
        ("moving", "Moving", T.Boolean),
        ("vacuum", "Vacuum", T.Double),
        ("part_present", "PartPresent", T.Boolean),
    ),
    "proximity": (("distance", "Distance", T.Double), ("present", "Present", T.Boolean)),
    "code_reader": (("last_code", "LastCode", T.String),),
    "machine": (
        ("available", "Available", T.Boolean),
        ("door", "Door", T.String),
        ("chuck", "Chuck", T.String),
        ("execution", "Execution", T.String),
        ("active_alarms", "ActiveAlarms", T.String),
    ),
}
"""By kind: item, the variable in ParameterSet that shows it, and its type."""


@dataclass
class Tree:
    """The instance nodes of one cell; arms by role."""

    model: Model
    namespace: int
    root: ua.NodeId
    system: Instance
    publisher: Publisher
    devices: dict[str, ua.NodeId] = field(default_factory=dict)
    arms: dict[str, Instance] = field(default_factory=dict)
    controllers: dict[str, Instance] = field(default_factory=dict)
    tasks: dict[str, Instance] = field(default_factory=dict)
    health: dict[str, ua.NodeId] = field(default_factory=dict)
    """DeviceHealth of the devices that have it."""
    overrides: dict[str, ua.NodeId] = field(default_factory=dict)
    """The writable SpeedOverride of each arm."""

    def text(self, node: ua.NodeId, text: str | None, localized: bool = False) -> None:
        """A property's fixed text; one that is not known has no value, and says so."""
        if text is None:
            set_value(self.model, node, None, NOT_SUPPORTED)
        elif localized:
            set_value(self.model, node, ua.Variant(ua.LocalizedText(text), T.LocalizedText))
        else:
            set_value(self.model, node, ua.Variant(text, T.String))

    def value(self, node: ua.NodeId, value: Any, variant: ua.VariantType) -> None:
        """A fixed value."""
        set_value(self.model, node, ua.Variant(value, variant))

    def unknown(self, node: ua.NodeId) -> None:
        """A value that nobody can tell here."""
        set_value(self.model, node, None, NOT_SUPPORTED)


def build_tree(model: Model, namespace: int, cell: Description) -> Tree:
    """All device nodes of a cell."""
    root = ua.NodeId(cell["name"], namespace)
    objects = model.node_id("Objects")
    device_set = model.node_id("Objects/DI:DeviceSet")
    system = instantiate(
        model, device_set, "RB:MotionDeviceSystemType", cell["name"], node_id=root, optional=("ComponentName",)
    )
    tree = Tree(model, namespace, root, system, Publisher(model))
    tree.text(system["ComponentName"], cell["title"], localized=True)
    machines = model.node_id("Objects/MACH:Machines")
    add_reference(model, machines, "Organizes", root)
    _identification(tree, cell)
    devices: Sequence[Description] = cell["devices"]
    for device in devices:
        if device["kind"] == "arm":
            _arm(tree, device, cell["cellkit"])
    folder = instantiate(
        model, objects, "FolderType", "Devices", node_id=ua.NodeId(f"{cell['name']}/Devices", namespace)
    )
    for device in devices:
        if device["kind"] != "arm":
            _device(tree, folder.node_id, device)
    return tree


def _identification(tree: Tree, cell: Description) -> None:
    found = instantiate(
        tree.model,
        tree.root,
        "MACH:MachineIdentificationType",
        "DI:Identification",
        reference="HasAddIn",
        optional=("ComponentName",),
    )
    tree.text(found["Manufacturer"], "cellkit", localized=True)
    tree.text(found["SerialNumber"], None)
    tree.text(found["ProductInstanceUri"], f"urn:cellkit:cell:{cell['name']}")
    tree.text(found["ComponentName"], cell["title"], localized=True)


# --- arms ---------------------------------------------------------------------------------------------------------


def _nameplate(tree: Tree, instance: Instance, device: Description) -> None:
    tree.text(instance["Manufacturer"], device["vendor"], localized=True)
    tree.text(instance["Model"], device["model"], localized=True)
    tree.text(instance["ProductCode"], device["model_id"])
    tree.text(instance["SerialNumber"], None)


def _arm(tree: Tree, device: Description, version: str) -> None:
    model, role = tree.model, device["role"]
    arm = instantiate(
        model,
        tree.system["MotionDevices"],
        "RB:MotionDeviceType",
        role,
        optional=(
            "ComponentName",
            "ParameterSet/InControl",
            "ParameterSet/OnPath",
            "FlangeLoad",
            "TaskControlReference",
        ),
        writable=("ParameterSet/SpeedOverride",),
        units={"FlangeLoad/Mass": "kg"},
    )
    tree.arms[role], tree.devices[role] = arm, arm.node_id
    _nameplate(tree, arm, device)
    tree.text(arm["ComponentName"], role, localized=True)
    tree.value(arm["MotionDeviceCategory"], ARTICULATED_ROBOT, T.Int32)
    publisher = tree.publisher
    override = arm["ParameterSet/SpeedOverride"]
    tree.overrides[role] = override
    publisher.bind(role, "speed_override", Binding(override, T.Double, lambda share: share * 100.0))
    for path in ("ParameterSet/InControl", "ParameterSet/OnPath"):
        tree.unknown(arm[path])  # no open interface tells these
    publisher.bind(role, "flange_load", Binding(arm["FlangeLoad/Mass"], T.Double))
    safety = _safety(tree, device)
    controller = _controller(tree, device, version)
    task = tree.tasks[role]
    add_reference(model, controller.node_id, "RB:Controls", arm.node_id)
    add_reference(model, controller.node_id, "RB:HasSafetyStates", safety.node_id)
    add_reference(model, task.node_id, "RB:Controls", arm.node_id)
    tree.value(arm["TaskControlReference"], task["TaskControlOperation"], T.NodeId)
    _axes(tree, device, arm)
    _cartesian(tree, device, arm)


def _axes(tree: Tree, device: Description, arm: Instance) -> None:
    model, role = tree.model, device["role"]
    for index, name in enumerate(device["joints"]):
        axis = instantiate(
            model,
            arm["Axes"],
            "RB:AxisType",
            f"A{index + 1}",
            optional=("ParameterSet/ActualSpeed",),
            units={"ParameterSet/ActualPosition": "deg", "ParameterSet/ActualSpeed": "deg/s"},
        )
        tree.value(axis["MotionProfile"], ROTARY_ENDLESS if device["endless"][index] else ROTARY, T.Int32)
        position = Binding(axis["ParameterSet/ActualPosition"], T.Double, _degrees_of(index), deadband=DEADBANDS["deg"])
        speed = Binding(axis["ParameterSet/ActualSpeed"], T.Double, _degrees_of(index), deadband=DEADBANDS["deg/s"])
        tree.publisher.bind(role, "joint_positions", position)
        tree.publisher.bind(role, "joint_velocities", speed)
        train = instantiate(model, arm["PowerTrains"], "RB:PowerTrainType", f"PT{index + 1}")
        motor = instantiate(
            model, train.node_id, "RB:MotorType", "Motor", units={"ParameterSet/MotorTemperature": "°C"}
        )
        for path in ("Manufacturer", "Model", "ProductCode", "SerialNumber"):
            tree.unknown(motor[path])
        tree.unknown(motor["ParameterSet/MotorTemperature"])  # no open interface tells it yet
        add_reference(model, train.node_id, "RB:Moves", axis.node_id)
        add_reference(model, axis.node_id, "RB:Requires", train.node_id)
        description = ua.DataValue(ua.Variant(ua.LocalizedText(name), T.LocalizedText))
        model.data(axis.node_id).attributes[ua.AttributeIds.Description].value = description


def _degrees_of(index: int) -> Any:
    return lambda values: math.degrees(values[index])


def _cartesian(tree: Tree, device: Description, arm: Instance) -> None:
    role = device["role"]
    cartesian = instantiate(tree.model, arm.node_id, "CK:CartesianStateType", "CK:Cartesian")
    bind = tree.publisher.bind
    bind(role, "tcp_pose", Binding(cartesian["TcpPose"], T.Double, deadband=DEADBANDS["m"]))
    for index, axis in enumerate("XYZ"):
        bind(role, "tcp_pose", Binding(cartesian[axis], T.Double, _element(index), deadband=DEADBANDS["m"]))
    bind(role, "tcp_speed", Binding(cartesian["TcpSpeed"], T.Double, deadband=DEADBANDS["m/s"]))
    bind(role, "joint_positions", Binding(cartesian["JointPositions"], T.Double, deadband=DEADBANDS["rad"]))
    bind(role, "joint_velocities", Binding(cartesian["JointVelocities"], T.Double, deadband=DEADBANDS["rad/s"]))
    tree.value(cartesian["ActiveFrame"], "base", T.String)
    bind(role, "tool", Binding(cartesian["ActiveTool"], T.String))
    bind(role, "moving", Binding(cartesian["Moving"], T.Boolean))
    bind(role, "fault", Binding(cartesian["Fault"], T.String))


def _element(index: int) -> Any:
    return lambda values: values[index]


def _safety(tree: Tree, device: Description) -> Instance:
    role = device["role"]
    safety = instantiate(tree.model, tree.system["SafetyStates"], "RB:SafetyStateType", role)
    bind = tree.publisher.bind
    bind(role, "operational_mode", Binding(safety["ParameterSet/OperationalMode"], T.Int32))
    bind(role, "emergency_stop", Binding(safety["ParameterSet/EmergencyStop"], T.Boolean))
    bind(role, "protective_stop", Binding(safety["ParameterSet/ProtectiveStop"], T.Boolean))
    return safety


def _controller(tree: Tree, device: Description, version: str) -> Instance:
    model, role = tree.model, device["role"]
    system = "SystemOperation/SystemOperationStateMachine"
    controller = instantiate(
        model,
        tree.system["Controllers"],
        "RB:ControllerType",
        role,
        optional=(
            "ComponentName",
            f"{system}/PossibleStopModes",
            f"{system}/ConfiguredDefaultStopMode",
            f"{system}/GetReady",
            f"{system}/StandDown",
            f"{system}/Start",
            f"{system}/Stop",
            f"{system}/IdleSubstateMachine",
            f"{system}/ExecutingSubstateMachine",
        ),
    )
    tree.controllers[role] = controller
    _nameplate(tree, controller, device)
    tree.text(controller["ComponentName"], f"controller of {role}", localized=True)
    tree.text(controller["CurrentUser/Level"], None)
    _stop_modes(tree, controller, system)
    software = instantiate(model, controller["Software"], "DI:SoftwareType", "cellkit")
    tree.text(software["Manufacturer"], "cellkit", localized=True)
    tree.text(software["Model"], f"driver {device['driver'] or 'unknown'}", localized=True)
    tree.text(software["SoftwareRevision"], version)
    task_machine = "TaskControlOperation/TaskControlStateMachine"
    task = instantiate(
        model,
        controller["TaskControls"],
        "RB:TaskControlType",
        "Main",
        optional=(
            "ParameterSet/ExecutionMode",
            f"{task_machine}/PossibleStopModes",
            f"{task_machine}/ConfiguredDefaultStopMode",
            f"{task_machine}/LoadByName",
            f"{task_machine}/UnloadByName",
            f"{task_machine}/UnloadProgram",
            f"{task_machine}/Start",
            f"{task_machine}/Stop",
            f"{task_machine}/ReadySubstateMachine/ResetToProgramStart",
        ),
    )
    tree.tasks[role] = task
    tree.text(task["ComponentName"], "Main", localized=True)
    tree.value(task["ParameterSet/ExecutionMode"], CYCLE, T.Int32)
    _stop_modes(tree, task, task_machine)
    return controller


def _stop_modes(tree: Tree, instance: Instance, machine: str) -> None:
    modes = [
        ua.EnumValueType(int(mode), ua.LocalizedText(standard_name(mode)), ua.LocalizedText("a functional stop"))
        for mode in StopMode
    ]
    tree.value(instance[f"{machine}/PossibleStopModes"], modes, T.ExtensionObject)
    tree.value(instance[f"{machine}/ConfiguredDefaultStopMode"], int(StopMode.ON_PATH), T.Int16)


# --- everything else ----------------------------------------------------------------------------------------------


def _device(tree: Tree, folder: ua.NodeId, device: Description) -> None:
    model, role, kind = tree.model, device["role"], device["kind"]
    known = device["model"] is not None
    plate = ("Manufacturer", "Model", "ProductCode") if known else ()
    made = instantiate(
        model,
        model.node_id("Objects/DI:DeviceSet"),
        DEVICE_TYPES[kind],
        role,
        node_id=ua.NodeId(f"{folder.Identifier}/{role}", tree.namespace),
        optional=(*plate, "ComponentName", "DeviceHealth"),
    )
    add_reference(model, folder, "Organizes", made.node_id)
    tree.devices[role], tree.health[role] = made.node_id, made["DeviceHealth"]
    tree.text(made["ComponentName"], role, localized=True)
    if known:
        tree.text(made["Manufacturer"], device["vendor"], localized=True)
        tree.text(made["Model"], device["model"], localized=True)
        tree.text(made["ProductCode"], device["model_id"])
    if device["on"] in tree.devices:
        add_reference(model, made.node_id, "RB:IsConnectedTo", tree.devices[device["on"]])
    units = {item["name"]: item["unit"] for item in device["items"]}
    for item, name, variant in PARAMETERS.get(kind, ()):
        deadband = DEADBANDS.get(units.get(item, ""), 0.0)
        tree.publisher.bind(role, item, Binding(made[f"ParameterSet/{name}"], variant, deadband=deadband))
    if kind == "force_torque":
        _wrench(tree, made, role)
    elif kind in ("io", "analog_io"):
        _signals(tree, made, device)
    elif kind == "scanner":
        _fields(tree, made, device)
    elif kind == "camera":
        tree.value(made["ParameterSet/Width"], device["width"], T.UInt32)
        tree.value(made["ParameterSet/Height"], device["height"], T.UInt32)
        tree.value(made["ParameterSet/Finds"], device["finds"], T.String)


def _wrench(tree: Tree, made: Instance, role: str) -> None:
    deadband = DEADBANDS["N"]
    tree.publisher.bind(role, "wrench", Binding(made["ParameterSet/Wrench"], T.Double, deadband=deadband))
    for index, name in enumerate(("Fx", "Fy", "Fz", "Tx", "Ty", "Tz")):
        node = made[f"ParameterSet/{name}"]
        tree.publisher.bind(role, "wrench", Binding(node, T.Double, _element(index), deadband=deadband))


def _signals(tree: Tree, made: Instance, device: Description) -> None:
    analog = device["kind"] == "analog_io"
    units = {item["name"]: item["unit"] for item in device["items"]}
    for where, names in (("Inputs", device["inputs"]), ("Outputs", device["outputs"])):
        for name in names:
            node = _variable(tree, made[where], name, "Double" if analog else "Boolean", units.get(name, ""))
            binding = Binding(node, T.Double if analog else T.Boolean, deadband=DEADBANDS.get(units[name], 0.0))
            tree.publisher.bind(device["role"], name, binding)


def _fields(tree: Tree, made: Instance, device: Description) -> None:
    for item in device["items"]:
        flag = item["kind"] == "flag"
        parent = made["Fields"] if flag else made.node_id
        node = _variable(tree, parent, item["name"], "Boolean" if flag else "Double", item["unit"])
        variant = T.Boolean if flag else T.Double
        tree.publisher.bind(
            device["role"], item["name"], Binding(node, variant, deadband=DEADBANDS.get(item["unit"], 0.0))
        )


def _variable(tree: Tree, parent: ua.NodeId, name: str, data: str, symbol: str) -> ua.NodeId:
    """A variable of the cell's own, with its unit where that is one of the standard's."""
    kind, units = ("AnalogUnitType", {"": symbol}) if symbol in SYMBOLS else ("BaseDataVariableType", {})
    return instantiate(tree.model, parent, kind, name, data=data, units=units).node_id
