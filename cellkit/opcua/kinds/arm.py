"""The arm as a motion device of OPC 40010-1, with its controller, task control and safety states."""

from __future__ import annotations

import math
from operator import itemgetter
from typing import Any

from asyncua import ua

from cellkit.opcua.kinds.device_nodes import Description, DeviceNodes, Tree
from cellkit.opcua.model.instances import Instance, instantiate
from cellkit.opcua.model.nodes import add_reference
from cellkit.opcua.publisher import DEADBANDS, Binding
from cellkit.supervision.states import StopMode, standard_name

T = ua.VariantType
ARTICULATED_ROBOT = 1
ROTARY, ROTARY_ENDLESS = 1, 2
CYCLE = 0


def _nameplate(tree: Tree, instance: Instance, device: Description) -> None:
    tree.text(instance["Manufacturer"], device["vendor"], localized=True)
    tree.text(instance["Model"], device["model"], localized=True)
    tree.text(instance["ProductCode"], device["model_id"])
    tree.text(instance["SerialNumber"], None)


def _build(tree: Tree, device: Description) -> None:
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
        tree.unknown(arm[path])  # no open interface reports these values
    publisher.bind(role, "flange_load", Binding(arm["FlangeLoad/Mass"], T.Double))
    safety = _safety(tree, device)
    controller = _controller(tree, device)
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
        tree.unknown(motor["ParameterSet/MotorTemperature"])  # no open interface reports this value yet
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
        bind(role, "tcp_pose", Binding(cartesian[axis], T.Double, itemgetter(index), deadband=DEADBANDS["m"]))
    bind(role, "tcp_speed", Binding(cartesian["TcpSpeed"], T.Double, deadband=DEADBANDS["m/s"]))
    bind(role, "joint_positions", Binding(cartesian["JointPositions"], T.Double, deadband=DEADBANDS["rad"]))
    bind(role, "joint_velocities", Binding(cartesian["JointVelocities"], T.Double, deadband=DEADBANDS["rad/s"]))
    tree.value(cartesian["ActiveFrame"], "base", T.String)
    bind(role, "tool", Binding(cartesian["ActiveTool"], T.String))
    bind(role, "moving", Binding(cartesian["Moving"], T.Boolean))
    bind(role, "fault", Binding(cartesian["Fault"], T.String))


def _safety(tree: Tree, device: Description) -> Instance:
    role = device["role"]
    safety = instantiate(tree.model, tree.system["SafetyStates"], "RB:SafetyStateType", role)
    bind = tree.publisher.bind
    bind(role, "operational_mode", Binding(safety["ParameterSet/OperationalMode"], T.Int32))
    bind(role, "emergency_stop", Binding(safety["ParameterSet/EmergencyStop"], T.Boolean))
    bind(role, "protective_stop", Binding(safety["ParameterSet/ProtectiveStop"], T.Boolean))
    return safety


def _controller(tree: Tree, device: Description) -> Instance:
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
    tree.text(software["SoftwareRevision"], tree.version)
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


ARM = DeviceNodes(build=_build, carries=True)
