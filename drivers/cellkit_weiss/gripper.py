"""What both languages have in common: which of the gripper's own commands does what the open interface asks for."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Coroutine
from typing import Any, TypeVar

from cellkit.devices import Grip, GripResult, JawsState, ParallelGripper, Workpiece
from cellkit.devices.parallel_gripper import OPENING, WIDTH_TOLERANCE
from cellkit.devices.wired import Wired
from cellkit.errors import CommandRejected, DeviceFault
from cellkit.models.gripper import ParallelGripperModel
from cellkit.transport import Network
from cellkit_weiss.config import WsgConfig
from cellkit_weiss.links import BinaryLink, GclLink
from cellkit_weiss.protocol.status import GRIPPED, MOVING, Flags, Grasping, Status, text_of
from cellkit_weiss.watch import Report, Watch

HOMING = 20.0
"""s that the fingers may take to their end stop."""
NOTHING = 0.001
"""m of opening width up to which nothing can be between the pads."""
INWARDS = 0.001
"""m by which a grip of a part that is touched already aims inside it, so that the gripper closes."""
END_MARGIN = 0.0002
"""m that a release stays short of the end: the gripper tells widths with one decimal of a millimetre, and refuses
those beyond its stroke."""

ConfigT = TypeVar("ConfigT", bound=WsgConfig)


class WsgGripper(Wired[ConfigT], ParallelGripper):
    """A WSG behind either language."""

    def __init__(self, name: str, model: ParallelGripperModel, config: ConfigT, network: Network) -> None:
        ParallelGripper.__init__(self, name, model)
        self._use(config, network)
        self._moves = 0
        self._unreferenced = False

    # --- hooks of the languages -------------------------------------------------------------------------------

    @abstractmethod
    async def _open_protocol(self) -> None:
        """Open the link, listen to it, and have the gripper report."""

    @abstractmethod
    async def _fresh(self) -> Report:
        """Ask for width, force and state now."""

    @abstractmethod
    async def _flag(self, flag: Flags) -> bool | None:
        """Return one bit of the system state; None: the gripper does not report it (hook)."""

    @abstractmethod
    async def _acknowledge(self) -> None:
        """Acknowledge a fast stop or fault. Raises ``DeviceFault``."""

    @abstractmethod
    async def _halt_fingers(self) -> None:
        """Send the gripper's own stop (hook)."""

    @abstractmethod
    async def _home(self) -> int:
        """Find the end stop; the status it ends with, as of all that follow."""

    @abstractmethod
    async def _position(self, width: float, speed: float, force: float) -> int:
        """Drive the fingers; stand where something is in the way."""

    @abstractmethod
    async def _seize(self, width: float | None, speed: float, force: float) -> int:
        """Grip a part that is expected at ``width`` (m), or anywhere."""

    def _met_early(self, width: float, expected: float) -> bool:
        """Return whether fingers that are blocked at ``width`` (m) may have met a part that is too wide.

        For the gripper that is a collision, like fingers that cannot move.
        """
        return width - expected > WIDTH_TOLERANCE

    @abstractmethod
    async def _open_to(self, width: float, now: float, speed: float) -> int:
        """Send the gripper's release, from the width ``now`` (m) to a greater one or the same."""

    # --- connecting -------------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        self._watch = self._pending(Watch(self.name, self.config.silence_limit, self._noticed))
        await self._open_protocol()
        await self._acknowledge()
        await self._fresh()
        if await self._flag(Flags.REFERENCED) is False:
            await self._reference()

    async def _reference(self) -> None:
        try:
            async with asyncio.timeout(HOMING):
                status = await self._carry_out(self._home())
        except TimeoutError:
            raise DeviceFault(self.name, "homing does not end", code="homing") from None
        await self._require(status)
        self._unreferenced = False

    def _listen(self, link: GclLink | BinaryLink) -> None:
        self._background(link.listen(), self._title())
        self._background(self._watch.guard(), self._title())

    # --- commands ---------------------------------------------------------------------------------------------

    async def _carry_out(self, motion: Coroutine[Any, Any, int]) -> int:
        self._moves += 1
        try:
            return await motion
        finally:
            self._moves -= 1

    async def _require(self, status: int) -> None:
        """Raise ``DeviceFault`` unless a motion has ended well."""
        if status == Status.SUCCESS:
            return
        self._unreferenced = status == Status.NOT_INITIALIZED
        text = text_of(status)
        if self._unreferenced:
            text += "; recover() homes it, which moves its fingers"
        elif await self._flag(Flags.FAST_STOP):
            text += " by a fast stop; recover() acknowledges it"
        raise DeviceFault(self.name, text, code=str(int(status)))

    async def _grip(self, part: Workpiece | None, force: float) -> GripResult:
        before = await self._fresh()
        if before.state is Grasping.HOLDING and self.holding:
            raise CommandRejected(self.name, f"{self.model.name} grips again only after a release, and it holds a part")
        if before.state in GRIPPED:
            await self._require(await self._carry_out(self._open_to(before.width, before.width, self._speed(None))))
        expected = None if part is None else self._across(part)[0]
        # Below the present width, or the gripper would open against the part from inside.
        aim = 0.0 if expected is not None and expected >= before.width else expected
        status = await self._carry_out(self._seize(aim, self._speed(None), force))
        after = await self._fresh()
        if status == Status.CMD_FAILED and after.state is Grasping.NO_PART:
            return GripResult(Grip.NO_PART, after.width)
        if status == Status.AXIS_BLOCKED and expected is not None and self._met_early(after.width, expected):
            await self._acknowledge()
            return GripResult(Grip.WRONG_WIDTH, after.width)
        await self._require(status)
        if after.width <= NOTHING:
            return GripResult(Grip.NO_PART, after.width)
        if expected is not None and abs(after.width - expected) > WIDTH_TOLERANCE:
            return GripResult(Grip.WRONG_WIDTH, after.width)
        return GripResult(Grip.PART, after.width)

    async def _release(self, part: Workpiece | None) -> None:
        stroke = self.model.stroke.known()
        width = stroke if part is None else min(stroke, self._across(part)[0] + OPENING)
        state = await self._drive(width, self._speed(None), self._grip_force(None, None))
        if width - state.width > WIDTH_TOLERANCE:  # a move can end early, a release must not
            await self._require(Status.AXIS_BLOCKED)

    async def _drive(self, width: float, speed: float, force: float) -> JawsState:
        report = await self._fresh()
        if report.state in GRIPPED:  # only a release leads out of these
            opened = max(report.width, min(width, self.model.stroke.known() - END_MARGIN))
            await self._require(await self._carry_out(self._open_to(opened, report.width, speed)))
            if width >= report.width:
                return self._state(await self._fresh())
        status = await self._carry_out(self._position(width, speed, force))
        report = await self._fresh()
        if status != Status.AXIS_BLOCKED:  # that is: stopped early, against something
            await self._require(status)
        elif report.state is Grasping.ERROR:
            await self._acknowledge()
        return self._state(report)

    async def _stop(self) -> None:
        if self._moves or self._watch.latest.state in MOVING:  # its own stop ends its watch over a part
            await self._halt_fingers()
        before: list[float] = []

        def stands(report: Report) -> bool:
            before.append(report.width)
            return len(before) > 2 and before[-3] == before[-2] == before[-1] and report.state not in MOVING

        await self._watch.until(stands)

    async def _recover(self) -> None:
        report = await self._fresh()
        if report.state is Grasping.ERROR or await self._flag(Flags.FAST_STOP):
            await self._acknowledge()
        referenced = await self._flag(Flags.REFERENCED)
        if referenced is False or (referenced is None and self._unreferenced):
            await self._reference()

    # --- states -----------------------------------------------------------------------------------------------

    def _noticed(self, report: Report) -> None:
        if report.state is Grasping.PART_LOST:
            self._part_lost()

    async def _read_state(self) -> JawsState:
        return self._state(self._watch.latest)

    def _state(self, report: Report) -> JawsState:
        moving = self._moves > 0 or report.state in MOVING
        return JawsState(report.stamp, report.width, report.force, moving)
