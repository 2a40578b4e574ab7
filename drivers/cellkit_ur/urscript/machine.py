"""The interface between a running URScript program and the robot controller it runs on.

The interpreter has no kinematics, clock or wire: every builtin that concerns the robot ends in calls of a ``Machine``.
They come from within ``Program.step()``, which runs once per control step, never from elsewhere.

Units as in URScript: rad, rad/s, m, N, Nm, kg, s; a pose is ``(x, y, z, rx, ry, rz)`` of the TCP in the base, m and
rotation vector. Any method may raise ``RuntimeException(text)``; the interpreter adds the line and ends the program.
"""

# One-line methods whose names state the effect, and defaults that do nothing:
# ruff: noqa: D102, B027

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol, TypeAlias

from cellkit_ur.urscript.errors import RuntimeException

Six: TypeAlias = tuple[float, float, float, float, float, float]
Three: TypeAlias = tuple[float, float, float]


class Motion(Protocol):
    """A motion under way, polled by the interpreter once per control step."""

    @property
    def done(self) -> bool:
        """Whether the program may go on: the arm is at the goal, or for ``r > 0`` the motion has been taken over.

        With ``r > 0`` return True at once: the next move then comes within the same ``Program.step()``. If no move has
        come by the end of that step, the collected path ends in the goal of its last move. Programs that loop over
        blended moves have no end: return False once as many moves are collected as the controller looks ahead, until
        they have been carried out.
        """

    error: str | None
    """The reason of a failure, which ends the program with this text; None without a failure."""

    def cancel(self) -> None:
        """Bring the arm to rest, because the thread that waits was killed.

        A stopj or stopl may follow at once. Idempotent.
        """


class Machine(ABC):
    """One robot controller, as a program sees it."""

    steptime: float = 0.002
    """Duration of a control step in s; one ``Program.step()`` per steptime of cell time."""

    @property
    def input_version(self) -> int | None:
        """A number that changes with each write to an input register; None: not known, so idle loops are run."""
        return None

    # --- registers: 0 to 47 int and float, 0 to 127 bit; the interpreter has checked the range -----------------------

    @abstractmethod
    def input_int(self, index: int) -> int: ...
    @abstractmethod
    def input_float(self, index: int) -> float: ...
    @abstractmethod
    def input_bit(self, index: int) -> bool: ...
    @abstractmethod
    def output_int(self, index: int) -> int: ...
    @abstractmethod
    def output_float(self, index: int) -> float: ...
    @abstractmethod
    def output_bit(self, index: int) -> bool: ...
    @abstractmethod
    def write_output_int(self, index: int, value: int) -> None: ...
    @abstractmethod
    def write_output_float(self, index: int, value: float) -> None: ...
    @abstractmethod
    def write_output_bit(self, index: int, value: bool) -> None: ...

    # --- I/O: numbered as RTDE's bits: 0-7 standard, 8-15 configurable, 16-17 tool -----------------------------------

    @abstractmethod
    def digital_input(self, index: int) -> bool: ...
    @abstractmethod
    def digital_output(self, index: int) -> bool: ...
    @abstractmethod
    def write_digital_output(self, index: int, on: bool) -> None: ...

    @abstractmethod
    def analog_input(self, index: int) -> float:
        """Read an analog input in V or A as set up; 0, 1 standard, 2, 3 tool."""

    @abstractmethod
    def analog_output(self, index: int) -> float:
        """Read an analog output as a share of 0 to 1; ``index`` 0 or 1."""

    @abstractmethod
    def write_analog_output(self, index: int, share: float) -> None: ...

    def set_analog_output_domain(self, index: int, domain: int) -> None:
        """Set the domain: 0 current, 1 voltage."""

    def set_tool_voltage(self, volts: int) -> None:
        """Set the voltage: 0, 12 or 24 V."""

    # --- pose of the arm --------------------------------------------------------------------------------------------

    @abstractmethod
    def joints(self) -> Six:
        """Return the measured joints, rad."""

    @abstractmethod
    def joint_speeds(self) -> Six: ...

    @abstractmethod
    def target_joints(self) -> Six:
        """Return the joints commanded now, rad."""

    @abstractmethod
    def target_joint_speeds(self) -> Six: ...
    @abstractmethod
    def tcp_pose(self) -> Six: ...
    @abstractmethod
    def target_tcp_pose(self) -> Six: ...
    @abstractmethod
    def tcp_speed(self) -> Six: ...
    @abstractmethod
    def target_tcp_speed(self) -> Six: ...

    @abstractmethod
    def target_waypoint(self) -> Six:
        """Return the TCP pose that the running (or last) move leads to."""

    @abstractmethod
    def joints_before(self, steps: int) -> Six:
        """Return the measured joints ``steps`` control steps ago (0 is now); the oldest stored if there are fewer."""

    @abstractmethod
    def is_steady(self) -> bool:
        """Return whether the arm is at rest (and has been for a while)."""

    def joint_torques(self) -> Six:
        """Return the joint torques of motion, gravity removed, Nm."""
        return (0.0,) * 6

    def tcp_force(self) -> Six:
        """Return the wrench at the TCP, base axes, N and Nm."""
        return (0.0,) * 6

    # --- kinematics --------------------------------------------------------------------------------------------------

    @abstractmethod
    def forward(self, joints: Six, tcp: Six) -> Six:
        """Return the pose of the point ``tcp`` (in the flange) in the base."""

    @abstractmethod
    def inverse(self, pose: Six, near: Six, tcp: Six) -> Six | None:
        """Return joints nearest to ``near`` that bring ``tcp`` (in the flange) to ``pose``; None if none exist."""

    @abstractmethod
    def within_safety_limits(self, joints: Six) -> bool: ...

    # --- moves: begin now; the program waits for ``done`` ------------------------------------------------------------
    # time > 0 overrides acceleration and speed. A move that begins while set-points are followed starts from there.

    @abstractmethod
    def movej(self, joints: Six, acceleration: float, speed: float, time: float, radius: float) -> Motion:
        """Move with rad/s2 and rad/s of the leading axis."""

    @abstractmethod
    def movel(self, pose: Six, acceleration: float, speed: float, time: float, radius: float) -> Motion:
        """Move with m/s2 and m/s of the TCP."""

    @abstractmethod
    def movep(self, pose: Six, acceleration: float, speed: float, radius: float) -> Motion:
        """Move as ``movel`` does, with constant tool speed through the blend."""

    @abstractmethod
    def movec(self, via: Six, pose: Six, acceleration: float, speed: float, radius: float, fixed: bool) -> Motion:
        """Move on a circle.

        ``fixed``: orientation constant relative to the path's tangent (mode 1), else interpolated (mode 0).
        """

    def finish_path(self) -> Motion | None:
        """Carry out the remaining blended moves at the end of the program; None when none remains."""
        return None

    @abstractmethod
    def stopj(self, acceleration: float) -> Motion:
        """Brake in joint space, rad/s2; done once the arm is at rest. Ends set-points and any cancelled move."""

    @abstractmethod
    def stopl(self, acceleration: float, acceleration_rotation: float) -> Motion:
        """Brake on a line, m/s2."""

    # --- set-points: one call per control step or longer; the interpreter waits ``time`` itself ----------------------

    @abstractmethod
    def servoj(self, joints: Six, time: float, lookahead: float, gain: float) -> None: ...

    @abstractmethod
    def servoc(self, pose: Six, acceleration: float, speed: float, radius: float) -> None:
        """Go on circularly or on a line towards ``pose``, following the newest call."""

    @abstractmethod
    def speedj(self, speeds: Six, acceleration: float) -> Motion:
        """Accelerate to joint speeds, rad/s and rad/s2, and keep them until another motion is requested.

        The motion is done once they are reached; a script that gives a time does not poll it.
        """

    @abstractmethod
    def speedl(self, speeds: Six, acceleration: float, acceleration_rotation: float) -> Motion:
        """Accelerate to TCP speeds as ``speedj`` does to joint speeds, m/s and rad/s in base axes."""

    # --- tool, load --------------------------------------------------------------------------------------------------

    @abstractmethod
    def tcp_offset(self) -> Six: ...
    @abstractmethod
    def set_tcp(self, pose: Six) -> None: ...
    @abstractmethod
    def payload(self) -> tuple[float, Three, Six]:
        """Return kg, centre of gravity in the flange (m), inertia (Ixx, Iyy, Izz, Ixy, Ixz, Iyz)."""

    @abstractmethod
    def set_payload(self, mass: float, cog: Three | None, inertia: Six | None) -> None:
        """Set the load; None leaves a value as it is."""

    def set_gravity(self, direction: Three) -> None:
        """Set the gravity in m/s2 in the base, pointing away from the ground."""

    # --- guiding, force, contact -------------------------------------------------------------------------------------

    def freedrive(self, axes: Sequence[int], feature: Six) -> None:
        """Make the arm compliant along six axes (0 or 1) of ``feature``; teach_mode is all of the base."""
        raise RuntimeException("freedrive is not available on this controller")

    def end_freedrive(self) -> None: ...

    def freedrive_status(self) -> int:
        """Return 0 (normal), 1 (near singularity) or 2 (too near it)."""
        return 0

    def force_mode(self, frame: Six, selection: Sequence[int], wrench: Six, kind: int, limits: Six) -> None:
        """Apply a wrench from now on, also while moves run, until ``end_force_mode``."""
        raise RuntimeException("force mode is not available on this controller")

    def end_force_mode(self) -> None: ...
    def set_force_mode_damping(self, damping: float) -> None: ...
    def set_force_mode_gain(self, scaling: float) -> None: ...
    def zero_ftsensor(self) -> None: ...
    def enable_external_ft(self, enable: bool, mass: float, offset: Three, cog: Three) -> None: ...

    def tool_contact(self, direction: Six) -> int:
        """Return the control steps since contact began, 0 without contact."""
        return 0

    # --- the rest ----------------------------------------------------------------------------------------------------

    @abstractmethod
    def protective_stop(self) -> None: ...

    @abstractmethod
    def message(self, text: str) -> None:
        """Write a text of textmsg to the log."""

    @abstractmethod
    def popup(self, text: str, title: str, *, warning: bool, error: bool) -> None: ...

    def popup_closed(self) -> bool:
        """Return whether a blocking popup has been answered."""
        return True

    @abstractmethod
    def set_watchdog(self, variable: str, frequency: float, action: str) -> None:
        """Require that the RTDE input is written at this rate (Hz).

        ``action`` is ``ignore``, ``pause`` or ``stop``.
        """
