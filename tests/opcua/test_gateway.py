"""A served cell as a client meets it: values with their status, commands as jobs, ownership, the program, the line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from asyncua import ua

from tests.opcua.gateway_rig import ServedCell, Session, session


def talk(cell: ServedCell, body: Callable[[Session], Awaitable[None]], user: str = "plc") -> None:
    """Log in, do something, and log out."""

    async def main() -> None:
        async with session(cell, user) as client:
            await body(client)

    asyncio.run(main())


def test_values_come_with_unit_status_and_the_sources_time(wired_cell: ServedCell) -> None:
    async def body(plc: Session) -> None:
        axis = "MotionDevices/robot/Axes/A1/ParameterSet/ActualPosition"
        value = await plc.value(axis)
        assert value.StatusCode.is_good()
        joints = await plc.read("MotionDevices/robot/Cartesian/JointPositions")
        assert value.Value.Value == pytest.approx(joints[0] * 57.29577951, abs=0.01)
        unit = await plc.read(f"{axis}/EngineeringUnits")
        assert unit.UnitId == 17476
        await asyncio.sleep(0.3)
        later = await plc.value(axis)
        assert later.SourceTimestamp > value.SourceTimestamp  # standing still, and fresh all the same
        temperature = await plc.value("MotionDevices/robot/PowerTrains/PT1/Motor/ParameterSet/MotorTemperature")
        assert temperature.StatusCode.name == "BadNotSupported"
        assert await plc.read("MotionDevices/robot/Manufacturer") == ua.LocalizedText("Universal Robots")
        pose = await plc.read("MotionDevices/robot/Cartesian/TcpPose")
        assert sum(number**2 for number in pose[3:]) == pytest.approx(1.0)

    talk(wired_cell, body, "watcher")


def test_a_motion_is_submitted_watched_and_cancelled(wired_cell: ServedCell) -> None:
    async def body(plc: Session) -> None:
        with pytest.raises(ua.UaStatusCodeError) as refused:
            await plc.call("Services/Commands/robot/MoveHome", 0.0)
        assert refused.value.code == ua.StatusCodes.BadResourceUnavailable
        await plc.control()
        assert await plc.read("Services/Ownership/Owner") == "plc"
        assert (await plc.do("robot", "MoveHome", 0.0))["state"] == 5
        joints = await plc.read("MotionDevices/robot/Cartesian/JointPositions")
        joints[0] += 1.0
        operation = await plc.submit("robot", "MoveJoints", joints, 0.05)
        await plc.until(f"Services/Operations/{operation}/State", lambda value: value.Value.Value == 2)
        await plc.until(f"Services/Operations/{operation}/Progress", lambda value: (value.Value.Value or 0.0) > 0.0)
        assert await plc.read("Services/Commands/robot/ActiveOperationId") == operation
        assert await plc.call(f"Services/Operations/{operation}/Cancel") == [0, ""]
        ended = await plc.ended(operation)
        assert (ended["state"], ended["Reason"]) == (7, "cancelled by plc")
        state, _, failure, *_ = await plc.call("Services/GetOperation", operation)
        assert (state, failure) == (7, "Cancelled")
        await plc.call("Services/Ownership/ReleaseControl")

    talk(wired_cell, body)


def test_arguments_are_refused_with_their_place(wired_cell: ServedCell) -> None:
    async def body(plc: Session) -> None:
        await plc.control()
        node = plc.id("Services/Commands/robot/MoveJoints")
        parent = plc.id("Services/Commands/robot")

        async def results(*arguments: ua.Variant) -> tuple[str, list[str]]:
            request = ua.CallMethodRequest(parent, node, list(arguments))
            [result] = await plc.client.uaclient.call([request])
            return result.StatusCode.name, [status.name for status in result.InputArgumentResults or []]

        double = ua.VariantType.Double
        joints, speed = ua.Variant([0.0] * 6, double), ua.Variant(0.5, double)
        assert (await results(joints))[0] == "BadArgumentsMissing"
        assert (await results(joints, speed, speed))[0] == "BadTooManyArguments"
        assert await results(ua.Variant("home"), speed) == ("BadInvalidArgument", ["BadTypeMismatch", "Good"])
        assert await results(ua.Variant(0.0, double), speed) == ("BadInvalidArgument", ["BadTypeMismatch", "Good"])
        assert await results(ua.Variant([0.0] * 5, double), speed) == ("BadInvalidArgument", ["BadOutOfRange", "Good"])
        nan = ua.Variant([float("nan")] * 6, double)
        assert await results(nan, speed) == ("BadInvalidArgument", ["BadOutOfRange", "Good"])
        assert await results(joints, ua.Variant(2.0, double)) == ("BadInvalidArgument", ["Good", "BadOutOfRange"])
        await plc.call("Services/Ownership/ReleaseControl")

    talk(wired_cell, body)


def test_results_outlive_the_session_that_asked(wired_cell: ServedCell) -> None:
    found: list[str] = []

    async def submit(plc: Session) -> None:
        await plc.control()
        found.append(await plc.submit("vision", "Locate", "part"))
        await plc.ended(found[0])

    async def fetch(watcher: Session) -> None:
        result = json.loads(await watcher.read(f"Services/Operations/{found[0]}/Result"))
        assert len(result["names"]) == 2
        assert len(await watcher.read(f"Services/Operations/{found[0]}/ResultValues")) == 14
        assert await watcher.read("Services/Ownership/Owner") == ""  # it left with its session

    talk(wired_cell, submit)
    talk(wired_cell, fetch, "watcher")


def test_the_override_is_written_by_the_owner(wired_cell: ServedCell) -> None:
    async def body(plc: Session) -> None:
        override = plc.client.get_node(plc.id("MotionDevices/robot/ParameterSet/SpeedOverride"))
        with pytest.raises(ua.UaStatusCodeError):
            await override.write_value(50.0, ua.VariantType.Double)
        await plc.control()
        await override.write_value(50.0, ua.VariantType.Double)
        await plc.until(
            "MotionDevices/robot/ParameterSet/SpeedOverride", lambda value: abs(value.Value.Value - 50.0) < 1.0
        )
        with pytest.raises(ua.UaStatusCodeError):
            await override.write_value(150.0, ua.VariantType.Double)
        await override.write_value(100.0, ua.VariantType.Double)
        await plc.call("Services/Ownership/ReleaseControl")

    talk(wired_cell, body)


def test_two_clients_one_owner_and_a_stop_for_everybody(wired_cell: ServedCell) -> None:
    async def main() -> None:
        async with session(wired_cell, "plc") as plc, session(wired_cell, "mes") as mes:
            await plc.control()
            with pytest.raises(ua.UaStatusCodeError):
                await mes.call("Services/Ownership/RequestControl", 10.0)
            joints = await plc.read("MotionDevices/robot/Cartesian/JointPositions")
            joints[0] += 1.0
            operation = await plc.submit("robot", "MoveJoints", joints, 0.05)
            await plc.until(f"Services/Operations/{operation}/State", lambda value: value.Value.Value == 2)
            with pytest.raises(ua.UaStatusCodeError):
                await mes.call("Services/Commands/robot/MoveHome", 0.0)
            assert await mes.call("Services/Stop") == [0, ""]
            ended = await plc.ended(operation)
            assert (ended["state"], ended["Reason"]) == (7, "stopped by mes")
            async with session(wired_cell, "boss") as boss:
                assert await boss.call("Services/Ownership/BreakControl") == [0, ""]
            assert await mes.read("Services/Ownership/Owner") == ""

    asyncio.run(main())


def test_the_standards_task_runs_the_program(wired_cell: ServedCell) -> None:
    async def body(plc: Session) -> None:
        await plc.control(600.0)
        task = "Controllers/robot/TaskControls/Main/TaskControlOperation/TaskControlStateMachine"
        system = "Controllers/robot/SystemOperation/SystemOperationStateMachine"
        assert await plc.read(f"{task}/CurrentState") == ua.LocalizedText("Idle")
        assert await plc.call(f"{task}/Start") == 1  # nothing is loaded: wrong state
        assert await plc.call(f"{task}/LoadByName", "pick_and_place") == 0
        await plc.until(f"{task}/CurrentState", lambda value: value.Value.Value.Text == "Ready")
        good = await plc.read("Services/Production/PartsGood")
        assert await plc.call(f"{task}/Start") == 0
        await plc.until(f"{system}/CurrentState", lambda value: value.Value.Value.Text == "Executing")
        assert await plc.call(f"{task}/Stop", 5) == 0
        ready = f"{task}/ReadySubstateMachine/CurrentState"
        await plc.until(ready, lambda value: value.Value is not None and value.Value.Value is not None)
        assert await plc.read(ready) == ua.LocalizedText("Suspended")
        assert await plc.call(f"{task}/Start") == 0
        await plc.until("Services/Production/PartsGood", lambda value: value.Value.Value == good + 2)
        await plc.until(f"{task}/CurrentState", lambda value: value.Value.Value.Text == "Ready")
        assert await plc.call(f"{task}/UnloadProgram") == 0
        await plc.call("Services/Ownership/ReleaseControl")

    talk(wired_cell, body)


def test_the_line_sees_a_packml_unit(wired_cell: ServedCell) -> None:
    async def body(plc: Session) -> None:
        await plc.control(600.0)
        machine = "PackML/BaseStateMachine/MachineState"
        execute = f"{machine}/ExecuteState"

        async def reaches(path: str, state: str) -> None:
            def wanted(value: ua.DataValue) -> bool:
                return value.Value is not None and value.Value.Value == ua.LocalizedText(state)

            await plc.until(f"{path}/CurrentState", wanted)

        assert await plc.read(f"{machine}/CurrentState") == ua.LocalizedText("Stopped")
        await plc.call(f"{machine}/Reset")
        await reaches(execute, "Idle")
        start = plc.client.get_node(plc.id(f"{execute}/Start"))
        none = ua.Variant([], ua.VariantType.ExtensionObject, is_array=True)
        await plc.client.get_node(plc.id(execute)).call_method(start.nodeid, none)
        await reaches(execute, "Execute")
        await plc.call(f"{execute}/Hold")
        await reaches(execute, "Held")
        await plc.call(f"{execute}/Unhold")
        await reaches(execute, "Complete")
        with pytest.raises(ua.UaStatusCodeError) as refused:
            await plc.call(f"{execute}/Hold")
        assert refused.value.code == ua.StatusCodes.BadInvalidState
        await plc.call(f"{machine}/Stop")
        await reaches(machine, "Stopped")
        await plc.call("Services/Ownership/ReleaseControl")

    talk(wired_cell, body)


def test_a_cut_link_shows_and_mends(wired_cell: ServedCell) -> None:
    async def body(plc: Session) -> None:
        await plc.control()
        joints = await plc.read("MotionDevices/robot/Cartesian/JointPositions")
        joints[0] += 1.0
        operation = await plc.submit("robot", "MoveJoints", joints, 0.02)
        assert wired_cell.switch("cut robot") == "done"
        ended = await plc.ended(operation)
        assert (ended["state"], ended["Failure"]) == (6, "ConnectionLost")
        axis = "MotionDevices/robot/Axes/A1/ParameterSet/ActualPosition"
        await plc.until(axis, lambda value: value.StatusCode.name == "BadNoCommunication")
        await plc.until("Services/Alarms/robot.link_lost/ActiveState/Id", lambda value: value.Value.Value is True)
        assert (await plc.call("Services/Commands/robot/MoveHome", 0.0))[2] == 3
        assert wired_cell.switch("restore robot") == "done"
        await plc.until(axis, lambda value: value.StatusCode.is_good())
        await plc.until("Services/Alarms/robot.link_lost/ActiveState/Id", lambda value: value.Value.Value is False)
        assert (await plc.do("robot", "MoveHome", 0.0))["state"] == 5
        await plc.call("Services/Ownership/ReleaseControl")

    talk(wired_cell, body)


def test_the_recorder_hands_out_blocks(wired_cell: ServedCell) -> None:
    async def body(watcher: Session) -> None:
        first, times, values, columns, lost = await watcher.call("Services/Recorders/robot/Read", 0, 100)
        names = await watcher.read("Services/Recorders/robot/Columns")
        assert columns == len(names) == 19
        assert len(values) == columns * len(times) > 0
        assert times == sorted(times)
        assert (first, lost) == (first, first)

    talk(wired_cell, body, "watcher")
