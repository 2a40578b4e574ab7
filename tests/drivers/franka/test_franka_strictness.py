"""What the virtual controller does with a client that is right, and with clients that are wrong."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace

import numpy as np
import pytest
from cellkit_franka.protocol.errors import names
from cellkit_franka.protocol.framing import Frame
from cellkit_franka.protocol.robot import (
    Command,
    Connect,
    Controller,
    Generator,
    Move,
    MoveStatus,
    Plain,
    RecoveryStatus,
    SetterStatus,
    Setting,
    StopStatus,
)
from cellkit_franka.protocol.state import RobotCommand, RobotMode, RobotState
from cellkit_franka.virtual import VirtualFranka
from franka_client import Client, joints, play

from cellkit.devices import OperationalMode

IDENTITY = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
RECOVER = Plain(Command.AUTOMATIC_ERROR_RECOVERY)
STOP = Plain(Command.STOP_MOVE)


def hold(state: RobotState) -> RobotCommand:
    """The joints stay where they are to be."""
    return RobotCommand(state.message_id, q=state.numbers["q_d"])


def wave(seconds: float, by: float, joint: int = 3) -> tuple[list[tuple[float, ...]], object]:
    """Half a cosine from the first state on, finished at its end; what was commanded, and the answer to a state."""
    sent: list[tuple[float, ...]] = []
    begin: list[RobotState] = []

    def answer(state: RobotState) -> RobotCommand:
        begin.append(state) if not begin else None
        t = (state.message_id - begin[0].message_id) * 1e-3
        q = joints(begin[0].numbers["q_d"], by * 0.5 * (1.0 - math.cos(math.pi * min(t / seconds, 1.0))), joint)
        sent.append(q)
        return RobotCommand(state.message_id, q=q, motion_finished=t >= seconds)

    return sent, answer


# --- a motion as it should be ----------------------------------------------------------------------


def test_the_life_of_a_motion() -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        sent, answer = wave(0.5, 0.05)
        move = await client.start(answer=answer)  # type: ignore[arg-type]
        assert client.statuses(move) == [MoveStatus.MOTION_STARTED]
        await asyncio.sleep(0.2)
        state = client.state
        assert (state.mode, state.generator, state.controller) == (RobotMode.MOVE, 1, 0)
        # What was commanded a cycle ago is echoed, every bit that a 32-bit float has.
        assert state.numbers["q_d"] == tuple(float(np.float32(value)) for value in sent[-2])
        assert state.success_rate == 1.0
        await asyncio.sleep(0.4)
        state = client.state
        assert client.statuses(move) == [MoveStatus.MOTION_STARTED, MoveStatus.SUCCESS]
        assert (state.mode, state.generator, state.controller) == (RobotMode.IDLE, 0, 3)
        assert state.numbers["q"] == pytest.approx(sent[-1], abs=1e-6)
        numbers = [one.message_id for one in client.states]
        assert numbers == list(range(1, len(numbers) + 1)), "a state every millisecond, numbered from 1"

    play(test)


def test_the_final_reply_comes_after_the_idle_state() -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        _, answer = wave(0.1, 0.001)
        move = await client.start(answer=answer)  # type: ignore[arg-type]
        for _ in range(10_000):
            await asyncio.sleep(0.0001)
            if len(client.statuses(move)) == 2:
                break
        assert client.state.generator == Generator.IDLE

    play(test)


@pytest.mark.parametrize("controller", [Controller.JOINT_IMPEDANCE, Controller.CARTESIAN_IMPEDANCE])
def test_joint_velocities_are_integrated(controller: Controller) -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        def answer(state: RobotState) -> RobotCommand:
            answer.count += 1  # type: ignore[attr-defined]
            t = min(answer.count * 1e-3 / 0.4, 1.0)  # type: ignore[attr-defined]
            speed = 0.1 * math.sin(math.pi * t) ** 2
            return RobotCommand(state.message_id, dq=joints((0.0,) * 7, speed, 6), motion_finished=t >= 1.0)

        answer.count = 0  # type: ignore[attr-defined]
        move = await client.start(Generator.JOINT_VELOCITY, controller, answer)
        await asyncio.sleep(0.5)
        assert client.statuses(move)[-1] == MoveStatus.SUCCESS
        assert client.state.numbers["q"][6] == pytest.approx(0.02, abs=1e-4)

    play(test)


@pytest.mark.parametrize("velocity", [False, True])
def test_the_end_effector_goes_where_it_is_commanded(velocity: bool) -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        begin: list[RobotState] = []

        def answer(state: RobotState) -> RobotCommand:
            begin.append(state)
            t = min((state.message_id - begin[0].message_id) * 1e-3 / 0.5, 1.0)
            command = RobotCommand(state.message_id, motion_finished=t >= 1.0)
            if velocity:
                return replace(command, twist=(0.0, 0.0, 0.1 * math.sin(math.pi * t) ** 2, 0.0, 0.0, 0.0))
            pose = list(begin[0].numbers["O_T_EE_c"])
            pose[14] += 0.025 * 0.5 * (1.0 - math.cos(math.pi * t))
            return replace(command, pose=tuple(pose))

        generator = Generator.CARTESIAN_VELOCITY if velocity else Generator.CARTESIAN_POSITION
        start = client.state.numbers["O_T_EE"]
        move = await client.start(generator, answer=answer)
        await asyncio.sleep(0.7)
        assert client.statuses(move)[-1] == MoveStatus.SUCCESS
        end = client.state.numbers["O_T_EE"]
        assert end[14] - start[14] == pytest.approx(0.025, abs=2e-5)
        assert end[:14] == pytest.approx(start[:14], abs=2e-5)
        assert client.state.numbers["elbow"][0] == pytest.approx(0.0, abs=1e-5), "the elbow stays"

    play(test)


def test_torques_are_shown_and_the_arm_stands() -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        def answer(state: RobotState) -> RobotCommand:
            return RobotCommand(state.message_id, torques=(0.5,) * 7, torques_finished=state.message_id > 100)

        move = await client.start(Generator.NONE, Controller.EXTERNAL, answer)
        await asyncio.sleep(0.05)
        assert (client.state.generator, client.state.controller) == (Generator.NONE, Controller.EXTERNAL)
        assert client.state.numbers["tau_J_d"] == (0.5,) * 7
        await asyncio.sleep(0.1)
        assert client.statuses(move)[-1] == MoveStatus.SUCCESS

    play(test)


# --- wrong commands in a motion ----------------------------------------------------------------------


def fails(move: MoveStatus, *errors: str, answer: object, generator: Generator = Generator.JOINT_POSITION,
          controller: Controller = Controller.JOINT_IMPEDANCE, wait: float = 0.3) -> None:  # fmt: skip
    """A Move that must end with a status and error flags, and be cleared by the automatic recovery."""

    async def test(virtual: VirtualFranka, client: Client) -> None:
        command_id = await client.start(generator, controller, answer)  # type: ignore[arg-type]
        await asyncio.sleep(wait)
        assert client.statuses(command_id) == [MoveStatus.MOTION_STARTED, move]
        assert names(client.state.errors) == errors
        assert names(client.state.reflex_reason) == errors
        assert client.state.generator == Generator.IDLE
        if errors:
            assert client.state.mode == RobotMode.REFLEX
            assert await client.ask(Move(0, 1)) == MoveStatus.NOT_POSSIBLE
            await asyncio.sleep(1.0)
            assert await client.ask(RECOVER, 0.2) == RecoveryStatus.SUCCESS
        assert client.state.mode == RobotMode.IDLE
        assert names(client.state.errors) == ()

    play(test)


def after(count: int, wrong: object) -> object:
    """Hold for ``count`` cycles, then answer as ``wrong`` does."""

    def answer(state: RobotState) -> RobotCommand | None:
        answer.count += 1  # type: ignore[attr-defined]
        return hold(state) if answer.count <= count else wrong(state)  # type: ignore[attr-defined,operator]

    answer.count = 0  # type: ignore[attr-defined]
    return answer


def test_a_start_elsewhere_is_refused() -> None:
    def wrong(state: RobotState) -> RobotCommand:
        return RobotCommand(state.message_id, q=joints(state.numbers["q_d"], 0.01))

    fails(MoveStatus.REFLEX_ABORTED, "joint_position_motion_generator_start_pose_invalid", answer=wrong)


@pytest.mark.parametrize(
    ("jump", "error"),
    [
        (1e-2, "joint_motion_generator_velocity_limits_violation"),
        (1e-4, "joint_motion_generator_velocity_discontinuity"),
        (7e-6, "joint_motion_generator_acceleration_discontinuity"),
    ],
)
def test_a_jump_is_told_by_what_it_breaks(jump: float, error: str) -> None:
    def wrong(state: RobotState) -> RobotCommand:
        return RobotCommand(state.message_id, q=joints(state.numbers["q_d"], jump))

    fails(MoveStatus.REFLEX_ABORTED, error, answer=after(10, wrong))


def test_a_joint_beyond_its_limit() -> None:
    def wrong(state: RobotState) -> RobotCommand:
        return RobotCommand(state.message_id, q=joints(state.numbers["q_d"], 3.5, 6))

    fails(MoveStatus.REFLEX_ABORTED, "joint_motion_generator_position_limits_violation", answer=after(3, wrong))


def test_near_its_end_a_joint_must_be_slow() -> None:
    """The same speed is allowed in the middle and refused near the end of joint 4."""
    _, answer = wave(0.6, -0.42)

    fails(MoveStatus.REFLEX_ABORTED, "joint_motion_generator_velocity_limits_violation", answer=answer, wait=2.0)


def test_twenty_cycles_without_a_command() -> None:
    fails(MoveStatus.REFLEX_ABORTED, "communication_constraints_violation", answer=after(10, lambda _: None))


def test_nineteen_lost_cycles_are_borne() -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        def answer(state: RobotState) -> RobotCommand | None:
            return None if 200 <= state.message_id < 219 else hold(state)

        move = await client.start(answer=answer)
        await asyncio.sleep(0.3)
        assert client.statuses(move) == [MoveStatus.MOTION_STARTED]
        rates = [state.success_rate for state in client.states if state.generator]
        assert min(rates[110:]) == pytest.approx(0.81, abs=0.011)

    play(test)


@pytest.mark.parametrize("offset", [1, 1000, -50])
def test_commands_with_a_wrong_number_count_as_lost(offset: int) -> None:
    def wrong(state: RobotState) -> RobotCommand:
        return replace(hold(state), message_id=max(0, state.message_id + offset))

    fails(MoveStatus.REFLEX_ABORTED, "communication_constraints_violation", answer=after(60, wrong))


def test_a_motion_must_not_end_at_speed() -> None:
    sent, answer = wave(0.5, 0.2)

    def wrong(state: RobotState) -> RobotCommand:
        command: RobotCommand = answer(state)  # type: ignore[operator]
        return replace(command, motion_finished=len(sent) > 250)

    fails(MoveStatus.REFLEX_ABORTED, "joint_motion_generator_velocity_discontinuity", answer=wrong, wait=0.6)


def test_a_number_that_is_none_is_an_input_error() -> None:
    def wrong(state: RobotState) -> RobotCommand:
        return RobotCommand(state.message_id, q=(math.nan,) * 7)

    fails(MoveStatus.INPUT_ERROR_ABORTED, answer=after(5, wrong))


@pytest.mark.parametrize(
    ("torque", "error"), [(5.0, "controller_torque_discontinuity"), (500.0, "tau_j_range_violation")]
)
def test_wrong_torques(torque: float, error: str) -> None:
    def wrong(state: RobotState) -> RobotCommand:
        return RobotCommand(state.message_id, torques=(torque,) * 7)

    fails(MoveStatus.REFLEX_ABORTED, error, answer=wrong, generator=Generator.NONE, controller=Controller.EXTERNAL)


@pytest.mark.parametrize(
    ("pose", "error"),
    [
        ((2.0,) * 16, "cartesian_position_motion_generator_invalid_frame"),
        ((*IDENTITY[:12], 0.5, 0.5, 0.5, 1.0), "cartesian_position_motion_generator_start_pose_invalid"),
    ],
)
def test_wrong_poses(pose: tuple[float, ...], error: str) -> None:
    def wrong(state: RobotState) -> RobotCommand:
        return RobotCommand(state.message_id, pose=pose)

    fails(MoveStatus.REFLEX_ABORTED, error, answer=wrong, generator=Generator.CARTESIAN_POSITION)


def test_datagrams_that_are_no_commands_count_as_lost() -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        move = await client.start(answer=hold)
        await asyncio.sleep(0.05)
        client.answer = lambda _: None
        await asyncio.sleep(0.05)
        assert client.statuses(move)[-1] == MoveStatus.REFLEX_ABORTED

    play(test)


# --- wrong requests ----------------------------------------------------------------------


TENSOR = (
    0.1,
    0.01,
    0.0,
    0.01,
    0.2,
    0.0,
    0.0,
    0.0,
    0.3,
)  # symmetric; the variants below have a negative moment, or are not


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (Move(7, 1), MoveStatus.INVALID_ARGUMENT),
        (Move(0, 9), MoveStatus.INVALID_ARGUMENT),
        (Move(0, 5), MoveStatus.INVALID_ARGUMENT),
        (Move(0, 1, path_deviation=(-1.0, 0.0, 0.0)), MoveStatus.INVALID_ARGUMENT),
        (Move(0, 1, asynchronous=True), MoveStatus.NOT_POSSIBLE),
        (Setting(Command.SET_NE_TO_EE, (1.0,) * 16), SetterStatus.INVALID_ARGUMENT),
        (Setting(Command.SET_EE_TO_K, (math.nan,) * 16), SetterStatus.INVALID_ARGUMENT),
        (Setting(Command.SET_LOAD, (-1.0, *(0.0,) * 12)), SetterStatus.INVALID_ARGUMENT),
        (Setting(Command.SET_LOAD, (50.0, *(0.0,) * 12)), SetterStatus.INVALID_ARGUMENT),
        (Setting(Command.SET_LOAD, (1.0, 0.0, 0.0, 0.0, *TENSOR)), SetterStatus.SUCCESS),
        (Setting(Command.SET_LOAD, (1.0, 0.0, 0.0, 0.0, *TENSOR[:8], -TENSOR[8])), SetterStatus.INVALID_ARGUMENT),
        (
            Setting(Command.SET_LOAD, (1.0, 0.0, 0.0, 0.0, 0.1, 0.0, 0.0, 0.01, *TENSOR[4:])),
            SetterStatus.INVALID_ARGUMENT,
        ),
        (Setting(Command.SET_COLLISION_BEHAVIOR, (0.0,) * 52), SetterStatus.INVALID_ARGUMENT),
        (Setting(Command.SET_JOINT_IMPEDANCE, (1e9,) * 7), SetterStatus.INVALID_ARGUMENT),
        (Setting(Command.SET_CARTESIAN_IMPEDANCE, (1.0,) * 6), SetterStatus.INVALID_ARGUMENT),
        (Setting(Command.SET_CARTESIAN_IMPEDANCE, (100.0, 100.0, 100.0, 10.0, 10.0, 10.0)), SetterStatus.SUCCESS),
        (Setting(Command.SET_GUIDING_MODE, (True,) * 7), SetterStatus.SUCCESS),
        (RECOVER, RecoveryStatus.SUCCESS),
        (STOP, StopStatus.SUCCESS),
    ],
)
def test_requests_get_the_status_of_the_facts(request_: Move | Setting | Plain, status: int) -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        assert await client.ask(request_) == status

    play(test)


def test_nothing_else_is_taken_while_a_motion_runs() -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        move = await client.start(answer=hold)
        assert await client.ask(Move(0, 1)) == MoveStatus.NOT_POSSIBLE
        assert await client.ask(Setting(Command.SET_NE_TO_EE, IDENTITY)) == SetterStatus.NOT_POSSIBLE
        assert await client.ask(RECOVER) == RecoveryStatus.SUCCESS
        assert client.statuses(move) == [MoveStatus.MOTION_STARTED]
        assert await client.ask(STOP) == StopStatus.SUCCESS
        assert client.statuses(move) == [MoveStatus.MOTION_STARTED, MoveStatus.PREEMPTED]

    play(test)


def test_a_user_stop_ends_the_motion_and_refuses_all_others() -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        move = await client.start(answer=hold)
        await asyncio.sleep(0.05)
        virtual.press_emergency_stop()
        await asyncio.sleep(0.05)
        assert client.statuses(move)[-1] == MoveStatus.EMERGENCY_ABORTED
        assert client.state.mode == RobotMode.USER_STOPPED
        assert await client.ask(Move(0, 1)) == MoveStatus.NOT_POSSIBLE
        assert await client.ask(STOP) == StopStatus.EMERGENCY_ABORTED
        assert await client.ask(RECOVER, 0.05) == RecoveryStatus.EMERGENCY_ABORTED
        virtual.release_emergency_stop()
        await asyncio.sleep(0.05)
        assert client.state.mode == RobotMode.IDLE

    play(test)


def test_manual_mode_is_shown_as_guiding_and_ends_the_motion() -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        move = await client.start(answer=hold)
        await asyncio.sleep(0.05)
        await virtual.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
        await asyncio.sleep(0.05)
        assert client.statuses(move)[-1] == MoveStatus.PREEMPTED_BY_SAFETY
        assert client.state.mode == RobotMode.GUIDING
        assert await client.ask(Move(0, 1)) == MoveStatus.NOT_POSSIBLE

    play(test)


@pytest.mark.parametrize(
    "frame",
    [Frame(99, 0, b""), Frame(1, 0, bytes(5)), Frame(2, 0, b"x"), Frame(9, 0, b"")],
    ids=["unknown command", "short Move", "StopMove with payload", "empty SetLoad"],
)
def test_what_is_no_request_ends_the_connection(frame: Frame) -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        client.send_frame(frame)
        await asyncio.sleep(0.01)
        assert client.closed

    play(test)


def test_a_command_before_connect_ends_the_connection() -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        await client.open(introduce=False)
        client.send(STOP)
        await asyncio.sleep(0.01)
        assert client.closed
        assert not client.replies
        client.close()

    play(test, connect=False)


def test_a_client_of_another_version_hears_which_one_this_is() -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        await client.open(version=5)
        assert client.statuses(0) == [1]
        assert client.closed
        client.close()

    play(test, connect=False)


def test_connect_a_second_time_ends_the_connection() -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        client.send(Connect(10, 1))
        await asyncio.sleep(0.01)
        assert client.closed

    play(test)


def test_a_second_client_is_sent_away_and_the_first_goes_on() -> None:
    async def test(virtual: VirtualFranka, client: Client) -> None:
        move = await client.start(answer=hold)
        second = Client(client.network)
        await second.open()
        assert second.closed
        assert not second.states
        await asyncio.sleep(0.1)
        assert client.statuses(move) == [MoveStatus.MOTION_STARTED]
        second.close()
        client.close()
        await asyncio.sleep(1.0)
        third = Client(client.network)
        await third.open()
        assert third.states, "the robot is free again"
        third.close()

    play(test)
