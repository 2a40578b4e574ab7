"""Faults planted into the reference driver, one at a time: exactly the rules that they break fail, all others hold.

That the others hold is long: every fault tries the whole contract.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cellkit_virtual.arm import VirtualArm
from cellkit_virtual.grippers import VirtualParallelGripper
from cellkit_virtual.rig import VirtualArmRig, reference_rig
from cellkit_virtual.signals import VirtualDigitalIO

from cellkit.devices import (
    ArmState,
    Grip,
    GripResult,
    JawsState,
    JointMotion,
    Lifecycle,
    LinearMotion,
    Load,
    Motion,
    OperationalMode,
    PathMotion,
    SafetyStatus,
    StopCategory,
    Tool,
    Waypoint,
    Workpiece,
)
from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    DeviceError,
    DeviceFault,
    MotionAborted,
    MotionTimeout,
    ProtectiveStop,
)
from cellkit.geometry import Array, Pose
from cellkit.models.load import load_model
from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.contract import Contract
from cellkit.testing.kinds.digital_io import DigitalIOContract
from cellkit.testing.kinds.parallel_gripper import ParallelGripperContract

# --- arms ---------------------------------------------------------------------------------------------------------


class IgnoresCancel(VirtualArm):
    """The caller goes away, the motion goes on."""

    breaks = {
        "test_cancel_stops_and_stays_stopped",
        "test_cancelling_twice_still_stops",
        "test_leaves_no_task_and_no_unheard_error_behind",
    }

    async def _run(self, *args: Any, **options: Any) -> Any:
        return await asyncio.shield(asyncio.ensure_future(super()._run(*args, **options)))


class CancelIsTornOff(VirtualArm):
    """A second cancel ends the waiting for the stop: the caller goes on before the arm stands."""

    breaks = {
        "test_cancelling_twice_still_stops",
    }

    async def _run(self, *args: Any, **options: Any) -> Any:
        inner = asyncio.ensure_future(super()._run(*args, **options))
        try:
            return await asyncio.shield(inner)
        except asyncio.CancelledError:
            inner.cancel()
            await asyncio.shield(inner)
            raise


class StopDoesNothing(VirtualArm):
    """It says that the arm stands."""

    breaks = {
        "test_a_timeout_stops_the_arm_and_then_raises",
        "test_cancel_stops_and_stays_stopped",
        "test_cancelling_twice_still_stops",
        "test_closing_stops_the_running_motion",
        "test_replace_ends_the_running_motion_and_takes_over",
        "test_servoing_ends_with_stop",
        "test_stop_ends_the_running_motion_with_motion_aborted",
        "test_stop_returns_once_the_arm_stands",
    }

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        pass


class StopReturnsTooEarly(VirtualArm):
    """An arm whose stop is sent, without a wait until the arm is at rest."""

    breaks = {
        "test_cancelling_twice_still_stops",
        "test_replace_ends_the_running_motion_and_takes_over",
        "test_stop_is_allowed_while_nothing_moves_and_repeated",
        "test_stop_returns_once_the_arm_stands",
    }

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        self._begun = asyncio.ensure_future(self.controller.stop(category))


class SwallowsLostLink(VirtualArm):
    """The link breaks and the driver keeps it to itself."""

    breaks = {
        "test_a_lost_device_stays_lost_until_a_connection_succeeds",
        "test_a_lost_link_fails_a_stop_that_is_under_way",
        "test_a_lost_link_fails_all_later_commands",
        "test_a_lost_link_fails_the_running_motion_at_once",
    }

    async def _connect(self) -> None:
        self._link.open(self.name, self.controller.protective_stop)


class StaleStamps(VirtualArm):
    """Every state is stamped with the moment of the first one."""

    breaks = {
        "test_states_are_fresh_and_monotone",
        "test_states_of_an_arm_that_is_only_read_are_fresh_and_plausible",
    }
    _first: float | None = None

    async def _read_state(self) -> ArmState:
        state = await super()._read_state()
        if self._first is None:
            self._first = state.stamp
        return replace(state, stamp=self._first)


class StaleStates(VirtualArm):
    """States are read from the controller twice a second only."""

    breaks = {
        "test_connects_again_after_a_lost_link",
        "test_poses_count_in_their_own_frame",
        "test_states_are_fresh_and_monotone",
        "test_states_of_an_arm_that_is_only_read_are_fresh_and_plausible",
    }
    _last: ArmState | None = None

    async def _read_state(self) -> ArmState:
        state = await super()._read_state()
        if self._last is None or state.stamp - self._last.stamp >= 0.5:
            self._last = state
        return self._last


class SkipsBusyRule(VirtualArm):
    """An arm that the last command drives."""

    breaks = {
        "test_a_second_motion_is_refused_while_one_runs",
    }

    async def _run(self, *args: Any, **options: Any) -> Any:
        return await super()._run(*args, **{**options, "replace": True})


class MissesLinearGoals(VirtualArm):
    """Linear motions end 5 mm beside their goal."""

    breaks = {
        "test_move_linear_reaches_its_goal_on_a_straight_line",
        "test_the_tcp_follows_the_tool",
    }

    async def _execute(self, motion: Motion) -> None:
        if isinstance(motion, LinearMotion):
            motion = replace(motion, goal=motion.goal.shifted(x=0.005))
        await super()._execute(motion)


class DrivesLinesInJointSpace(VirtualArm):
    """Linear motions reach their goal, though not on a line."""

    breaks = {
        "test_move_linear_reaches_its_goal_on_a_straight_line",
    }

    async def _execute(self, motion: Motion) -> None:
        if isinstance(motion, LinearMotion):
            state = await self._read_state()
            motion = JointMotion(self._solve(motion.goal, state.joints.position), 0.1, 0.5)
        await super()._execute(motion)


class StopsInCorners(VirtualArm):
    """Blend radii are not passed on."""

    breaks = {
        "test_move_path_blends_its_corners_and_reaches_the_end",
    }

    async def _execute(self, motion: Motion) -> None:
        if isinstance(motion, PathMotion):
            motion = replace(motion, waypoints=tuple(Waypoint(one.pose) for one in motion.waypoints))
        await super()._execute(motion)


class CutsCorners(VirtualArm):
    """Every corner is blended, also those that are not to be."""

    breaks = {
        "test_move_path_passes_an_unblended_corner_exactly",
    }

    async def _execute(self, motion: Motion) -> None:
        if isinstance(motion, PathMotion):
            motion = replace(motion, waypoints=tuple(Waypoint(one.pose, 0.02) for one in motion.waypoints))
        await super()._execute(motion)


class DoneTooEarly(VirtualArm):
    """Motions are done when they have been accepted."""

    breaks = {
        "test_move_joint_reaches_its_goal",
        "test_move_linear_reaches_its_goal_on_a_straight_line",
        "test_move_pose_reaches_its_goal",
        "test_move_circular_reaches_its_goal_on_the_arc",
        "test_a_timeout_stops_the_arm_and_then_raises",
    }
    at_least = True  # nearly every rule needs a motion that lasts

    async def _execute(self, motion: Motion) -> None:
        self._accepted = self.controller.submit(motion)
        self._accepted.add_done_callback(lambda future: future.cancelled() or future.exception())


class TimeoutDoesNotStop(VirtualArm):
    """The timeout raises, the motion goes on."""

    breaks = {
        "test_a_motion_that_never_finishes_times_out",
        "test_a_timeout_stops_the_arm_and_then_raises",
    }

    async def _run(self, what: str, operation: Callable[[], Any], *, timeout: float, **options: Any) -> Any:
        if not timeout > 0:
            raise CommandRejected(self.name, "no time at all")
        if not timeout < float("inf"):
            raise CommandRejected(self.name, "no end")
        inner = asyncio.ensure_future(super()._run(what, operation, timeout=1e4, **options))
        try:
            await asyncio.wait({inner}, timeout=timeout)
        except asyncio.CancelledError:
            inner.cancel()
            while not inner.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait({inner})
            raise
        if not inner.done():
            raise MotionTimeout(self.name, "took too long")
        return inner.result()


class SharesState(VirtualArm):
    """One speed override for all arms."""

    breaks = {
        "test_two_devices_are_independent",
    }
    _shared: dict[str, float] = {}

    async def _connect(self) -> None:
        await super()._connect()
        self._shared["override"] = 1.0

    async def _set_speed_override(self, share: float) -> None:
        self._shared["override"] = share
        await super()._set_speed_override(share)

    async def _read_state(self) -> ArmState:
        return replace(await super()._read_state(), speed_override=self._shared["override"])


class RecoverDoesNothing(VirtualArm):
    breaks = {
        "test_connects_again_after_a_lost_link",
        "test_recover_is_refused_while_the_emergency_stop_is_pressed",
        "test_recovers_from_a_fault",
        "test_recovers_from_a_protective_stop",
        "test_recovers_from_a_released_emergency_stop",
    }

    async def _recover(self) -> None:
        pass


class RecoversWhilePressed(VirtualArm):
    """``recover()`` says yes while the emergency stop is pressed."""

    breaks = {
        "test_recover_is_refused_while_the_emergency_stop_is_pressed",
    }

    async def _recover(self) -> None:
        if self.controller.safety is not SafetyStatus.EMERGENCY_STOP:
            await super()._recover()
            return
        try:
            await super()._recover()
        except Exception:
            return


class IgnoresSpeedOverride(VirtualArm):
    breaks = {
        "test_speed_override_scales_the_duration",
        "test_speed_override_zero_holds_the_arm_and_lets_it_go_on",
    }

    async def _set_speed_override(self, share: float) -> None:
        pass


class ForgetsTheTool(VirtualArm):
    """An arm whose controller never receives the tool."""

    breaks = {
        "test_the_tcp_follows_the_tool",
    }

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        pass


class HidesFaultCode(VirtualArm):
    breaks = {
        "test_a_fault_reaches_the_mover_with_its_code",
    }

    async def _execute(self, motion: Motion) -> None:
        try:
            await super()._execute(motion)
        except DeviceFault:
            raise DeviceFault(self.name, "something is wrong") from None


class CallsProtectiveStopsAborts(VirtualArm):
    breaks = {
        "test_a_protective_stop_reaches_the_mover",
    }

    async def _execute(self, motion: Motion) -> None:
        try:
            await super()._execute(motion)
        except ProtectiveStop:
            raise MotionAborted(self.name, "the controller has ended the motion") from None


class ConnectsOnlyOnce(VirtualArm):
    """After a loss the driver does not find its controller again."""

    breaks = {
        "test_a_lost_device_stays_lost_until_a_connection_succeeds",
        "test_connects_again_after_a_lost_link",
    }
    _lost_once = False

    def _link_lost(self, why: str) -> None:
        self._lost_once = True
        super()._link_lost(why)

    async def _connect(self) -> None:
        if self._lost_once:
            raise ConnectionFailed(self.name, "the old session is still there")
        await super()._connect()


class ForgetsThatItWasLost(VirtualArm):
    """An attempt to connect again that fails leaves the device closed."""

    breaks = {"test_a_lost_device_stays_lost_until_a_connection_succeeds"}

    async def _connect(self) -> None:
        self._lifecycle = Lifecycle.CLOSED
        await super()._connect()


class StaysHalfOpen(VirtualArm):
    """A connection that failed leaves the device open."""

    breaks = {
        "test_a_lost_device_stays_lost_until_a_connection_succeeds",
        "test_connecting_over_a_dead_link_fails_and_leaves_the_arm_closed",
    }

    async def _connect(self) -> None:
        try:
            await super()._connect()
        except ConnectionFailed:
            self._lifecycle = Lifecycle.OPEN
            raise


class SecondCloseRaises(VirtualArm):
    breaks = {
        "test_connects_and_closes_twice_cleanly",
    }

    async def close(self) -> None:
        if self._lifecycle is Lifecycle.CLOSED:
            raise CommandRejected(self.name, "is closed already")
        await super().close()


class CloseLetsTheMotionRun(VirtualArm):
    breaks = {
        "test_closing_stops_the_running_motion",
    }

    async def _before_close(self) -> None:
        if self._active is not None:
            self._active.verdict = MotionAborted(self.name, "closed")
            self._active.done.set_result(None)


class DrivesInManualMode(VirtualArm):
    """The mode is always reported as automatic."""

    breaks = {
        "test_refuses_motions_in_manual_mode",
    }

    async def _read_state(self) -> ArmState:
        return replace(await super()._read_state(), mode=OperationalMode.AUTOMATIC)


class IgnoresJointLimits(VirtualArm):
    """Joint targets go to the controller unchecked, but for their shape."""

    breaks = {
        "test_refuses_joints_beyond_their_limits",
        "test_servoing_refuses_what_a_motion_refuses",
    }

    def _joints(self, target: Any) -> Array:
        joints = np.array(target, dtype=np.float64)
        if joints.shape != (len(self.limits),) or not np.isfinite(joints).all():
            raise CommandRejected(self.name, "joint target")
        return joints


class TakesBaseForEveryFrame(VirtualArm):
    breaks = {
        "test_poses_count_in_their_own_frame",
    }

    def _in_base(self, pose: Pose, state: ArmState) -> Pose:
        super()._in_base(pose, state)
        return Pose.trusted(pose.matrix, "base")


class LeaksATask(VirtualArm):
    """The heartbeat beats on after closing."""

    breaks = {
        "test_leaves_no_task_and_no_unheard_error_behind",
        "test_reading_and_closing_leave_no_task_behind",
    }

    async def _connect(self) -> None:
        await super()._connect()
        self._heartbeat = asyncio.ensure_future(self._beat())

    async def _beat(self) -> None:
        await asyncio.sleep(1e6)


class LeavesErrorsUnheard(VirtualArm):
    """A driver with a task of its own that fails on every stop; its error is never read."""

    breaks = {
        "test_leaves_no_task_and_no_unheard_error_behind",
    }

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        async def acknowledge() -> None:
            raise MotionAborted(self.name, "stopped")

        asyncio.ensure_future(acknowledge())  # noqa: RUF006  (that is the fault)
        await super()._stop(category)


class SilentAboutAStopNotDelivered(VirtualArm):
    breaks = {
        "test_a_lost_link_fails_all_later_commands",
    }

    async def stop(self) -> None:
        if self._lifecycle is Lifecycle.OPEN:
            await super().stop()


class FreedriveDoesNothing(VirtualArm):
    breaks = {
        "test_freedrive_refuses_motions_while_it_is_on",
    }

    async def set_freedrive(self, on: bool) -> None:
        pass


ARMS = [found for found in VirtualArm.__subclasses__() if found.__module__ == __name__]


# --- the others ---------------------------------------------------------------------------------------------------


class JawsThatDoNotStop(VirtualParallelGripper):
    breaks = {
        "test_stop_halts_the_jaws",
    }

    async def _stop(self) -> None:
        pass


class JawsThatAlwaysHold(VirtualParallelGripper):
    """Every grip finds its part."""

    breaks = {
        "test_grip_says_so_when_there_is_no_part",
    }

    async def _grip(self, part: Workpiece | None, force: float) -> GripResult:
        return GripResult(Grip.PART, (await super()._grip(part, force)).measure)


class JawsThatHideALoss(VirtualParallelGripper):
    breaks = {
        "test_a_lost_part_ends_what_is_guarded",
    }

    def _part_lost(self) -> None:
        pass


class JawsThatMissTheirWidth(VirtualParallelGripper):
    breaks = {
        "test_move_reaches_its_width",
    }

    async def _drive(self, width: float, speed: float, force: float) -> JawsState:
        return await super()._drive(min(self.model.stroke.known(), width + 0.0008), speed, force)


JAWS = [found for found in VirtualParallelGripper.__subclasses__() if found.__module__ == __name__]


class OutputsThatStayInside(VirtualDigitalIO):
    """Outputs read back, but never reach the station."""

    breaks = {
        "test_outputs_reach_the_station_and_read_back",
    }

    async def _write(self, signal: str, value: bool) -> None:
        self._mine = {**getattr(self, "_mine", {}), signal: value}

    async def _read(self, signal: str) -> bool:
        return getattr(self, "_mine", {}).get(signal, await super()._read(signal))


class InputsThatNobodyWatches(VirtualDigitalIO):
    breaks = {
        "test_wait_for_ends_when_the_signal_changes",
    }

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        return lambda: None


IO = [found for found in VirtualDigitalIO.__subclasses__() if found.__module__ == __name__]


# --- trying them --------------------------------------------------------------------------------------------------


def broken_rules(contract: type[Contract[Any]], rules: set[str] | None = None) -> dict[str, BaseException]:
    """The rules that fail, of some or of all; run here and now, as pytest would call them."""
    found: dict[str, BaseException] = {}
    for name in sorted(rules or {name for name in dir(contract) if name.startswith("test_")}):
        try:
            getattr(contract(), name)()
        except pytest.skip.Exception:
            continue
        except (Exception, pytest.fail.Exception) as error:
            found[name] = error
    return found


def check(contract: type[Contract[Any]], fault: Any, rules: set[str] | None = None) -> None:
    found = broken_rules(contract, rules)
    expected = fault.breaks
    details = "\n".join(f"{name}: {error!r}"[:300] for name, error in found.items())
    if rules is None and getattr(fault, "at_least", False):
        assert set(found) > expected, details
    else:
        assert set(found) == expected, details
    assert all(isinstance(error, AssertionError | pytest.fail.Exception | DeviceError) for error in found.values()), (
        details
    )


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What the loops of broken drivers have to say is no news here."""
    caplog.set_level("CRITICAL", logger="asyncio")


def test_without_a_fault_every_rule_holds() -> None:
    class Sound(ArmContract):
        driver = "virtual"

    assert broken_rules(Sound) == {}


def planted_in_an_arm(fault: Any) -> type[ArmContract]:
    class Rig(VirtualArmRig):
        def device_of(self, *arguments: Any) -> VirtualArm:
            return fault(*arguments)

    class Planted(ArmContract):
        def fresh_rig(self) -> Any:
            return Rig("arm", load_model("ur5e"))

    return Planted


@pytest.mark.parametrize("fault", ARMS, ids=lambda fault: fault.__name__)
def test_planted_in_an_arm(fault: Any) -> None:
    check(planted_in_an_arm(fault), fault, fault.breaks)


@pytest.mark.long
@pytest.mark.parametrize("fault", ARMS, ids=lambda fault: fault.__name__)
def test_planted_in_an_arm_breaks_no_other_rule(fault: Any) -> None:
    check(planted_in_an_arm(fault), fault)


@pytest.mark.parametrize("fault", JAWS, ids=lambda fault: fault.__name__)
def test_planted_in_jaws(fault: Any) -> None:
    class Rig(reference_rig("jaws")):
        def device_of(self, *arguments: Any) -> VirtualParallelGripper:
            return fault(*arguments)

    class Planted(ParallelGripperContract):
        def fresh_rig(self) -> Any:
            return Rig("jaws", load_model("2f-85"))

    check(Planted, fault)


@pytest.mark.parametrize("fault", IO, ids=lambda fault: fault.__name__)
def test_planted_in_io(fault: Any) -> None:
    class Rig(reference_rig("io")):
        def device_of(self, *arguments: Any) -> VirtualDigitalIO:
            return fault(*arguments)

    class Planted(DigitalIOContract):
        def fresh_rig(self) -> Any:
            return Rig("io")

    check(Planted, fault)
