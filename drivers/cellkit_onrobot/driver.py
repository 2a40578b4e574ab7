"""The driver of RG2 and RG6: force, width and a start in one message, then looking until the fingers stand."""

from __future__ import annotations

import asyncio

from cellkit.devices import Grip, GripResult, JawsState, ParallelGripper, Workpiece
from cellkit.devices.polling import Poller
from cellkit.errors import ConnectionLost, DeviceFault
from cellkit.models.gripper import ParallelGripperModel
from cellkit.transport import Network
from cellkit.transport.modbus import ModbusRefused
from cellkit_onrobot.config import RgConfig
from cellkit_onrobot.link import OnRobotTool
from cellkit_onrobot.protocol import rg
from cellkit_onrobot.protocol.box import BOX, CYCLE, POWER
from cellkit_onrobot.protocol.rg import Control, RgCommand, RgStatus

QUIET = 0.1  # s after a command in which busy not being seen may mean that there was nothing to move
START = 1.0  # s after which fingers that have not moved and are not where they should be will not move
ARRIVED = 0.001  # m off its goal at which a finger stands there; the gripper counts 0.1 mm
JITTER = 0.0002  # m between two looks at fingers that stand
CLOSED_FURTHER = 0.002  # m that fingers close upon a part that gives way; more, and it is gone
OFF = 0.5  # s in which the box has switched the tool off; whatever answers before is still the old state
BOOT = 15.0  # s in which it must be back


class RgGripper(OnRobotTool[RgConfig], ParallelGripper):
    """RG2 and RG6. They have one speed, and tell no force."""

    def __init__(self, name: str, model: ParallelGripperModel, config: RgConfig, network: Network) -> None:
        ParallelGripper.__init__(self, name, model)
        self._use(config, network)
        self._powered = asyncio.Event()
        self._direction = 0
        self._stood: RgStatus | None = None

    async def _open_link(self) -> None:
        self._powered.set()
        await self._open_modbus(self.model)
        self._poller = self._pending(Poller(self.name, self._read_status, self.config.poll_period, self._noticed))
        await self._poller.once()
        self._background(self._poller.run(), self._title())

    async def _read_status(self) -> RgStatus:
        await self._powered.wait()
        return rg.decode_status(await self._client.read_holding(rg.STATUS, rg.STATUS_COUNT))

    def _noticed(self, status: RgStatus) -> None:
        """Report a lost part when a grip ends, or the fingers close, without a command."""
        if not self.holding or self.busy or self._stood is None:
            return
        further = self._width(self._stood) - self._width(status)
        if not status.grip_detected or further > CLOSED_FURTHER:
            self._part_lost()

    # --- moving -----------------------------------------------------------------------------------------------

    async def _grip(self, part: Workpiece | None, force: float) -> GripResult:
        result = await super()._grip(part, force)
        if self._stood is not None and not self._stood.grip_detected:
            return GripResult(Grip.NO_PART, result.measure)
        return result

    async def _drive(self, width: float, speed: float, force: float) -> JawsState:
        status = await self._poller.once()
        self._require_sound(status)
        if status.busy:
            await self._halt_fingers()  # it ignores whatever comes while something runs
        pressing, self._direction = self._direction, 1 if width > self._width(status) else -1
        control = Control.GRIP_WITH_OFFSET if self.config.fingertips else Control.GRIP
        await self._client.write_registers(rg.FORCE, rg.encode_command(RgCommand(force, width, control)))
        # What it held before it was connected to is taken as gripped from outside.
        status = await self._stand(width, presses_already=self._direction == (pressing or -1))
        self._require_sound(status)
        self._stood = status
        return self._state(status)

    async def _stand(self, goal: float, presses_already: bool) -> RgStatus:
        """Wait until the fingers have come to a stand. Raises ``DeviceFault`` when they do not even begin."""

        def begun(status: RgStatus) -> bool:
            return status.busy or bool(rg.faults(status))

        for patience in (QUIET, START - QUIET):
            try:
                async with asyncio.timeout(patience):
                    await self._poller.until(begun)
                return await self._poller.until(lambda status: not status.busy or bool(rg.faults(status)))
            except TimeoutError:
                status = self._poller.latest
                if self._nothing_to_move(status, goal, presses_already):
                    return status
        raise DeviceFault(self.name, f"the fingers have not moved for {START:g} s after a command", code="no motion")

    def _nothing_to_move(self, status: RgStatus, goal: float, presses_already: bool) -> bool:
        if abs(self._width(status) - goal) <= ARRIVED or (status.grip_detected and presses_already):
            return True
        # At either end of the fingers' own way; with an offset the goal may lie beyond.
        end = self.model.stroke.known() if self._direction > 0 else 0.0
        return abs(status.width - end) <= ARRIVED

    async def _stop(self) -> None:
        """Without anything that runs, nothing is sent: fingers that hold a part go on holding it."""
        if self._powered.is_set() and (self.busy or self._poller.latest.busy):
            await self._halt_fingers()

    async def _halt_fingers(self) -> None:
        await self._client.write_register(rg.CONTROL, Control.STOP)
        widths: list[float] = []

        def stands(status: RgStatus) -> bool:
            widths.append(status.width)
            last = widths[-3:]
            return not status.busy and len(last) == 3 and max(last) - min(last) <= JITTER

        await self._poller.until(stands)

    # --- safety circuits --------------------------------------------------------------------------------------

    def _require_sound(self, status: RgStatus) -> None:
        found = rg.faults(status)
        if found:
            text = "; ".join(fault.text for fault in found)
            if any(status.pushed):
                text += "; a switch is still pushed"
            raise DeviceFault(self.name, text, code=found[0].code, recoverable=self._may_cycle(status))

    def _may_cycle(self, status: RgStatus) -> bool:
        return self.config.power_cycle and not any(status.pushed) and not status.safety_error

    async def _recover(self) -> None:
        status = await self._poller.once()
        if not self._may_cycle(status):
            self._require_sound(status)
        if rg.faults(status):
            await self._cycle_power()
            self._require_sound(await self._poller.once())

    async def _cycle_power(self) -> None:
        """Switch the tool off and on at the box. A part that was held counts as lost, since its state is unknown."""
        self._powered.clear()  # it is not silent because the line is
        try:
            await self._client.at(BOX).write_register(POWER, CYCLE)
            async with asyncio.timeout(BOOT):
                await asyncio.sleep(OFF)
                while not await self._answers():
                    pass
        except TimeoutError:
            text = f"it is not back {BOOT:g} s after the box has switched it off and on"
            raise DeviceFault(self.name, text, code="power", recoverable=False) from None
        finally:
            self._powered.set()

    async def _answers(self) -> bool:
        try:
            await self._client.read_holding(rg.STATUS, rg.STATUS_COUNT)
        except (ConnectionLost, ModbusRefused):
            await asyncio.sleep(self.config.poll_period)
            return False
        return True

    # --- state ------------------------------------------------------------------------------------------------

    async def _read_state(self) -> JawsState:
        return self._state(self._poller.latest)

    def _state(self, status: RgStatus) -> JawsState:
        return JawsState(self._poller.stamp, self._width(status), None, status.busy)

    def _width(self, status: RgStatus) -> float:
        return status.width_with_offset if self.config.fingertips else status.width
