"""The standard part of a cell's tree, for the tests."""

from __future__ import annotations

from asyncua import ua

from cellkit.opcua.model.instances import Instance, instantiate
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.nodes import add_reference

CELL = "urn:cellkit:cell:test"
MACHINE = "SystemOperation/SystemOperationStateMachine"
TASK_MACHINE = "TaskControlOperation/TaskControlStateMachine"


def cell_index(model: Model) -> int:
    array = model.value(ua.NodeId(ua.ObjectIds.Server_NamespaceArray), ua.AttributeIds.Value)
    return int(array.index(CELL))


def robot_cell(model: Model, name: str) -> dict[str, Instance]:
    """The standard part of a cell with one arm of two axes, a gripper and a sensor."""
    devices = model.node_id("Objects/DI:DeviceSet")
    index = cell_index(model)
    system = instantiate(
        model, devices, "RB:MotionDeviceSystemType", name, node_id=ua.NodeId(name, index), optional=["ComponentName"]
    )
    add_reference(model, model.node_id("Objects/MACH:Machines"), "Organizes", system.node_id)
    controller = instantiate(
        model,
        system["Controllers"],
        "RB:ControllerType",
        "Ctrl1",
        optional=[
            "ComponentName",
            f"{MACHINE}/PossibleStopModes",
            f"{MACHINE}/IdleSubstateMachine",
            *(f"{MACHINE}/{method}" for method in ("GetReady", "StandDown", "Start", "Stop")),
            "SystemOperation/Conditions",
            "ParameterSet/Temperature",
        ],
        units={"ParameterSet/Temperature": "°C"},
    )
    task = instantiate(
        model,
        controller["TaskControls"],
        "RB:TaskControlType",
        "Main",
        optional=[
            "ParameterSet/ExecutionMode",
            *(f"{TASK_MACHINE}/{method}" for method in ("LoadByName", "UnloadProgram", "Start", "Stop")),
            f"{TASK_MACHINE}/ReadySubstateMachine/ResetToProgramStart",
        ],
    )
    arm = instantiate(
        model,
        system["MotionDevices"],
        "RB:MotionDeviceType",
        "Arm1",
        optional=[
            "TaskControlReference",
            "ParameterSet/InControl",
            "ParameterSet/OnPath",
            "FlangeLoad/CenterOfMass",
            "FlangeLoad/Inertia",
        ],
        writable=["ParameterSet/SpeedOverride"],
        units={"FlangeLoad/Mass": "kg"},
    )
    made = {"system": system, "controller": controller, "task": task, "arm": arm}
    for number in (1, 2):
        made[f"A{number}"] = instantiate(
            model,
            arm["Axes"],
            "RB:AxisType",
            f"A{number}",
            optional=["ParameterSet/ActualSpeed"],
            units={"ParameterSet/ActualPosition": "deg", "ParameterSet/ActualSpeed": "deg/s"},
        )
        train = instantiate(model, arm["PowerTrains"], "RB:PowerTrainType", f"PT{number}")
        instantiate(model, train.node_id, "RB:MotorType", "Motor", units={"ParameterSet/MotorTemperature": "°C"})
        add_reference(model, train.node_id, "RB:Moves", made[f"A{number}"].node_id)
    made["software"] = instantiate(model, controller["Software"], "DI:SoftwareType", "cellkit")
    made["safety"] = instantiate(
        model, system["SafetyStates"], "RB:SafetyStateType", "Safety", optional=["EmergencyStopFunctions"]
    )
    made["stop"] = instantiate(model, made["safety"]["EmergencyStopFunctions"], "RB:EmergencyStopFunctionType", "Stop")
    made["identification"] = instantiate(
        model, system.node_id, "MACH:MachineIdentificationType", "DI:Identification", reference="HasAddIn"
    )
    made["cartesian"] = instantiate(model, arm.node_id, "CK:CartesianStateType", "CK:Cartesian")
    made["packml"] = instantiate(model, system.node_id, "PML:PackMLBaseObjectType", "PackML")
    for kind, device in (("ParallelGripper", "gripper"), ("ForceTorqueSensor", "wrist")):
        made[device] = instantiate(
            model, devices, f"CK:{kind}Type", device, node_id=ua.NodeId(f"{name}/{device}", index)
        )
        add_reference(model, made[device].node_id, "RB:IsConnectedTo", arm.node_id)
    add_reference(model, controller.node_id, "RB:Controls", arm.node_id)
    return made
