"""The driver of the WSG 50: one gripper, two languages.

A gripper that is not referenced is homed when the driver connects: its fingers drive against an end stop (outwards, as
shipped), so nothing may be in their way. A fast stop is acknowledged on connecting too, because a connection that broke
leaves one behind.
"""

from __future__ import annotations

import asyncio

from cellkit.errors import DeviceFault, ProtocolError
from cellkit_weiss.config import BinaryConfig, GclConfig
from cellkit_weiss.gripper import INWARDS, NOTHING, WsgGripper
from cellkit_weiss.links import BinaryLink, GclLink
from cellkit_weiss.protocol import binary, gcl
from cellkit_weiss.protocol import gcl_requests as requests
from cellkit_weiss.protocol.binary import Id
from cellkit_weiss.protocol.status import Flags, Status, grasping_of, text_of
from cellkit_weiss.watch import Report


class GclGripper(WsgGripper[GclConfig]):
    """By text commands. ``move()`` has no force of its own here: MOVE takes none."""

    _link: GclLink

    async def _open_protocol(self) -> None:
        config = self.config
        stream = await self._open_stream(config.gcl_port, self._title())
        link = GclLink(self.name, stream, config.answer_timeout, self._link_lost, self._told)
        self._link = self._pending(link)
        self._farewell = lambda: link.ask(requests.Plain("BYE"))
        self._listen(link)
        settings = {"VERBOSE": 0.0, "PWT": config.part_width_tolerance, "CLT": config.clamping_travel}
        for name, value in settings.items():
            if value is not None:
                await self._ask(requests.Setting(name, value))
        for name in ("POS", "FORCE", "GRIPSTATE"):  # the state last, see Watch
            await self._ask(requests.AutoSend(name, config.update_period))

    def _told(self, value: gcl.Value) -> None:
        if value.name == "POS":
            self._watch.width(value.number())
        elif value.name == "FORCE":
            self._watch.force(value.number())
        elif value.name == "GRIPSTATE":
            number = value.number()
            if number != int(number):
                raise ProtocolError(self.name, "a state that is no whole number", data=value.text.encode())
            self._watch.state(grasping_of(int(number), value.text.encode()))

    async def _ask(self, request: requests.Request) -> gcl.Answer:
        answer = await self._link.ask(request)
        if isinstance(answer, gcl.Failed):
            text = f"{requests.encode_request(request).decode().strip()}: {text_of(answer.status)}"
            raise DeviceFault(self.name, text, code=str(answer.status))
        return answer

    async def _fresh(self) -> Report:
        await asyncio.gather(*(self._ask(requests.Query(name)) for name in ("POS", "FORCE", "GRIPSTATE")))
        return self._watch.latest

    async def _flag(self, flag: Flags) -> bool | None:
        answer = await self._link.ask(requests.Query("SYSFLAGS", flag.bit_length() - 1))
        return bool(answer.number()) if isinstance(answer, gcl.Value) else None

    async def _acknowledge(self) -> None:
        await self._ask(requests.Plain("FSACK"))

    async def _halt_fingers(self) -> None:
        await self._ask(requests.Plain("STOP"))

    async def _home(self) -> int:
        return await self._link.carry_out(requests.Home())

    async def _position(self, width: float, speed: float, force: float) -> int:
        return await self._link.carry_out(requests.Move(width, speed))

    async def _seize(self, width: float | None, speed: float, force: float) -> int:
        if width is None and self.config.part_width_tolerance is not None:
            width = 0.0
        return await self._link.carry_out(requests.Grip(force, width, None if width is None else speed))

    def _met_early(self, width: float, expected: float) -> bool:
        allowed = self.config.part_width_tolerance
        return super()._met_early(width, expected) and (allowed is None or width - expected > allowed)

    async def _open_to(self, width: float, now: float, speed: float) -> int:
        return await self._link.carry_out(requests.Release(width - now, speed))


class BinaryGripper(WsgGripper[BinaryConfig]):
    """By binary commands."""

    _link: BinaryLink

    async def _open_protocol(self) -> None:
        config = self.config
        stream = await self._open_stream(config.binary_port, self._title())
        link = BinaryLink(self.name, stream, config.answer_timeout, self._link_lost, self._told)
        self._link = self._pending(link)
        self._farewell = lambda: link.ask(binary.Plain(Id.DISCONNECT))
        self._flags = Flags(0)
        self._listen(link)
        await self._fresh()

    def _told(self, answer: binary.Answer) -> None:
        if answer.status != Status.SUCCESS:
            return
        if answer.command == Id.WIDTH:
            self._watch.width(answer.number())
        elif answer.command == Id.FORCE:
            self._watch.force(answer.number())
        elif answer.command == Id.SYSTEM_STATE:
            self._flags = Flags(answer.integer())
        elif answer.command == Id.GRASPING_STATE:
            self._watch.state(grasping_of(answer.integer(), answer.data))

    async def _ask(self, command: binary.Command) -> binary.Answer:
        answer = await self._link.ask(command)
        if answer.status != Status.SUCCESS:
            what = binary.id_of(command).name.lower().replace("_", " ")
            raise DeviceFault(self.name, f"{what}: {text_of(answer.status)}", code=str(answer.status))
        return answer

    async def _fresh(self) -> Report:
        # Asking for a value once would end its reports, so each is asked for as before.
        ids = (Id.SYSTEM_STATE, Id.WIDTH, Id.FORCE, Id.GRASPING_STATE)  # the state last, see Watch
        await asyncio.gather(*(self._ask(binary.Ask(id, True, False, self.config.update_period)) for id in ids))
        return self._watch.latest

    async def _flag(self, flag: Flags) -> bool | None:
        await self._ask(binary.Ask(Id.SYSTEM_STATE, True, False, self.config.update_period))
        return flag in self._flags

    async def _acknowledge(self) -> None:
        await self._ask(binary.Acknowledge())

    async def _halt_fingers(self) -> None:
        await self._ask(binary.Plain(Id.STOP))

    async def _home(self) -> int:
        return await self._link.carry_out(binary.Home())

    async def _position(self, width: float, speed: float, force: float) -> int:
        await self._ask(binary.Put(Id.SET_FORCE_LIMIT, (force,)))
        return await self._link.carry_out(binary.Preposition(width, speed))

    async def _seize(self, width: float | None, speed: float, force: float) -> int:
        """Return which parts are taken goes by the web page's tolerances; one of unknown width is felt for first."""
        await self._ask(binary.Put(Id.SET_FORCE_LIMIT, (force,)))
        if width is None:
            status = await self._link.carry_out(binary.Preposition(0.0, speed))
            if status not in (Status.SUCCESS, Status.AXIS_BLOCKED):
                return status
            met = (await self._fresh()).width
            if met <= NOTHING:
                return Status.SUCCESS  # the other finger; the caller looks at the width
            width = max(0.0, met - INWARDS)
        return await self._link.carry_out(binary.Grasp(width, speed))

    async def _open_to(self, width: float, now: float, speed: float) -> int:
        return await self._link.carry_out(binary.Release(width, speed))
