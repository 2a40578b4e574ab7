"""Jogging by the rules of outsiders: slow, held alive, and ended by release, silence, stop or the end of the way."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import numpy as np
import pytest

from cellkit.supervision.jobs import Job, JobState
from cellkit.supervision.jog import FASTEST, SILENCE
from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.timing import now
from tests.supervision.rig import MES, PLC, Served, serve

ASKED: dict[str, Any] = {"device": "robot", "axis": "1", "direction": 1, "frame": "base", "speed": 1.0, "step": 0.0}


class Jogged:
    """An arm that is jogged, as it is seen from the world."""

    def __init__(self, cell: Served) -> None:
        self.cell = cell
        self.arm = cell.supervisor.cell.arm("robot")
        self.plant = cell.supervisor.built.plants["robot"].arm
        self.fastest = 0.0

    def joints(self) -> Any:
        return self.plant.state().position

    def tcp(self) -> Any:
        return self.arm.kinematics.forward(self.joints()) @ self.arm.tool.tcp.matrix

    async def begin(self, **asked: Any) -> Job:
        answer = await self.cell.ask("jog", **(ASKED | asked))
        return self.cell.supervisor.board.get(answer["job"])

    async def hold(self, job: Job, seconds: float) -> None:
        """Give signs of life for so long, and watch the TCP."""
        end, beat, before, at = now() + seconds, now(), self.tcp()[:3, 3], now()
        while now() < end and not job.state.ended:
            if now() >= beat:
                beat += 0.1
                await self.cell.ask("jog_alive", job=job.id)
            await asyncio.sleep(0.01)
            place, moment = self.tcp()[:3, 3], now()
            self.fastest = max(self.fastest, float(np.linalg.norm(place - before)) / (moment - at))
            before, at = place, moment

    async def whole(self, **asked: Any) -> Job:
        """Hold it until it ends by itself."""
        job = await self.begin(**asked)
        await self.hold(job, 60.0)
        assert job.state is JobState.SUCCEEDED, job.reason
        return job


async def ready(cell: Served) -> Jogged:
    await cell.ask("request_control", lease=600.0)
    return Jogged(cell)


def test_it_moves_while_it_is_held_and_stops_when_it_is_released() -> None:
    async def body(cell: Served) -> None:
        jogged = await ready(cell)
        start = jogged.joints().copy()
        job = await jogged.begin(axis="1", direction=-1)
        await jogged.hold(job, 0.8)
        assert not job.state.ended
        await cell.ask("jog_end", job=job.id)
        await cell.done(job.id)
        assert job.state is JobState.CANCELLED
        assert job.reason == "the button was released"
        moved = jogged.joints() - start
        assert moved[0] < -0.1
        assert np.abs(moved[1:]).max() < 1e-6
        assert 0.9 * FASTEST < jogged.fastest < 1.001 * FASTEST
        standing = jogged.joints().copy()
        await asyncio.sleep(0.5)
        assert np.array_equal(standing, jogged.joints())

    serve(body)


def test_silence_ends_it_within_three_tenths_of_a_second() -> None:
    async def body(cell: Served) -> None:
        jogged = await ready(cell)
        job = await jogged.begin(axis="x", direction=-1)
        await jogged.hold(job, 0.45)
        last = now()  # the last sign of life came at most 0.1 s before
        await cell.done(job.id)
        assert "sent no request for 0.3 s" in job.reason
        assert SILENCE - 0.11 < now() - last < SILENCE + 0.35, "silence, then the time that it takes to brake"

    serve(body)


@pytest.mark.parametrize(
    ("axis", "frame", "step"),
    [("x", "base", 0.05), ("z", "tcp", 0.01), ("y", "world", 0.05), ("rz", "tcp", math.radians(5)), ("4", "base", 0.1)],
)
def test_a_step_is_as_long_as_it_says_and_along_the_axis_of_its_frame(axis: str, frame: str, step: float) -> None:
    async def body(cell: Served) -> None:
        jogged = await ready(cell)
        base = cell.supervisor.built.plan.layout.frame("robot").matrix
        before, joints = jogged.tcp(), jogged.joints().copy()
        await jogged.whole(axis=axis, frame=frame, step=step)
        after = jogged.tcp()
        if axis == "4":
            assert jogged.joints()[3] - joints[3] == pytest.approx(step, abs=1e-4)
            return
        turn = {"base": np.eye(3), "tcp": before[:3, :3], "world": base[:3, :3].T}[frame]
        along = turn[:, "xyz".index(axis[-1])]
        if axis.startswith("r"):
            found = after[:3, :3] @ before[:3, :3].T
            angle = math.acos((np.trace(found) - 1.0) / 2.0)
            spin = np.array([found[2, 1] - found[1, 2], found[0, 2] - found[2, 0], found[1, 0] - found[0, 1]])
            assert angle == pytest.approx(step, abs=1e-4)
            assert spin / (2.0 * math.sin(angle)) == pytest.approx(along, abs=1e-3)
            assert after[:3, 3] == pytest.approx(before[:3, 3], abs=1e-4)
        else:
            assert after[:3, 3] - before[:3, 3] == pytest.approx(step * along, abs=1e-4)
            assert after[:3, :3] == pytest.approx(before[:3, :3], abs=1e-4)

    serve(body)


def test_it_ends_before_the_reach_does_and_says_when_there_is_no_way_left() -> None:
    async def body(cell: Served) -> None:
        jogged = await ready(cell)
        for _ in range(6):
            job = await jogged.begin(axis="x", direction=1)
            await jogged.hold(job, 60.0)
            if job.state is JobState.FAILED:
                break
        assert job.state is JobState.FAILED
        assert "the arm cannot move further to +x" in job.reason
        assert jogged.arm.limits.violation(jogged.joints()) is None
        assert jogged.fastest < 1.001 * FASTEST
        await jogged.whole(axis="x", direction=-1, step=0.05)  # back is possible

    serve(body)


def test_the_elbow_is_not_faster_than_the_tcp_may_be() -> None:
    async def body(cell: Served) -> None:
        jogged = await ready(cell)
        folded = np.radians([0.0, -160.0, 150.0, -80.0, -90.0, 0.0])  # TCP near the first axis, elbow far out
        await cell.done(await cell.command("robot", "MoveJoints", folded.tolist(), 0.0))
        await jogged.whole(axis="1", direction=1, step=0.3)
        frames = jogged.arm.kinematics.joint_frames(jogged.joints())
        radii = [math.hypot(*frame[:2, 3]) for frame in frames]
        tcp = math.hypot(*jogged.tcp()[:2, 3])
        assert max(radii) > tcp, "else this posture shows nothing"
        assert jogged.fastest < 1.001 * FASTEST * tcp / max(radii)

    serve(body)


def test_others_cannot_jog_keep_alive_or_release() -> None:
    async def body(cell: Served) -> None:
        jogged = await ready(cell)
        with pytest.raises(RequestRefused, match="command is held by plc"):
            await cell.ask("jog", client=MES, **ASKED)
        job = await jogged.begin()
        for request in ("jog_alive", "jog_end"):
            with pytest.raises(RequestRefused, match="no jog of this session"):
                await cell.ask(request, client=MES, job=job.id)
        with pytest.raises(RequestRefused, match="robot is busy with Jog") as busy:
            await jogged.begin()
        assert busy.value.why is RefusalCode.WRONG_STATE
        await cell.ask("stop", client=MES, device="")
        await cell.done(job.id)
        assert job.reason == "stopped by mes"
        await cell.ask("jog_alive", job=job.id)  # the button may still be down; that is no mistake

    serve(body)


def test_command_that_is_lost_ends_the_jog() -> None:
    async def body(cell: Served) -> None:
        jogged = await ready(cell)
        job = await jogged.begin()
        await cell.ask("session_closed", client=PLC)
        await cell.done(job.id)
        assert job.reason == "the session of plc ended without a release"

    serve(body)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"axis": "7"}, "unknown axis '7'; known: 1, 2, 3, 4, 5, 6, x, y, z, rx, ry, rz"),
        ({"frame": "flange"}, "frame 'flange'"),
        ({"direction": 0}, "direction 0"),
        ({"speed": 1.5}, r"speed 1.5: it must be a number from 0.01 to 1"),
        ({"speed": math.nan}, "speed nan"),
        ({"axis": "x", "step": 0.6}, r"step 0.6: it must be a number from 0 to 0.5 m"),
        ({"device": "gripper"}, "no arm 'gripper'"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any], says: str) -> None:
    async def body(cell: Served) -> None:
        await cell.ask("request_control", lease=60.0)
        with pytest.raises(RequestRefused, match=says):
            await cell.ask("jog", **(ASKED | wrong))
        assert not cell.supervisor.board.active()

    serve(body)


def test_an_alarm_is_acknowledged_once_until_it_comes_again() -> None:
    async def body(cell: Served) -> None:
        kernel = cell.factory.kernel("robot")
        alarm = next(one for one in cell.supervisor.alarms.alarms.values() if one.name == "robot.protective_stop")
        with pytest.raises(RequestRefused, match="acknowledged already"):
            await cell.ask("acknowledge", alarm=alarm.name)
        kernel.protective_stop("a hand")
        await cell.until(lambda: alarm.active)
        assert not alarm.acknowledged
        await cell.ask("acknowledge", client=MES, alarm=alarm.name)
        assert (alarm.active, alarm.acknowledged, alarm.by) == (True, True, "mes")
        assert cell.of_kind("alarm")[-1]["by"] == "mes"
        with pytest.raises(RequestRefused, match="acknowledged already by mes"):
            await cell.ask("acknowledge", alarm=alarm.name)
        with pytest.raises(RequestRefused, match=r"no alarm 'robot\.tired'"):
            await cell.ask("acknowledge", alarm="robot.tired")

    serve(body)
