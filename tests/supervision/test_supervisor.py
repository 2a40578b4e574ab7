"""The request handler over a whole simulated cell: commands, ownership, program, line, alarms."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cellkit.devices import OperationalMode
from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.supervision.supervisor import SupervisionSettings
from tests.supervision.rig import MES, Served, serve


def test_a_command_is_a_job_that_is_remembered() -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=60.0)
        job = await cell.done(await cell.command("robot", "MoveHome", 0.0))
        assert job.state.name == "SUCCEEDED"
        joints = cell.supervisor.cell.arm("robot").home.tolist()
        joints[0] += 0.5
        first = await cell.command("robot", "MoveJoints", joints, 0.5)
        second = await cell.command("robot", "MoveHome", 0.5)
        assert cell.supervisor.board.get(second).state.name == "QUEUED"
        assert (await cell.done(first)).state.name == "SUCCEEDED"
        assert (await cell.done(second)).state.name == "SUCCEEDED"
        states = [m["state"] for m in cell.of_kind("job") if m["id"] == second]
        assert states[:2] == [0, 1]
        progress = [m["progress"] for m in cell.of_kind("job") if m["id"] == first and m["progress"] is not None]
        assert progress == sorted(progress)
        assert len(progress) > 3
        assert progress[-1] == 100.0

    serve(body)


def test_commands_need_ownership_and_stop_does_not() -> None:
    async def body(cell: Served) -> None:
        with pytest.raises(RequestRefused, match="no client holds command") as refused:
            await cell.command("robot", "MoveHome", 0.0)
        assert refused.value.why is RefusalCode.NOT_OWNER
        await cell.ask("request_control", lease=60.0)
        with pytest.raises(RequestRefused, match="held by plc"):
            await cell.ask("request_control", MES, lease=10.0)
        with pytest.raises(RequestRefused, match="held by plc"):
            await cell.command("robot", "MoveHome", 0.0, client=MES)
        job = await cell.command("robot", "MoveJoints", [0.0, -1.2, 1.0, -1.0, -1.0, 0.0], 0.05)
        await asyncio.sleep(0.2)
        await cell.ask("stop", MES)
        ended = await cell.done(job)
        assert (ended.state.name, ended.reason) == ("CANCELLED", "stopped by mes")
        assert not (await cell.supervisor.cell.arm("robot").state()).moving

    serve(body)


def test_a_lost_owner_stops_what_it_began() -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=2.0)
        job = await cell.command("robot", "MoveJoints", [0.0, -1.2, 1.0, -1.0, -1.0, 0.0], 0.02)
        ended = await cell.done(job)
        assert ended.state.name == "CANCELLED"
        assert "was not renewed" in ended.reason
        await cell.ask("request_control", lease=60.0)
        job = await cell.command("robot", "MoveJoints", [0.0, -1.2, 1.0, -1.0, -1.0, 0.0], 0.02)
        await cell.ask("session_closed")
        ended = await cell.done(job)
        assert ended.state.name == "CANCELLED"
        assert "ended without a release" in ended.reason

    serve(body)


def test_jobs_may_be_let_finish_when_the_owner_is_lost() -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=1.0)
        job = await cell.command("robot", "MoveJoints", [0.0, -1.2, 1.0, -1.0, -1.0, 0.0], 0.2)
        assert (await cell.done(job)).state.name == "SUCCEEDED"
        assert cell.supervisor.ownership.owner is None

    serve(body, settings=SupervisionSettings(on_owner_lost="finish"))


@pytest.mark.parametrize(
    ("device", "command", "arguments", "index", "says"),
    [
        ("robot", "MoveJoints", [[0.0] * 5, 0.0], 0, "has 6 joints, not 5"),
        ("robot", "MoveJoints", [[0.0] * 5 + [99.0], 0.0], 0, "Joints"),
        ("robot", "MoveJoints", [[0.0] * 5 + [float("nan")], 0.0], 0, "no finite number"),
        ("robot", "MoveJoints", [[0.0] * 6, 1.5], 1, "outside 0 to 1"),
        ("robot", "MoveJoints", ["home", 0.5], 0, "an array of numbers"),
        ("robot", "MoveHome", [True], 0, "a number is expected"),
        ("robot", "MoveHome", [], None, "takes 1 arguments"),
        ("robot", "MovePose", [[0.4, 0, 0.4, 0, 0, 0, 0], "base", 0.0], 0, "quaternion"),
        ("robot", "MovePose", [[0.4, 0, 0.4, 1, 0, 0, 0], "moon", 0.0], 1, "unknown frame 'moon'"),
        ("robot", "MoveLinear", [[0.4, 0, 0.4, 1, 0, 0, 0], "base", 99.0], 2, "m/s"),
        ("robot", "MovePath", [[0.4, 0, 0.4, 1, 0, 0, 0], [0.0, 0.0], "base", 0.0], 1, "radii"),
        ("hand", "Grip", ["anvil", 0.0], 0, "no workpiece 'anvil'"),
        ("hand", "MoveTo", [0.5, 0.0, 0.0], 0, "outside 0 to 0.085"),
        ("station", "SetOutput", ["tray_ready", True], 0, "no output 'tray_ready'"),
        ("station", "SetOutput", ["tray_done", 1.0], 1, "true or false"),
    ],
)
def test_arguments_are_checked_before_anything_begins(
    device: str, command: str, arguments: list[Any], index: int | None, says: str
) -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=60.0)
        with pytest.raises(RequestRefused, match=says) as refused:
            await cell.command(device, command, *arguments)
        assert (refused.value.why, refused.value.argument) == (RefusalCode.ARGUMENT, index)
        assert not cell.supervisor.board.jobs()

    serve(body)


def test_what_the_interface_refuses_fails_the_job_with_its_reason() -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=60.0)
        job = await cell.done(await cell.command("robot", "MovePose", [5.0, 0, 0.4, 1, 0, 0, 0], "base", 0.0))
        assert (job.state.name, job.failure) == ("FAILED", "Unreachable")
        assert "robot" in job.reason

    serve(body)


def test_the_operational_mode_decides() -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=60.0)
        with pytest.raises(RequestRefused, match=r"is in mode AUTOMATIC; .* AUTOMATIC_EXTERNAL") as refused:
            await cell.command("robot", "MoveHome", 0.0)
        assert refused.value.why is RefusalCode.WRONG_MODE
        with pytest.raises(RequestRefused, match="is in mode AUTOMATIC"):
            await cell.command("hand", "Grip", "", 0.0)
        with pytest.raises(RequestRefused, match="is in mode AUTOMATIC"):
            await cell.ask("run_program", name="pick_and_place")

    serve(body, settings=SupervisionSettings(modes=frozenset({OperationalMode.AUTOMATIC_EXTERNAL})))


def test_a_program_runs_suspends_resumes_and_is_repeated() -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=3600.0)
        job_id = (await cell.ask("run_program", name="pick_and_place"))["job"]
        with pytest.raises(RequestRefused, match="runs already"):
            await cell.ask("run_program", name="pick_and_place")
        job = cell.supervisor.board.get(job_id)
        await asyncio.sleep(1.0)
        await cell.ask("suspend", job=job_id)
        await cell.until(lambda: job.state.name == "SUSPENDED")
        arm = cell.supervisor.cell.arm("robot")
        before = (await arm.state()).joints.position.tolist()
        await asyncio.sleep(5.0)
        assert (await arm.state()).joints.position.tolist() == before
        await cell.ask("resume", job=job_id)
        ended = await cell.done(job_id)
        assert ended.state.name == "SUCCEEDED", ended.reason
        assert ended.result == {"parts_finished": 2.0}
        assert cell.supervisor.production.counts()["good"] == 2
        again = await cell.done((await cell.ask("run_program", name="pick_and_place"))["job"])
        assert again.state.name == "SUCCEEDED", again.reason
        assert cell.supervisor.production.counts()["good"] == 4

    serve(body)


def test_a_suspended_program_can_be_given_up() -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=3600.0)
        job_id = (await cell.ask("run_program", name="pick_and_place"))["job"]
        await asyncio.sleep(1.0)
        await cell.ask("task", do="stop", mode=5)
        await cell.until(lambda: cell.supervisor.task.suspended)
        await cell.ask("task", do="reset")
        ended = await cell.done(job_id)
        assert ended.state.name == "CANCELLED"
        assert not cell.supervisor.cell.arm("robot").held
        assert cell.supervisor.task.state.name == "READY"
        await cell.ask("task", do="unload")
        assert cell.supervisor.task.state.name == "IDLE"

    serve(body)


def test_the_line_starts_holds_and_completes() -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=3600.0)
        machine = cell.supervisor.packml_unit.machine
        await cell.ask("line", command="Reset")
        await cell.until(lambda: machine.state.name == "IDLE")
        await cell.ask("line", command="Start")
        await cell.until(lambda: machine.state.name == "EXECUTE")
        await cell.ask("line", MES, command="Hold")
        await cell.until(lambda: machine.state.name == "HELD")
        await cell.ask("line", command="Unhold")
        await cell.until(lambda: machine.state.name == "COMPLETE", 600.0)
        assert cell.supervisor.production.counts()["good"] == 2
        with pytest.raises(RequestRefused, match="Start is not allowed in COMPLETE"):
            await cell.ask("line", command="Start")
        await cell.ask("line", command="Reset")
        await cell.until(lambda: machine.state.name == "IDLE")
        await cell.ask("line", command="Start")
        await cell.until(lambda: machine.state.name == "EXECUTE")
        await asyncio.sleep(0.5)
        await cell.ask("line", MES, command="Abort")
        await cell.until(lambda: machine.state.name == "ABORTED")
        assert not cell.supervisor.board.active()
        await cell.ask("line", command="Clear")
        await cell.until(lambda: machine.state.name == "STOPPED")

    serve(body)


def test_a_stop_at_the_arm_is_an_alarm_and_ends_the_job() -> None:
    async def body(cell: Served) -> None:
        controller = cell.factory.controller("robot")
        await cell.ask("request_control", lease=3600.0)
        job_id = (await cell.ask("run_program", name="pick_and_place"))["job"]
        await asyncio.sleep(1.0)
        controller.press_emergency_stop()
        ended = await cell.done(job_id)
        assert (ended.state.name, ended.failure) == ("FAILED", "EmergencyStop")
        await cell.until(lambda: bool(cell.supervisor.alarms.active("robot")))
        assert cell.supervisor.alarms.active("robot")[0].name == "robot.emergency_stop"
        assert cell.supervisor.operations["robot"].state.name == "IDLE"
        with pytest.raises(RequestRefused, match="emergency stop") as refused:
            await cell.command("robot", "MoveHome", 0.0)
        assert refused.value.why is RefusalCode.ALARM
        controller.release_emergency_stop()
        job = await cell.done(await cell.command("robot", "Recover"))
        assert job.state.name == "SUCCEEDED", job.reason
        await cell.until(lambda: not cell.supervisor.alarms.active("robot"))
        job = await cell.done(await cell.command("robot", "MoveHome", 0.0))
        assert job.state.name == "SUCCEEDED"

    serve(body, path="wire")


def test_a_cut_line_turns_values_bad_and_comes_back_by_itself() -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=3600.0)
        job = await cell.command("robot", "MoveJoints", [0.0, -1.2, 1.0, -1.0, -1.0, 0.0], 0.02)
        await asyncio.sleep(0.5)
        lines = cell.factory.line("robot")
        lines.drop()
        ended = await cell.done(job)
        assert (ended.state.name, ended.failure) == ("FAILED", "ConnectionLost")
        await asyncio.sleep(0.2)
        newest = [m for m in cell.of_kind("readings") if m["device"] == "robot"][-1]
        assert {quality for _, quality, _ in newest["values"].values()} == {"no communication"}
        assert cell.supervisor.alarms.active("robot")[0].name == "robot.link_lost"
        [told] = cell.of_kind("alarm")
        assert (told["name"], told["active"]) == ("robot.link_lost", True)
        assert told["message"].endswith("the line was cut")
        lines.restore()
        await cell.until(lambda: not cell.supervisor.alarms.active("robot"))
        newest = [m for m in cell.of_kind("readings") if m["device"] == "robot"][-1]
        assert newest["values"]["joint_positions"][1] == "good"
        assert (await cell.done(await cell.command("robot", "MoveHome", 0.0))).state.name == "SUCCEEDED"

    serve(body, path="wire", silenceable=("robot",))


def test_standing_down_refuses_motion_until_ready_again() -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=60.0)
        await cell.ask("system", device="robot", do="stand_down")
        with pytest.raises(RequestRefused, match="stood down"):
            await cell.command("robot", "MoveHome", 0.0)
        await cell.ask("system", device="robot", do="get_ready")
        assert (await cell.done(await cell.command("robot", "MoveHome", 0.0))).state.name == "SUCCEEDED"

    serve(body)


def test_a_plc_builds_its_own_pick_from_flat_commands() -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=600.0)
        found = (await cell.done(await cell.command("vision", "Locate", "part"))).result
        assert len(found["names"]) == 2
        pose = found["poses"][:7]
        grasps = (await cell.done(await cell.command("hand", "GraspPoses", "part", pose))).result["poses"]
        best = (await cell.done(await cell.command("robot", "Nearest", grasps, "world"))).result
        assert grasps[7 * int(best["index"]) :][:7] == pytest.approx(best["pose"])

    serve(body)


def test_an_emergency_stop_aborts_the_unit_and_clear_recovers_it() -> None:
    async def body(cell: Served) -> None:
        controller, machine = cell.factory.controller("robot"), cell.supervisor.packml_unit.machine
        await cell.ask("request_control", lease=3600.0)
        await cell.ask("line", command="Reset")
        await cell.until(lambda: machine.state.name == "IDLE")
        await cell.ask("line", command="Start")
        await cell.until(lambda: machine.state.name == "EXECUTE")
        await asyncio.sleep(0.5)
        controller.press_emergency_stop()
        await cell.until(lambda: machine.state.name == "ABORTED")
        await cell.ask("line", command="Clear")
        await cell.until(lambda: machine.state.name in ("ABORTED", "ABORTING"))
        controller.release_emergency_stop()
        await cell.until(lambda: machine.state.name == "ABORTED")
        await cell.ask("line", command="Clear")
        await cell.until(lambda: machine.state.name == "STOPPED")

    serve(body, path="wire")


def test_the_line_sees_a_program_that_somebody_else_started() -> None:
    async def body(cell: Served) -> None:
        machine = cell.supervisor.packml_unit.machine
        await cell.ask("request_control", lease=3600.0)
        await cell.ask("line", command="Reset")
        await cell.until(lambda: machine.state.name == "IDLE")
        job = (await cell.ask("run_program", name="pick_and_place"))["job"]
        await cell.until(lambda: machine.state.name == "EXECUTE")
        await cell.done(job)
        await cell.until(lambda: machine.state.name == "COMPLETE")

    serve(body)


@pytest.mark.parametrize(
    "scenario", ["pick_and_place", "feeder_pick", pytest.param("machine_tending", marks=pytest.mark.long)]
)
def test_one_order_after_the_other(scenario: str) -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=3600.0)
        for orders in (1, 2):
            job = await cell.done((await cell.ask("run_program", name=scenario))["job"])
            assert job.state.name == "SUCCEEDED", job.reason
            assert cell.supervisor.production.counts()["good"] == 2 * orders
            assert cell.supervisor.production.counts()["orders"] == orders

    serve(body, scenario=scenario)
