"""The control box behind its ports: modes, states, errors, brakes. Both protocols act on this."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np

from cellkit.controller.arm_controller import ArmController
from cellkit.devices import Fault, Load, SafetyStatus, Tool
from cellkit.errors import CommandRejected, DeviceFault, EmergencyStop, PlanningError
from cellkit.geometry import Array, Pose, largest
from cellkit.motion.unreachable_reason import solve_or_explain
from cellkit_ufactory.protocol.commands import Velocity
from cellkit_ufactory.protocol.frames import ERROR, NOT_READY, WARNING
from cellkit_ufactory.protocol.numbers import BY_HAND, EMERGENCY_STOPS, Mode, State, error_text
from cellkit_ufactory.protocol.units import MM, pose_matrix, pose_values
from cellkit_ufactory.virtual_io import MOST_PENDING, AtPlace, Signals
from cellkit_ufactory.virtual_motion import JOINT_LIMIT, MotionFactory
from cellkit_ufactory.virtual_queue import CommandQueue
from cellkit_ufactory.virtual_settings import ControlBoxSettings
from cellkit_ufactory.virtual_velocity import VelocityDrive

EMERGENCY_BUTTON, SERVO_ERROR, COLLISION, TOO_MANY_DELAYED = 1, 10, 31, 36
SERVO_ERRORS = range(10, 18)
ALL_AXES = 8


class ControlBox:
    """State machine over the kernel. It comes up with the arm enabled and ready, as after a start in the vendor's app.

    ``spawn`` runs something in the background until the controller stops.
    """

    def __init__(self, kernel: ArmController, spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]) -> None:
        self.kernel = kernel
        self.settings = ControlBoxSettings.of(kernel.model)
        self.signals = Signals()
        self.vendor = MotionFactory(kernel, self.settings)
        self.queue = CommandQueue(kernel, self.vendor, self._at_rest, self.fail)
        self.velocity = VelocityDrive(kernel, lambda: self.fail(JOINT_LIMIT))
        self.mode = Mode.POSITION
        self.latched: State | None = None
        self.paused = False
        self.error = 0
        self.warning = 0
        self.all_axes = (1 << kernel.model.dof) - 1
        self.enabled = self.released = self.all_axes
        self.places: list[AtPlace] = []
        self.delayed = 0
        self._spawn = spawn
        self._halting: asyncio.Task[None] | None = None
        kernel.on_change(self._kernel_changed)

    # --- what it is -------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """As reported: never ``READY``."""
        if self.latched is not None:
            return self.latched
        if self.paused:
            return State.SUSPENDED
        moving = self.queue.count > 0 or self.velocity.active or self.kernel.moving
        return State.MOVING if moving else State.SLEEPING

    @property
    def ready(self) -> bool:
        """Whether motions are accepted."""
        return self.latched is None and self.error == 0 and self.powered

    @property
    def powered(self) -> bool:
        """Whether all axes are enabled and no brake is on."""
        return self.enabled & self.released & self.all_axes == self.all_axes

    def status(self) -> int:
        """The state byte of a reply."""
        return (0 if self.ready else NOT_READY) | (WARNING if self.warning else 0) | (ERROR if self.error else 0)

    def tcp(self) -> Array:
        """(4, 4) TCP pose as clients see it."""
        return self.settings.from_base(self.kernel.tcp(self.kernel.joints()).matrix)

    # --- states -----------------------------------------------------------------------------------------------

    def halt(self, state: State) -> None:
        """Stop, throw all commands away, and stay in ``state`` until function 12 sets 0."""
        self.latched = state
        self.queue.clear()
        self.velocity.end()
        was_paused, self.paused = self.paused, False
        self._halting = self._spawn(self._stop(was_paused))

    async def _stop(self, was_paused: bool) -> None:
        await self.kernel.stop()
        if was_paused and not self.paused:
            self.kernel.set_speed_override(1.0)

    async def _at_rest(self) -> None:
        while self._halting is not None and not self._halting.done():
            await asyncio.wait({self._halting})

    def _resume(self) -> None:
        if self.paused:
            self.paused = False
            self.kernel.set_speed_override(1.0)

    def set_state(self, value: int) -> None:
        """Function 12. Raises ``ValueError`` for a state that cannot be set."""
        if value == State.READY:
            self._resume()
            if self.error == 0 and self.powered:
                self.latched = None
                self._spawn(self._set_freedrive(self.mode in BY_HAND))
        elif value == State.SUSPENDED:
            if self.latched is None:
                self.paused = True
                self.kernel.set_speed_override(0.0)
        elif value in (State.STOPPED, State.DECELERATED):
            self.halt(State(value))
        else:
            raise ValueError(f"state {value} cannot be set")

    async def _set_freedrive(self, on: bool) -> None:
        await self._at_rest()
        if self.ready and on == (self.mode in BY_HAND):
            self.kernel.set_freedrive(on)

    def set_mode(self, value: int) -> None:
        """Function 19: a system reset. Raises ``ValueError`` for a mode that does not exist yet or at all."""
        mode = Mode(value)
        if mode is Mode.CARTESIAN_TEACHING:
            raise ValueError("cartesian teaching is not available yet")
        self.mode = mode
        self.reset()

    def reset(self) -> None:
        """What a change of mode, of enabling and of some settings does to motions."""
        self.halt(State.STOPPED if self.error else State.RESET)

    def enable(self, axis: int, on: bool) -> None:
        """Function 11. Raises ``ValueError`` for an axis that does not exist."""
        self._check_axis(axis)
        if self.error == 0 or not on:
            self.enabled = self._switched(self.enabled, axis, on)
            self.released = self._switched(self.released, axis, on)
        self.reset()

    def brake(self, axis: int, released: bool) -> None:
        """Function 18. Raises ``ValueError`` for an axis that does not exist."""
        self._check_axis(axis)
        self.released = self._switched(self.released, axis, released)
        self.reset()

    def _check_axis(self, axis: int) -> None:
        if axis != ALL_AXES and not 1 <= axis <= self.kernel.model.dof:
            raise ValueError(f"axis {axis}")

    def _switched(self, mask: int, axis: int, on: bool) -> int:
        bits = self.all_axes if axis == ALL_AXES else 1 << (axis - 1)
        return mask | bits if on else mask & ~bits

    # --- errors -----------------------------------------------------------------------------------------------

    def fail(self, code: int) -> None:
        """The control box finds an error and stops."""
        self.kernel.raise_fault(Fault(str(code), error_text(code)))

    def _kernel_changed(self) -> None:
        """Errors come from the kernel, whoever has caused them."""
        kernel = self.kernel
        if kernel.safety is SafetyStatus.EMERGENCY_STOP:
            code = EMERGENCY_BUTTON
        elif kernel.fault is not None:
            code = int(kernel.fault.code) if kernel.fault.code.isdecimal() else SERVO_ERROR
        elif kernel.safety is SafetyStatus.PROTECTIVE_STOP:
            code = COLLISION
        else:
            self.error = 0  # somebody has cleared it; the arm stays stopped
            return
        if self.error != code:
            self.error = code
            self.latched = State.STOPPED
            self.queue.clear()
            self.velocity.end()
            self.paused = False
            if code in EMERGENCY_STOPS or code in SERVO_ERRORS:
                self.enabled = self.released = 0

    async def clear_error(self) -> None:
        """Function 16; an error whose cause is still there stays."""
        if self.error == 0:
            return
        try:
            await self.kernel.reset()
        except (EmergencyStop, DeviceFault):
            return
        self.latched = State.STOPPED

    # --- set-points -------------------------------------------------------------------------------------------

    def servo(self, joints: Array, speed: float = 1.0, acceleration: float = 1.0) -> None:
        """Go towards joints (n,) at once. Raises ``CommandRejected`` when the kernel does not take it now."""
        kernel = self.kernel
        # What is too fast for the new set-point already is braked within the old one's limits.
        fastest = largest(kernel.joints().velocity / kernel.kinematics.limits.velocity)
        speed = min(1.0, max(speed, 1.01 * fastest))
        try:
            kernel.servo(joints, speed, acceleration)
        except PlanningError as error:
            raise CommandRejected(kernel.name, str(error)) from None

    def drive(self, wanted: Velocity) -> None:
        """Follow speeds. Raises ``CommandRejected`` when the kernel does not take it now."""
        self.velocity.set(wanted)

    def solve(self, tcp: Array, near: Array | None = None) -> Array:
        """Joints (n,) for a TCP pose in the base. Raises ``Unreachable``."""
        kernel = self.kernel
        flange = tcp @ kernel.tool.tcp.inverse("tcp").matrix
        return solve_or_explain(kernel.kinematics, flange, kernel.joints().position if near is None else near)

    # --- settings ---------------------------------------------------------------------------------------------

    def set_tcp_offset(self, values: tuple[float, ...]) -> None:
        """Function 35, a system reset."""
        self.settings.tcp_offset = values
        self._tell_kernel()
        self.reset()

    def set_load(self, values: tuple[float, ...]) -> None:
        """Function 36: kg, then the centre of mass in mm."""
        self.settings.load = values
        self._tell_kernel()

    def _tell_kernel(self) -> None:
        mass, *centre = self.settings.load
        tool = Tool("tool", Pose(pose_matrix(self.settings.tcp_offset), "flange"))
        self.kernel.set_load(tool, Load(mass, np.array(centre) / MM))

    # --- outputs that wait ------------------------------------------------------------------------------------

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Do something after a time; too many of these are error 36."""
        if self._room():
            self.delayed += 1
            self._spawn(self._after(seconds, do))

    async def _after(self, seconds: float, do: Callable[[], None]) -> None:
        await asyncio.sleep(seconds)
        self.delayed -= 1
        do()

    def at_place(self, place: AtPlace) -> None:
        """Do something at a place; too many of these are error 36."""
        if self._room():
            self.places.append(place)

    def _room(self) -> bool:
        if self.delayed + len(self.places) < MOST_PENDING:
            return True
        self.fail(TOO_MANY_DELAYED)
        return False

    def look_at_places(self) -> None:
        """Every cycle: what is to be done where the TCP is."""
        if not self.places:
            return
        tcp = self.tcp()
        for place in [one for one in self.places if one.reached(tcp)]:
            self.places.remove(place)
            place.do()

    def __str__(self) -> str:
        x, y, z, *_ = pose_values(self.tcp())
        parts = [f"mode {self.mode.value}", f"state {self.state.value}", f"{self.queue.count} commands"]
        if self.error:
            parts.append(f"error {self.error}: {error_text(self.error)}")
        if self.warning:
            parts.append(f"warning {self.warning}")
        return f"{', '.join(parts)}; TCP {x:.1f} {y:.1f} {z:.1f} mm"
