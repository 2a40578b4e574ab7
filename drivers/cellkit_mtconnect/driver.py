"""A machine tool behind an MTConnect agent: it is read once as a whole, then reports every change."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TypeVar

from cellkit.devices.machine import Clamping, Execution, Machine, MachineAlarm, MachineState
from cellkit.devices.wired import Wired
from cellkit.errors import ConnectionFailed, ConnectionLost, TransportError
from cellkit.timing import now
from cellkit.transport import Network
from cellkit_mtconnect.config import MTConnectConfig
from cellkit_mtconnect.protocol.choosing import Chosen, Unsuited
from cellkit_mtconnect.protocol.conditions import FAULT, Picture
from cellkit_mtconnect.protocol.documents import Observation, Streams
from cellkit_mtconnect.session import AgentRefused, AgentSession, OutOfStep, SampleStream

EnumT = TypeVar("EnumT", bound=Enum)
_RENAMED = {
    "PROGRAM_OPTIONAL_STOP": Execution.OPTIONAL_STOP.value
}  # up to 1.4, and still among the words of newer schemas
_RANGE = "OUT_OF_RANGE"


class MTConnectMachine(Wired[MTConnectConfig], Machine):
    """A ``Machine``. ``state().stamp`` is when the agent was heard last, be it that nothing has changed."""

    def __init__(self, name: str, config: MTConnectConfig, network: Network) -> None:
        Machine.__init__(self, name)
        self._use(config, network)
        self._session = AgentSession(name, network, config)

    def _title(self) -> str:
        return "MTConnect agent"

    async def _open_link(self) -> None:
        self._failed: dict[str, float] = {}
        try:
            await self._take_stock()
            stream = await self._session.sample(self._chosen, self._next)
        except Unsuited as unsuited:
            raise ConnectionFailed(self.name, f"the agent has no machine that fits: {unsuited}") from None
        self._background(self._follow(stream), "MTConnect agent")

    async def _close(self) -> None:
        await super()._close()
        self._session.close()

    # --- following the agent ----------------------------------------------------------------------------------

    async def _take_stock(self) -> None:
        """Ask what there is and how it is now. An agent that was started anew may describe another machine."""
        chosen: Chosen = await self._session.probe()
        document = await self._session.current(chosen)
        wanted = {chosen.availability, chosen.door, chosen.execution, *chosen.conditions}
        picture = Picture(wanted | {item for item in (chosen.chuck, chosen.mode) if item is not None})
        picture.apply(document.observations())
        self._chosen, self._picture = chosen, picture
        self._instance, self._next, self._stamp = document.header.instance, document.header.next, now()

    async def _follow(self, stream: SampleStream) -> None:
        """Read the stream, and mend what can be mended, as long as the agent is heard in time."""
        limit = self.config.silence_limit
        try:
            while True:
                async with asyncio.timeout_at(self._stamp + limit):
                    stream = await self._go_on(stream)
        except TimeoutError:
            raise ConnectionLost(self.name, f"the agent has been silent for {limit:g} s") from None
        finally:
            self._session.close()

    async def _go_on(self, stream: SampleStream) -> SampleStream:
        """Take one document, or mend the stream; each kind of trouble once within the silence limit."""
        try:
            self._take(await stream.next())
        except TransportError as error:
            self._once("broken", str(error))
            return await self._resumed()
        except OutOfStep as error:
            self._once("out of step", str(error))
            await self._again()
            return await self._resumed()
        return stream

    def _take(self, document: Streams) -> None:
        head = document.header
        if head.instance != self._instance:
            raise OutOfStep("the agent was started anew")
        if head.next < self._next:
            raise OutOfStep(f"sequence numbers run backwards, from {self._next} to {head.next}")
        if head.first > self._next:  # agents should refuse by themselves; what they forgot may have been a door
            raise OutOfStep(f"observations {self._next} to {head.first - 1} have left the buffer unseen")
        observations = [one for one in document.observations() if one.sequence >= self._next]
        self._picture.apply(observations)
        self._next, self._stamp = head.next, now()
        if observations:
            self._notify_observers()

    async def _resumed(self) -> SampleStream:
        """Return a stream that continues the last one, or begins now where the agent has forgotten or was replaced."""
        try:
            return await self._session.sample(self._chosen, self._next)
        except AgentRefused as refused:
            if refused.code != _RANGE:
                raise
            self._once("out of step", refused.message)
            await self._again()
            return await self._session.sample(self._chosen, self._next)

    async def _again(self) -> None:
        try:
            await self._take_stock()
        except Unsuited as unsuited:
            raise ConnectionLost(self.name, f"the agent's machine does not fit any more: {unsuited}") from None
        self._notify_observers()

    def _once(self, trouble: str, why: str) -> None:
        """Raise ``ConnectionLost`` for trouble that comes again too soon."""
        before = self._failed.get(trouble)
        self._failed[trouble] = now()
        if before is not None and now() - before <= self.config.silence_limit:
            raise ConnectionLost(self.name, f"{why}, for the second time within {self.config.silence_limit:g} s")

    # --- hooks of the machine ---------------------------------------------------------------------------------

    async def _read_state(self) -> MachineState:
        age = now() - self._stamp
        if age > self.config.silence_limit:
            raise ConnectionLost(self.name, f"the last report is {age:.1f} s old")
        picture, chosen = self._picture, self._chosen
        execution = picture.value(chosen.execution)
        return MachineState(
            self._stamp,
            picture.value(chosen.availability) == "AVAILABLE",
            _known(Clamping, picture.value(chosen.door)),
            _known(Clamping, picture.value(chosen.chuck)),
            _known(Execution, _RENAMED.get(execution, execution)),
            picture.value(chosen.mode),
            tuple(map(_alarm, picture.active())),
        )


def _known(words: type[EnumT], text: str) -> EnumT:
    """Return a word of the standard's; others are no better than UNAVAILABLE."""
    try:
        return words(text)
    except ValueError:
        return words("UNAVAILABLE")


def _alarm(condition: Observation) -> MachineAlarm:
    kind = " ".join(word for word in (condition.get("type"), condition.get("qualifier")) if word)
    code = condition.get("nativeCode") or condition.get("conditionId") or condition.get("type")
    return MachineAlarm(code, condition.value or kind, "fault" if condition.element == FAULT else "warning")
