"""The kernel of an arm's controller: motion queue, interpolation, speed override, modes, stops, faults.

The reference driver calls it directly; a vendor's virtual controller translates its protocol to it. The kernel is
event-driven: the plant reads set-points, and the only timers are the ends of motions.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from cellkit.controller.interpolator import Interpolator
from cellkit.controller.planner import MotionPlanner
from cellkit.controller.plants.arm import ArmPlant
from cellkit.controller.setpoint_follower import SetpointFollower
from cellkit.devices.motion import Motion
from cellkit.devices.safety import Fault, OperationalMode, SafetyStatus, StopCategory
from cellkit.devices.tool import Load, Tool
from cellkit.errors import CommandRejected, DeviceFault, EmergencyStop, MotionAborted, ProtectiveStop
from cellkit.geometry import Array, Pose, largest
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.stop_trajectory import Coast
from cellkit.motion.stopping import StopLaw, commanded_stop, stop_freely, stop_in_proportion, stop_law, stop_on_path
from cellkit.motion.trajectory import Hold, Trajectory, plan_joint, plan_stop
from cellkit.timing import now

REDUCED_SPEED = 0.25  # m/s of the TCP in manual reduced speed (ISO 10218-1)
EARLY = 1e-6  # s by which the loop may call a timer early: a motion has ended then, although its trajectory has not
SETTLED = 1e-3  # rad from the commanded end within which the joints have arrived
SETTLE_STEP = 0.004  # s between two readings of the plant
SETTLE_TIME = 0.5  # s after which a following error is reported


class ArmController:
    """The controller of one arm, which moves a plant. Its errors name the device ``name``.

    ``stop``: the law of its stops, for a model and a category; None: ``stop_law``, that of the modelled robot.
    """

    def __init__(
        self,
        name: str,
        model: ArmModel,
        plant: ArmPlant,
        *,
        queue_depth: int = 8,
        stop: Callable[[ArmModel, int], StopLaw] | None = None,
    ) -> None:
        self.name = name
        self.model = model
        self.kinematics = ArmKinematics.of(model)
        self.planner = MotionPlanner(self.kinematics)
        self.stops = {category: (stop or stop_law)(model, category.value) for category in StopCategory}
        """The law of the stops, by category."""
        self.program_stop = commanded_stop(model, StopCategory.TWO.value)
        """The stop that a program asks for: an ordinary command, which no safety function has to notice first."""
        self.queue_depth = queue_depth
        self.mode = OperationalMode.AUTOMATIC
        self.safety = SafetyStatus.NORMAL
        self.powered = True
        self.freedrive = False
        self.fault: Fault | None = None
        self.speed_override = 1.0
        self.tool = Tool()
        self.payload = Load()
        self.load = Load()
        """Tool and payload together."""
        self.settling = 0.0
        """The time (s) from the end of the newest trajectory until the joints had arrived."""
        self._emergency_pressed = False
        self._plant = plant
        self._queue: deque[tuple[Motion, asyncio.Future[None]]] = deque()
        self._running: asyncio.Future[None] | None = None
        self._cap = 1.0
        self._timer: asyncio.TimerHandle | None = None
        self._stopping: asyncio.Future[None] | None = None
        self._category = StopCategory.TWO
        self._rest_timer: asyncio.TimerHandle | None = None
        self._listeners: list[Callable[[], None]] = []
        self._guidance: SetpointFollower | None = None
        start = plant.state().position
        self._player = Interpolator(Hold(start), 0.0, 1.0)
        plant.follow(self._player)

    # --- state ------------------------------------------------------------------------------------------------

    @property
    def moving(self) -> bool:
        """Whether a motion or a stop is in progress, or the arm still follows servo set-points."""
        return self._running is not None or self._stopping is not None or self._servoing() or self._led()

    @property
    def guided(self) -> bool:
        """Whether the arm follows set-points from outside as they arrive (see ``begin_guidance``)."""
        return self._guidance is not None

    @property
    def emergency_pressed(self) -> bool:
        """Whether the emergency stop button is pressed; after its release the status remains until ``reset()``."""
        return self._emergency_pressed

    @property
    def queued(self) -> int:
        """The number of motions that wait for the running one."""
        return len(self._queue)

    def joints(self) -> JointState:
        """Return the measured joints."""
        return self._plant.state()

    def commanded(self) -> tuple[Array, Array]:
        """Return the commanded joints of this moment: positions (n,) in rad and velocities (n,) in rad/s."""
        return (self._guidance or self._player).sample(now())

    @property
    def trajectory(self) -> Trajectory:
        """The present or last trajectory; a new object for every motion and every stop."""
        return self._player.trajectory

    def tcp(self, joints: JointState) -> Pose:
        """Return the pose of the TCP in ``base`` at given joints."""
        return Pose.trusted(self.kinematics.forward(joints.position) @ self.tool.tcp.matrix, "base")

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after every change of mode, safety status or fault."""
        self._listeners.append(listener)

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()

    # --- motions ----------------------------------------------------------------------------------------------

    def submit(self, motion: Motion) -> asyncio.Future[None]:
        """Queue a motion; the future ends when the arm is at rest at its end, or with the error that prevents it.

        Raises ``CommandRejected``, ``ProtectiveStop``, ``EmergencyStop`` or ``DeviceFault`` when it is refused at once.
        """
        self._require_ready()
        if self._servoing() or self._guidance is not None:
            raise CommandRejected(self.name, "the arm still follows servo set-points; stop it first")
        if len(self._queue) >= self.queue_depth:
            raise CommandRejected(self.name, f"the motion queue is full ({self.queue_depth} motions)")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((motion, future))
        if self._running is None:
            self._next()
        return future

    def servo(self, joints: Array, speed: float = 1.0, acceleration: float = 1.0) -> None:
        """Move towards ``joints`` (n,) in rad at once, from the present speed of the arm.

        ``speed`` and ``acceleration`` are shares of the joint limits. Raises the errors of ``submit``, and
        ``PlanningError``.
        """
        self._require_ready()
        if self._running is not None:
            raise CommandRejected(self.name, "a motion runs; servo set-points are refused meanwhile")
        if self._guidance is not None:
            raise CommandRejected(self.name, "the arm is guided from outside; end that first")
        position, velocity = self._player.sample(now())
        if self.speed_override == 0.0:
            self._follow(Interpolator(plan_stop(position, velocity, self.kinematics.limits), now(), 1.0))
            return
        # The override scales the limits, not the rate: a rate would change the speed that the arm has already.
        limits = self.kinematics.limits.scaled(self.speed_override * speed, acceleration)
        bend = np.clip(self._player.acceleration(now()), -limits.acceleration, limits.acceleration)
        trajectory = plan_joint(position, joints, limits, velocity, bend)
        cap = self._speed_cap(trajectory)
        if cap < 1.0:
            slower = limits.scaled(cap)
            bend = np.clip(bend, -slower.acceleration, slower.acceleration)
            trajectory = plan_joint(position, joints, slower, velocity, bend)
        self._follow(Interpolator(trajectory, now(), 1.0))

    def begin_guidance(self, period: float) -> None:
        """Begin to follow the set-points of ``guide``, one every ``period`` (s), exactly and without planning.

        A stop ends the guidance with a ramp; ``end_guidance`` ends it at the newest set-point. Raises the errors of
        ``submit``.
        """
        self._require_ready()
        if self._running is not None or self._queue or self._servoing():
            raise CommandRejected(self.name, "a motion runs; guidance is refused meanwhile")
        self._guidance = SetpointFollower(self._player.position(now()), period)
        self._plant.follow(self._guidance)

    def guide(self, joints: Sequence[float]) -> None:
        """Set the next set-point (n,) in rad, reached in one period. Raises ``CommandRejected`` without guidance."""
        if self._guidance is None:
            raise CommandRejected(self.name, "the arm is not guided; begin guidance first")
        self._guidance.push(now(), joints)

    def end_guidance(self) -> None:
        """End the guidance and hold the arm at the newest set-point. Does nothing without guidance."""
        guidance, self._guidance = self._guidance, None
        if guidance is not None:
            self._follow(Interpolator(Hold(np.array(guidance.target)), now(), 1.0))

    def hold_here(self) -> None:
        """Hold the arm at its measured joints. Does nothing while the arm moves."""
        if not self.moving:
            self._follow(Interpolator(Hold(self._plant.state().position), now(), 1.0))

    def set_speed_override(self, share: float) -> None:
        """Scale all speeds to ``share`` (0 to 1) of the programmed ones; the running motion ramps to the new speed."""
        self.speed_override = share
        if self._running is not None and self._stopping is None:
            self._player.change_rate(now(), share * self._cap, self.kinematics.limits)
            self._schedule_end()

    @property
    def ramped_at(self) -> float:
        """The cell time (s) at which the newest change of speed is, or was, complete."""
        return self._player.ramped_at

    def _require_ready(self) -> None:
        if self._emergency_pressed or self.safety is SafetyStatus.EMERGENCY_STOP:
            raise EmergencyStop(self.name, "the emergency stop is active")
        if self.safety is SafetyStatus.PROTECTIVE_STOP:
            raise ProtectiveStop(self.name, "a protective stop is active")
        if self.fault is not None:
            raise DeviceFault(self.name, self.fault.text, code=self.fault.code, recoverable=self.fault.recoverable)
        if not self.powered:
            raise CommandRejected(self.name, "drive power is off")
        if self.freedrive:
            raise CommandRejected(self.name, "freedrive is on")
        if self._stopping is not None:
            raise CommandRejected(self.name, "a stop is under way")

    def _next(self) -> None:
        while self._queue and self._running is None:
            motion, future = self._queue.popleft()
            if future.done():
                continue
            start = self._player.sample(now())[0]
            try:
                trajectory = self.planner.plan(motion, start, self.tool.tcp.matrix, self.load)
            except Exception as error:  # the caller of this motion must receive its planning error
                future.set_exception(error)
                # The motions behind it in the queue expect to start at its end.
                self._flush(MotionAborted(self.name, "a motion queued before it could not be planned"))
                return
            self._running = future
            self._cap = self._speed_cap(trajectory)
            self._play(trajectory)
            self._schedule_end()

    def _servoing(self) -> bool:
        return self._running is None and self._stopping is None and now() + EARLY < self._player.end()

    def _led(self) -> bool:
        return self._guidance is not None and bool(np.any(self._guidance.sample(now())[1]))

    def _play(self, trajectory: Trajectory) -> None:
        self._follow(Interpolator(trajectory, now(), self.speed_override * self._cap))

    def _follow(self, player: Interpolator) -> None:
        self._player = player
        self._plant.follow(player)

    def _speed_cap(self, trajectory: Trajectory) -> float:
        if self.mode is not OperationalMode.MANUAL_REDUCED_SPEED:
            return 1.0
        top = self.planner.top_tcp_speed(trajectory, self.tool.tcp.matrix)
        return min(1.0, REDUCED_SPEED / top) if top > 0 else 1.0

    def _schedule_end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        end = self._player.end()
        if end < float("inf"):
            self._timer = asyncio.get_running_loop().call_at(end, self._at_end, end)

    def _at_end(self, end: float) -> None:
        """End the motion whose trajectory has ended, when the joints have arrived as well."""
        self._timer = None
        error = self._plant.state().position - self._player.trajectory.end
        if largest(error) <= SETTLED:
            self.settling = now() - end
            self._finish(None)
        elif now() - end < SETTLE_TIME:
            self._timer = asyncio.get_running_loop().call_later(SETTLE_STEP, self._at_end, end)
        else:
            joint = int(np.abs(error).argmax())
            off = np.degrees(abs(error[joint]))
            self.raise_fault(Fault("following-error", f"joint {joint + 1} is {off:.2f} deg off its command"))

    def _finish(self, error: Exception | None) -> None:
        running, self._running = self._running, None
        if running is not None and not running.done():
            if error is None:
                running.set_result(None)
            else:
                running.set_exception(error)
        if error is None:
            self._next()

    def _flush(self, error: Exception) -> None:
        """Fail the running motion and all queued ones."""
        queue, self._queue = self._queue, deque()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._finish(error)
        for _, future in queue:
            if not future.done():
                future.set_exception(error)

    # --- stops ------------------------------------------------------------------------------------------------

    async def stop(self, category: StopCategory = StopCategory.TWO, error: Exception | None = None) -> None:
        """Bring the arm to rest and return when it is at rest; all queued motions end with ``error``.

        Categories 2 and 1 stay on the path, 0 leaves it; 1 and 0 end with drive power off (IEC 60204-1).
        """
        stopping = self._begin_stop(category, self.program_stop if category is StopCategory.TWO else None)
        self._flush(error or MotionAborted(self.name, "stopped"))
        await asyncio.shield(stopping)

    def _begin_stop(self, category: StopCategory, law: StopLaw | None = None) -> asyncio.Future[None]:
        """Start a stop, or make the present stop more severe; a less severe one changes nothing.

        ``law``: how it stops; None: as the safety functions of the modelled robot do. The future ends when the arm is
        at rest.
        """
        moment = now()
        if self.freedrive:
            self.set_freedrive(False)  # the arm holds its present position, not the one before the freedrive
        if self._stopping is None:
            self._stopping = asyncio.get_running_loop().create_future()
        elif category >= self._category:
            return self._stopping
        elif category is StopCategory.ONE:
            self._category = category  # the ramp stays the same, with drive power off at its end
            return self._stopping
        self._category = category
        guidance, self._guidance = self._guidance, None
        stop = self._planned_stop(law or self.stops[category], guidance, moment)
        self._follow(Interpolator(stop, moment, 1.0))
        end = moment + stop.duration
        if self._rest_timer is not None:
            self._rest_timer.cancel()
        self._rest_timer = asyncio.get_running_loop().call_at(end, self._at_rest, self._stopping)
        return self._stopping

    def _planned_stop(self, law: StopLaw, guidance: SetpointFollower | None, moment: float) -> Trajectory:
        """Return the stop from the present motion by the law of the category."""
        if guidance is not None:  # a guided arm has no path on which to stop
            position, velocity = guidance.sample(moment)
            if law.category != StopCategory.ZERO:
                return stop_in_proportion(law, position, velocity, self.load)
            return stop_freely(law, Coast(position, velocity, moment), moment, self.load)
        player = self._player
        if law.category == StopCategory.ZERO:
            return stop_freely(law, player, moment, self.load)
        path_time, rate = player.path_time(moment), player.rate(moment)
        return stop_on_path(law, player.trajectory, path_time, rate, self.kinematics.limits, self.load)

    def _at_rest(self, stopping: asyncio.Future[None]) -> None:
        """End a stop: hold the arm at the position where the stop has ended."""
        self._rest_timer = self._stopping = None
        self._follow(Interpolator(Hold(self._player.sample(now())[0]), now(), 1.0))
        if self._category is not StopCategory.TWO:
            self.powered = False
        stopping.set_result(None)

    def protective_stop(self, reason: str = "protective stop") -> None:
        """Stop as the safety system does: protective stop of category 2, which remains until ``reset()``."""
        if self.safety is not SafetyStatus.EMERGENCY_STOP:
            self.safety = SafetyStatus.PROTECTIVE_STOP
        self._fail(StopCategory.TWO, ProtectiveStop(self.name, reason))

    def press_emergency_stop(self) -> None:
        """Press the emergency stop button: stop of category 1."""
        self._emergency_pressed = True
        self.safety = SafetyStatus.EMERGENCY_STOP
        self._fail(StopCategory.ONE, EmergencyStop(self.name, "the emergency stop was pressed"))

    def release_emergency_stop(self) -> None:
        """Release the emergency stop button; the status remains until ``reset()``."""
        self._emergency_pressed = False
        self._changed()

    def raise_fault(self, fault: Fault) -> None:
        """Report a fault of the controller: stop of category 1; the fault remains until ``reset()``."""
        if self.fault is None or self.fault.recoverable:  # a later fault must not replace one that cannot be cleared
            self.fault = fault
        error = DeviceFault(self.name, fault.text, code=fault.code, recoverable=fault.recoverable)
        self._fail(StopCategory.ONE, error)

    def _fail(self, category: StopCategory, error: Exception) -> None:
        self._begin_stop(category)
        self._flush(error)
        self._changed()

    async def reset(self) -> None:
        """Clear protective stop, released emergency stop and recoverable fault, and switch drive power on.

        Raises ``EmergencyStop`` while the button is pressed, and ``DeviceFault`` for a fault that cannot be cleared.
        """
        while self._stopping is not None:
            await asyncio.shield(self._stopping)
        if self._emergency_pressed:
            raise EmergencyStop(self.name, "the emergency stop is still pressed")
        if self.fault is not None and not self.fault.recoverable:
            raise DeviceFault(self.name, self.fault.text, code=self.fault.code, recoverable=False)
        self.safety, self.fault, self.powered = SafetyStatus.NORMAL, None, True
        self._changed()

    # --- settings ---------------------------------------------------------------------------------------------

    async def set_mode(self, mode: OperationalMode) -> None:
        """Change the operational mode; a moving arm is stopped (ISO 10218-1)."""
        if mode is not self.mode:
            moving, self.mode = self.moving, mode  # set first, so that no motion begins in the old mode meanwhile
            if moving:
                await self.stop(StopCategory.TWO, MotionAborted(self.name, f"the mode changed to {mode.name}"))
            self._changed()

    def set_load(self, tool: Tool, payload: Load) -> None:
        """Set the tool and the load of the controller."""
        self.tool, self.payload = tool, payload
        self.load = tool.load + payload

    def set_freedrive(self, on: bool) -> None:
        """Switch freedrive on, or switch it off and hold the arm at its present position.

        Raises ``CommandRejected`` while a motion runs, and the errors of ``submit``.
        """
        if on is self.freedrive:
            return  # a hold would interrupt a running motion
        if on:
            self._require_ready()
            if self.moving:
                raise CommandRejected(self.name, "freedrive is refused while a motion runs")
        self.freedrive = on
        self._follow(Interpolator(Hold(self._plant.state().position), now(), 1.0))
