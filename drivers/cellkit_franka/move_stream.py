"""The life of a Move on the driver's side: started, seen in the state, one set-point a state, finished, replied.

Set-points are taken at the time of the robot's cycle, not when its state happens to arrive: the robot differentiates
them by its cycles, so a late state must not look like a fast joint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum

from cellkit.errors import CommandRejected
from cellkit_franka.link import RobotLink
from cellkit_franka.protocol.robot import Command, Controller, Generator, Move, MoveStatus, Plain
from cellkit_franka.protocol.state import Report, RobotMode, encode_joint_command

PATIENCE = 100  # states in which the robot may be idle before the final reply to a Move has come


class Phase(Enum):
    """Where a Move is."""

    IDLE = "idle"
    STARTING = "starting"
    RUNNING = "running"
    FINISHING = "finishing"


class MoveStream:
    """Streams ``setpoint(cycle)``, joints (7,) in rad.

    ``ended`` receives the status of a Move that the driver has not ended.
    """

    def __init__(
        self,
        device: str,
        link: RobotLink,
        setpoint: Callable[[int], list[float]],
        ended: Callable[[MoveStatus], None],
    ) -> None:
        self.phase = Phase.IDLE
        self._device = device
        self._link = link
        self._setpoint = setpoint
        self._ended = ended
        self._last: list[float] = []
        self._idle = 0
        self._final: asyncio.Future[int] | None = None

    async def begin(self) -> bool:
        """Start a Move unless one runs; whether this one is new. Raises ``CommandRejected`` and ``ConnectionLost``.

        Returns when the robot is ready; nothing is streamed until ``run()``.
        """
        if self.phase is Phase.RUNNING:
            # A robot that is idle has ended the Move; that was not heard yet.
            await self._link.states.until(lambda report: self.phase is not Phase.RUNNING or not _over(report))
        if self.phase is Phase.RUNNING:
            return False
        if self.phase is not Phase.IDLE:
            raise CommandRejected(self._device, f"a motion is {self.phase.value}")
        self.phase = Phase.STARTING
        started = False
        try:
            status = await self._link.request(Move(Controller.JOINT_IMPEDANCE, Generator.JOINT_POSITION))
            if status != MoveStatus.MOTION_STARTED:
                raise CommandRejected(self._device, f"the robot refused the motion: {_words(status)}")
            started = True
            assert self._link.final is not None
            self._final = self._link.final
            self._final.add_done_callback(self._on_final)
            await self._link.states.until(lambda report: self.phase is Phase.IDLE or _moving(report))
            if self.phase is Phase.IDLE:
                raise CommandRejected(self._device, "the robot ended the motion before it began")
        except BaseException:
            if not started:
                self.phase = Phase.IDLE
            raise
        return True

    def run(self) -> None:
        """Stream from now on, and answer the newest state at once."""
        report = self._link.states.value
        self._last, self._idle = [], 0
        self.phase = Phase.RUNNING
        self.answer(report)

    def answer(self, report: Report) -> None:
        """Answer a state if a Move runs."""
        if self.phase is Phase.IDLE or self.phase is Phase.STARTING:
            return
        if _over(report):
            self._idle += 1
            if self._idle >= PATIENCE:
                self._abandon()
            return
        joints = self._setpoint(report.message_id)
        # The robot refuses to end a motion whose joints still have a speed.
        finished = self.phase is Phase.FINISHING and joints == self._last
        self._link.send(encode_joint_command(report.message_id, joints, finished))
        self._last = joints

    async def end(self) -> None:
        """End the Move in which the set-points have come to rest, if there is one; the robot is idle then."""
        if self.phase is Phase.STARTING:
            # StopMove ends it also where the robot never began. Its final reply comes before that to StopMove.
            await self._link.request(Plain(Command.STOP_MOVE))
            self.phase = Phase.IDLE
            return
        if self.phase is Phase.RUNNING:
            self.phase = Phase.FINISHING
        if self.phase is Phase.FINISHING and self._final is not None:
            await asyncio.wait({self._final})

    def _abandon(self) -> None:
        """Give up a Move: the robot has long been idle, and has not reported why it ended the Move."""
        self.phase = Phase.IDLE
        if self._final is not None:
            self._final.cancel()
        self._ended(MoveStatus.ABORTED)

    def _on_final(self, final: asyncio.Future[int]) -> None:
        expected, self.phase = self.phase is Phase.FINISHING, Phase.IDLE
        if final.cancelled() or final.exception() is not None:
            return
        status = final.result()
        if not (expected and status == MoveStatus.SUCCESS):
            self._ended(MoveStatus(status) if status in list(MoveStatus) else MoveStatus.ABORTED)


def _over(report: Report) -> bool:
    return bool(report.generator == Generator.IDLE)


def _moving(report: Report) -> bool:
    return bool(report.mode == RobotMode.MOVE and report.generator == Generator.JOINT_POSITION)


def _words(status: int) -> str:
    return MoveStatus(status).name.lower().replace("_", " ") if status in list(MoveStatus) else f"status {status}"
