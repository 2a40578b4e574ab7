"""RG2 or RG6 as a virtual device: its registers, its motions and its safety circuits, over a pair of jaws."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from typing_extensions import override

from cellkit.controller.plants.parallel_gripper import JawPlant
from cellkit.models.gripper import ParallelGripperModel
from cellkit.transport.modbus import ModbusUnit, Table, signed
from cellkit_onrobot.protocol import rg
from cellkit_onrobot.protocol.box import PRODUCT, PRODUCTS
from cellkit_onrobot.protocol.rg import Control, RgStatus
from cellkit_onrobot.virtual_box import Block, read_blocks

BEGINS = 0.008
"""s from a command until the tool at the other end of the box's own bus is busy with it; an assumption."""
REACHED = 0.0012
"""m off its goal at which a finger that stands has met something."""
TENTH_MM = 10_000.0


class RgHand(ModbusUnit):
    """A ``ModbusUnit``. The pads of ``jaws`` are the fingertips; bare fingers stand further apart by the offset.

    It has one speed, the model's highest: the registers know none.
    """

    def __init__(self, model: ParallelGripperModel, jaws: JawPlant) -> None:
        self._product = PRODUCTS.get(model.id, PRODUCTS["rg2"])
        self._stroke = model.stroke.known()
        self._most = round(model.force_max.known() * 10), round(self._stroke * TENTH_MM)
        self._least_force = model.force_min.known()
        self._speed = model.speed_max.known()
        self._jaws = jaws
        self._written = [0, 0, 0]
        self.offset = 0.0
        """m by which one fingertip stands out from its finger."""
        self._pushed, self._tripped = [False, False], [False, False]
        self._safety_error = False
        self._task: asyncio.Task[None] | None = None
        self._busy = self._gripping = False
        jaws.on_slip(self._slipped)

    # --- registers --------------------------------------------------------------------------------------------

    @override
    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        blocks = [
            Block(rg.FORCE, self._written),
            Block(rg.STATUS, rg.encode_status(self.status())),
            Block(rg.OFFSET_SETTING, [round(self.offset * TENTH_MM) & 0xFFFF]),
            Block(PRODUCT, [self._product]),
        ]
        return read_blocks(blocks, table, address, count)

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        if table == "holding" and address == rg.OFFSET_SETTING and len(values) == 1:
            self.set_offset(signed(values[0]) / TENTH_MM)
            return
        if table != "holding" or address + len(values) > rg.COMMAND_COUNT:
            raise KeyError(address)
        written = [*self._written]
        written[address : address + len(values)] = values
        force, width, control = written
        started = address + len(values) > rg.CONTROL
        if force > self._most[0] or width > self._most[1] or (started and control not in set(Control)):
            raise ValueError(values)
        self._written = written
        if started:
            self._start(Control(control))

    def set_offset(self, offset: float) -> None:
        """Tell the gripper how far (m) one fingertip stands out. Raises ``ValueError`` beyond half the stroke."""
        if abs(offset) > self._stroke / 2:
            raise ValueError(f"an offset of {offset} m")
        self.offset = offset

    def status(self) -> RgStatus:
        """As it is now."""
        width = self._jaws.state().width
        (pushed_1, pushed_2), (tripped_1, tripped_2) = self._pushed, self._tripped
        return RgStatus(
            self.offset,
            width + 2 * self.offset,
            width,
            self._busy,
            self._gripping,
            (pushed_1, pushed_2),
            (tripped_1, tripped_2),
            self._safety_error,
        )

    # --- motions ----------------------------------------------------------------------------------------------

    def _start(self, control: Control) -> None:
        if control is Control.STOP:
            self.halt()
        elif not self._busy and not any(self._tripped) and not self._safety_error:
            if self._task is not None:
                self._task.cancel()
            force, width, _ = self._written
            tips = width / TENTH_MM - (2 * self.offset if control is Control.GRIP else 0.0)
            # Bare fingers end at 0 and at the stroke; the tips meet before that.
            goal = max(0.0, min(tips, self._stroke, self._stroke - 2 * self.offset))
            work = self._drive(goal, max(force / 10, self._least_force))
            self._task = asyncio.get_running_loop().create_task(work)

    async def _drive(self, goal: float, force: float) -> None:
        await asyncio.sleep(BEGINS)
        self._busy, self._gripping = True, False
        state = await self._jaws.drive(goal, self._speed, force)
        self._busy, self._task = False, None
        self._gripping = abs(state.width - goal) > REACHED

    def halt(self) -> None:
        """Stop where the fingers are, keeping the force that holds a part."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        if self._busy:
            self._busy = False
            self._jaws.halt()

    def _slipped(self) -> None:
        """Let the fingers move on to their goal after the part between them is gone."""
        self._gripping = False

    # --- safety circuits and power ----------------------------------------------------------------------------

    def push_switch(self, number: int) -> None:
        """Something pushes a finger's safety switch (1 or 2): the circuit trips, and stays tripped."""
        self._pushed[number - 1] = self._tripped[number - 1] = True
        self.halt()

    def release_switches(self) -> None:
        """Nothing pushes them any more."""
        self._pushed = [False, False]

    def power_lost(self) -> None:
        """Stop the fingers; they keep holding a part, since the drive is self-locking (an assumption)."""
        self.halt()
        self._gripping = False

    def power_back(self) -> None:
        """Circuits are closed again; a switch that is pushed now is an error of its own."""
        self._tripped = [False, False]
        self._safety_error = any(self._pushed)
        self._written = [0, 0, 0]
