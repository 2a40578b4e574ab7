"""One Move of the virtual robot: which command belongs to which cycle, what is lost, when it is over."""

from __future__ import annotations

from collections.abc import Sequence

from cellkit.controller.arm_controller import ArmController
from cellkit.geometry import Array
from cellkit_franka.follower import Follower, Violation
from cellkit_franka.protocol.limits import CYCLE, LOST_CYCLES, TORQUE_RATE
from cellkit_franka.protocol.robot import Controller, Generator, Move
from cellkit_franka.protocol.state import RobotCommand

WINDOW = 100
"""Number of cycles over which the success rate of the commands is reported."""
_EVERY = (1 << WINDOW) - 1


class ActiveMove:
    """From "motion started" to the last command. ``finished`` and ``input_error`` say how it ends."""

    def __init__(
        self,
        command_id: int,
        request: Move,
        kernel: ArmController,
        start: Sequence[float],
        end_effector: Array,
        cycle: int,
    ) -> None:
        self.command_id = command_id
        self.controller = Controller(request.controller)
        self.generator = Generator(request.generator)
        self.follower = Follower(kernel.kinematics, self.generator, start, end_effector)
        self.desired: Sequence[float] = list(start)
        """(7,) joints that the arm is to be at: what was commanded, or what it would be in a cycle that was lost."""
        self.torques: Sequence[float] = (0.0,) * len(start)
        self.finished = False
        self.input_error = False
        self.stalled = False
        self.last_id = cycle
        self._efforts = [joint.max_effort or float("inf") for joint in kernel.model.kinematics.joints]
        self._lost = 0
        self._missing = 0
        self._window = 0
        self._begun = False

    @property
    def success_rate(self) -> float:
        """Share of the last 100 cycles that had a command."""
        return self._window.bit_count() / WINDOW

    def advance(self, commands: Sequence[RobotCommand], cycle: int) -> str | None:
        """Begin ``cycle`` with the commands that came; the name of the error flag that ends the motion, or None.

        More than one come when this controller was late: the states were answered, each in its turn.
        """
        error = self._take_all(commands)
        missing = cycle - 1 - self.last_id if self._begun else 0
        self._missing = min(missing, LOST_CYCLES)
        self.desired = self.follower.joints.ahead(self._missing)
        return error

    @property
    def desired_pose(self) -> Array:
        """(4, 4) where the end effector is to be, in the same sense, for the generators that command it."""
        return self.follower.pose_ahead(self._missing)

    def _take_all(self, commands: Sequence[RobotCommand]) -> str | None:
        self._window = (self._window << 1 | bool(commands)) & _EVERY
        if not commands:
            self._lost += 1
            return "communication_constraints_violation" if self._lost >= LOST_CYCLES else None
        self._lost = 0
        try:
            for command in commands:
                self._take(command)
                if self.input_error or self.finished:
                    break
        except Violation as violation:
            return violation.name
        return None

    def _take(self, command: RobotCommand) -> None:
        if not command.finite:
            self.input_error = True
            return
        # The first command starts from rest, however long the client has taken for it.
        cycles = command.message_id - self.last_id if self._begun else 1
        self._begun, self.last_id = True, command.message_id
        self.follower.follow(command, cycles)
        if self.controller is Controller.EXTERNAL:
            self._torque(command, cycles)
        if self.generator is Generator.NONE:
            self.finished = command.torques_finished
            return
        self.finished = command.motion_finished
        if self.finished and not self.follower.joints.standing:
            raise Violation("joint_motion_generator_velocity_discontinuity")

    def _torque(self, command: RobotCommand, cycles: int) -> None:
        """Torques are checked and shown; without dynamics the arm stands, or follows the motion generator."""
        change = TORQUE_RATE * CYCLE * cycles * (1.0 + 1e-6)
        for torque, before, most in zip(command.torques, self.torques, self._efforts, strict=True):
            if abs(torque) > most:
                raise Violation("tau_j_range_violation")
            if abs(torque - before) > change:
                raise Violation("controller_torque_discontinuity")
        self.torques = command.torques
