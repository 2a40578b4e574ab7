"""node-opcua browses the whole gateway, reads every variable and finds every method, by each security policy."""

from __future__ import annotations

from pathlib import Path

import pytest
from strangers import run_node, settings_of

from cellkit.opcua.security.settings import POLICIES
from tests.opcua.gateway_rig import ServedCell

pytestmark = pytest.mark.clients

HONEST = {"Good", "BadWaitingForInitialData", "BadNotSupported", "BadStateNotActive", "BadNoData"}
JOB = ["OperationId String", "Operation NodeId", "Status Int32", "Reason String"]
TYPES = "http://opcfoundation.org/UA/"


@pytest.mark.parametrize("policy", POLICIES)
def test_everything_is_found_and_read(cell: ServedCell, tmp_path: Path, policy: str) -> None:
    found = run_node("walk.cjs", settings_of(cell, tmp_path, policy=policy))
    assert found["policy"].endswith(f"#{policy}")

    browsed = found["browsed"]
    assert browsed["nodes"] > 8000
    assert browsed["browseNext"] > 100
    assert browsed["different"] == 0  # five at a time, or all at once
    assert found["unstable"] == []  # the cell's NodeIds are paths, the same after a restart

    read = found["read"]
    assert read["count"] > 1400
    assert set(read["statuses"]) <= HONEST
    assert len(read["statuses"]["Good"]) > 0.9 * read["count"]
    assert (read["wrong"], read["undecoded"], read["unstamped"]) == ([], [], [])
    assert read["structures"].keys() >= {"EUInformation", "Argument", "EnumValueType", "PackMLCountDataType"}

    below = f"{cell.cell}/MotionDevices/robot"
    assert found["units"][f"{below}/Axes/A6/ParameterSet/ActualPosition/EngineeringUnits"] == "deg"
    assert found["units"][f"{below}/Cartesian/JointPositions/EngineeringUnits"] == "rad"
    assert None not in found["units"].values()
    assert len(found["units"]) > 25

    metadata = found["metadata"]
    companions = {f"{TYPES}{name}/" for name in ("DI", "IA", "Machinery", "Robotics", "PackML")}
    assert metadata.keys() >= companions | {TYPES, "urn:cellkit:types"}
    assert all(metadata[uri][2] is True for uri in companions)  # a subset of the standard's nodes
    assert metadata[f"{TYPES}Robotics/"][:2] == ["1.02", "2025-09-08T00:00:00.000Z"]


def test_every_method_says_its_arguments(cell: ServedCell, tmp_path: Path) -> None:
    methods = run_node("walk.cjs", settings_of(cell, tmp_path, "watcher"))["methods"]
    commands = f"{cell.cell}/Services/Commands/"
    ours = {name.removeprefix(commands): said for name, said in methods.items() if name.startswith(commands)}
    assert len(ours) > 15
    for name, (_, outputs, _) in ours.items():
        assert outputs == (["Status Int32", "Reason String"] if name.endswith("/Stop") else JOB), name
    assert ours["robot/MoveJoints"][0] == ["Joints Double[]", "Speed Double"]
    assert ours["robot/MovePath"][0] == ["Poses Double[]", "BlendRadii Double[]", "Frame String", "Speed Double"]
    assert ours["hand/Grip"][0] == ["Part String", "Force Double"]
    system = f"{cell.cell}/Controllers/robot/SystemOperation/SystemOperationStateMachine"
    assert methods[f"{system}/Stop"][:2] == [["StopMode Int64"], ["Status Int32"]]
    for name in ("GetReady", "StandDown", "Start"):
        assert methods[f"{system}/{name}"][:2] == [[], ["Status Int32"]]
    task = f"{cell.cell}/Controllers/robot/TaskControls/Main/TaskControlOperation/TaskControlStateMachine"
    assert methods[f"{task}/LoadByName"][:2] == [["Name String"], ["Status Int32"]]
    assert methods[f"{task}/ReadySubstateMachine/ResetToProgramStart"][:2] == [[], ["Status Int32"]]
    # A user who may only watch sees before trying which methods are executable.
    allowed = {name.removeprefix(f"{cell.cell}/") for name, (*_, executable) in methods.items() if executable}
    assert allowed == {"Services/GetOperation", "Services/Recorders/robot/Read"}
