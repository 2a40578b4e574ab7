"""The runner's side of a student's program: an ordinary cell program, whose text runs in a process of its own.

This side trusts no message from that process. The process may call public coroutines of the cell's devices by name, and
report finished parts; the devices check the arguments as always.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import Arm, Device, DeviceEvent, Gripper
from cellkit.devices.actuator import Actuator
from cellkit.errors import CellkitError, CommandRejected, DeviceBusy, DeviceError
from cellkit.exercise.codec import CodecError, Json, decode, decode_error, encode, encode_error
from cellkit.exercise.interfaces import allowed, constructor_arguments, interfaces_of
from cellkit.exercise.sandbox import hidden_memory
from cellkit.exercise.student import START_TIME, CannotGrade, ProcessLimits, ProgramEnded, ProgramText, StudentProcess
from cellkit.exercise.turn import MAX_ATTEMPTS, Failure, Turn, read_turn
from cellkit.scenario.program import ProgramError
from cellkit.timing import now
from cellkit.timing.virtual_loop import VirtualLoop

MAX_TURNS = 5_000
"""Turns without any time passing after which a program counts as caught in a loop."""
MAX_REFUSED = 1_000
"""Commands of one run that the devices' rules may refuse."""
MAX_EVENTS = 10_000
"""Finished parts, notes and answers that one run may report."""
_MAX_PENDING = 1_000  # calls at a time
_MAX_TEXT = 1_000  # characters of a text from the program
_REPORTED_EVENTS = ("part_finished", "note", "report")


@dataclass(frozen=True)
class Trouble:
    """An error from the program's point of view: the time (s), the device, and the line of the program."""

    kind: str
    what: str
    when: float
    device: str | None = None
    line: int | None = None


@dataclass
class ProgramLog:
    """The log of a program: the cause of its failure, its refused commands, its forbidden attempts, its output."""

    failure: Trouble | None = None
    ended: bool = False
    """Whether it had to be ended, or ended its own process: then it has no score."""
    violations: list[Trouble] = field(default_factory=list)
    attempts: list[Trouble] = field(default_factory=list)
    printed: str = ""


class RemoteProgram:
    """Called with the cell, as any program is. ``seen`` is its log. ``cell_time``: s that it may take."""

    def __init__(
        self,
        program: ProgramText,
        limits: ProcessLimits,
        cell_time: float = math.inf,
        hidden: Sequence[Path] = (),
        protected: bool = True,
    ) -> None:
        self._program = program
        self._limits = limits
        self._cell_time = cell_time
        self._hidden = hidden
        self._protected = protected
        self.seen = ProgramLog()
        self.on_trouble: Callable[[Trouble], None] = lambda trouble: None

    async def __call__(self, cell: Cell) -> None:
        """Run the program. Raises the program's error, ``ProgramEnded`` and ``CannotGrade``."""
        student = StudentProcess(self._program, self._limits)
        with hidden_memory(self._protected):
            talk = _Conversation(cell, student, self.seen, now() + self._cell_time, self.on_trouble)
            try:
                await self._start(student, talk)
                await talk.converse()
            except ProgramEnded as error:
                self.seen.ended = True
                self.seen.failure = Trouble("Ended", f"the program {error}", now(), line=error.line)
                self.on_trouble(self.seen.failure)
                raise
            finally:
                try:
                    await talk.close()
                finally:
                    student.close()
                    self.seen.printed = student.printed()

    async def _start(self, student: StudentProcess, talk: _Conversation) -> None:
        start = {
            "t": now(),
            "cell": talk.description(),
            "protected": self._protected,
            "cpu": self._limits.cpu,
            "memory": self._limits.memory,
            "hidden": [str(folder) for folder in self._hidden],
        }
        try:
            answer = await student.exchange(start, START_TIME)
        except ProgramEnded as error:  # no line of the program has run yet
            raise CannotGrade(f"the process for the program {error}") from None
        if "ready" not in answer:
            raise CannotGrade(f"the program's process could not enter the sandbox: {str(answer.get('open'))[:200]}")


class _Conversation:
    """The exchange of messages with one process about one cell."""

    def __init__(
        self,
        cell: Cell,
        student: StudentProcess,
        seen: ProgramLog,
        end: float,
        on_trouble: Callable[[Trouble], None],
    ) -> None:
        self._cell = cell
        self._student = student
        self._seen = seen
        self._end = end
        self._on_trouble = on_trouble
        self._calls: dict[int, asyncio.Task[tuple[str, Json]]] = {}
        self._news: list[Json] = []
        self._events: list[Json] = []
        self._wake = asyncio.Event()
        self._listened: set[str] = set()
        self._states: dict[str, Json] = {}
        self._unsubscribe = [device.on_event(self._on_event) for device in cell.devices.values()]
        self._moment, self._turns = -1.0, 0
        self._emitted = 0
        self._excess = ""
        self._allowed = {role: allowed(device) for role, device in cell.devices.items()}

    # --- description of the cell ------------------------------------------------------------------------------

    def description(self) -> Json:
        """Return all facts about the cell that a program has from the start."""
        cell = self._cell
        return {
            "name": cell.name,
            "quantity": cell.quantity,
            "known": encode(cell.known()),
            "devices": [self._device(role, device) for role, device in cell.devices.items()],
        }

    def _device(self, role: str, device: Device) -> Json:
        arguments = {name: encode(_public(value)) for name, value in constructor_arguments(device).items()}
        self._states[role] = state = encode(_state(device))
        return {"role": role, "interfaces": interfaces_of(device), "arguments": arguments, "state": state}

    # --- turns ------------------------------------------------------------------------------------------------

    async def converse(self) -> None:
        """Exchange messages turn by turn to the program's end. Raises the program's error, and ``ProgramEnded``."""
        while True:
            await _idle()
            self._count_turn()
            message = await self._student.exchange({"t": now(), "news": self._take_news()})
            try:
                turn = read_turn(message)
                self._attempts(turn)
                acts, until = turn.acts, turn.until
                if len(acts) + len(self._calls) > _MAX_PENDING:
                    raise ProgramEnded(f"asked for more than {_MAX_PENDING} things at once and was ended")
                for act in acts:
                    if act[0] == "cancel":
                        await _idle()  # the cancelled call had begun in the program, so it must begin here as well
                    self._act(act)
            except CellkitError:
                raise
            except Exception:  # a forged message may break any assumption
                raise ProgramEnded("sent invalid messages to the cell and was ended") from None
            if turn.done:
                return
            if turn.failed is not None:
                raise self._failure(turn.failed)
            await self._until(until)

    async def close(self) -> None:
        """End the remaining calls; the devices stop."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        rest = list(self._calls.values())
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest)

    def _count_turn(self) -> None:
        if now() >= self._end:
            raise ProgramEnded("was not done in the time that the exercise gives and was ended")
        if self._excess:
            raise ProgramEnded(self._excess)
        if now() > self._moment:
            self._moment, self._turns = now(), 0
        self._turns += 1
        if self._turns > MAX_TURNS:
            raise ProgramEnded(
                f"asked {MAX_TURNS} times without any time passing (a loop without a sleep?) and was ended"
            )

    async def _until(self, until: float | None) -> None:
        """Let the cell continue until there is news for the program, or until its next timer."""
        if self._news or self._events:
            return
        if until is None and not self._calls and not self._listened:
            raise ProgramEnded("waits for something that never comes and was ended")
        moment = self._end if until is None else min(until, self._end)
        timer = None
        if math.isfinite(moment):
            timer = asyncio.get_running_loop().call_at(max(moment, now()), self._wake.set)
        try:
            await self._wake.wait()
        finally:
            self._wake.clear()
            if timer is not None:
                timer.cancel()

    def _take_news(self) -> list[Json]:
        states = []
        for role, device in self._cell.devices.items():
            state = encode(_state(device))
            if state != self._states[role]:
                self._states[role] = state
                states.append(["state", role, state])
        news = [*self._events, *states, *self._news]
        self._events, self._news = [], []
        return news

    # --- requests of the program ------------------------------------------------------------------------------

    def _act(self, act: Sequence[Json]) -> None:
        what = act[0]
        if what == "call":
            _, number, role, method, given, line = act
            self._call(int(number), str(role), str(method), given, None if line is None else int(line))
        elif what == "cancel":
            number = int(act[1])
            if number in self._calls:
                self._calls[number].cancel()
            else:  # the reply is on its way already
                self._news.append(["ok", number, None])
        elif what == "emit":
            self._emit(str(act[1]), decode(act[2]))
        elif what == "listen":
            self._listened.add(str(act[1]))
        else:
            self._immediate(what, [decode(item) for item in act[1:]])

    def _call(self, number: int, role: str, method: str, given: Json, line: int | None) -> None:
        if role not in self._allowed or method not in self._allowed[role] or number in self._calls:
            raise KeyError(method)
        device = self._cell.devices[role]
        task = asyncio.get_running_loop().create_task(self._carry_out(device, method, given, line))
        self._calls[number] = task
        task.add_done_callback(lambda _: self._answered(number, task))

    async def _carry_out(self, device: Device, method: str, given: Json, line: int | None) -> tuple[str, Json]:
        """Return the outcome of a call: its result or its error."""
        try:
            args, kwargs = [decode(item) for item in given[0]], {key: decode(item) for key, item in given[1].items()}
            return "ok", encode(await getattr(device, method)(*args, **kwargs))
        except Exception as error:
            self._note_refusal(device, method, error, line)
            return "error", encode_error(error)

    def _answered(self, number: int, task: asyncio.Task[tuple[str, Json]]) -> None:
        kind, value = ("cancelled", None) if task.cancelled() else task.result()
        self._news.append([kind, number, value])
        del self._calls[number]
        self._wake.set()

    def _note_refusal(self, device: Device, method: str, error: Exception, line: int | None) -> None:
        """Log a command to an actuator that its rules refused; a question such as ``nearest`` does not count."""
        moves = isinstance(device, Actuator) and method != "nearest"
        if moves and isinstance(error, CommandRejected) and not isinstance(error, DeviceBusy):
            trouble = Trouble(type(error).__name__, _clean(error), now(), device.name, line)
            self._seen.violations.append(trouble)
            self._on_trouble(trouble)
            if len(self._seen.violations) > MAX_REFUSED:
                self._excess = f"had more than {MAX_REFUSED} commands refused and was ended"
                self._wake.set()

    def _emit(self, what: str, data: Mapping[str, Any]) -> None:
        if what not in _REPORTED_EVENTS:
            return
        self._emitted += 1
        if self._emitted > MAX_EVENTS:
            raise ProgramEnded(f"reported more than {MAX_EVENTS} events and was ended")
        if what == "report":
            key, value = str(data["key"])[:_MAX_TEXT], float(data["value"])
            if math.isfinite(value):
                self._cell.report(key, value)
        else:
            name = "part" if what == "part_finished" else "text"
            self._cell.emit(what, **{name: str(data[name])[:_MAX_TEXT]})

    def _immediate(self, what: str, given: Sequence[Any]) -> None:
        device = self._cell.devices[str(given[0])]
        if what == "frame" and isinstance(device, Arm):
            try:
                device.set_frame(str(given[1]), given[2])
            except CommandRejected as error:  # the program's side has checked it, so the message is forged
                raise KeyError(what) from error
        elif what == "hold" and isinstance(device, Actuator):
            device.hold()
        elif what == "resume" and isinstance(device, Actuator):
            device.resume()
        else:
            raise KeyError(what)

    # --- news for the program ---------------------------------------------------------------------------------

    def _on_event(self, event: DeviceEvent) -> None:
        always = event.what in ("grasp_lost", "connection_lost")
        if always or event.device in self._listened:
            self._events.append(["event", event.device, event.what, encode(event.data)])
            self._wake.set()

    def _attempts(self, turn: Turn) -> None:
        for what, line in turn.refused:
            self._seen.attempts.append(Trouble("refused", f"tried to {_clean(what)} (refused)", now(), line=line))
        if len(self._seen.attempts) > MAX_ATTEMPTS:
            raise ProgramEnded(f"reported more than {MAX_ATTEMPTS} forbidden attempts and was ended")

    def _failure(self, failed: Failure) -> Exception:
        """Return the program's own error in a form that this side may raise."""
        name, line = _clean(failed.name), failed.line
        try:
            error = decode_error(failed.error.plain())
            text = _clean(error)
            device = error.device if isinstance(error, DeviceError) else None
            if device is not None and device not in self._cell.devices:
                raise CodecError("an error of an unknown device")
        except Exception:  # a forged error may break even its own text
            return ProgramEnded("sent invalid messages to the cell and was ended")
        if not isinstance(error, CellkitError):
            text = f"the program raised {text}" if text.startswith(name) else f"the program raised {name}: {text}"
            attempts = (attempt.what for attempt in self._seen.attempts if attempt.line == line is not None)
            tried = next(attempts, None)
            if name == "PermissionError" and tried is not None:
                text = f"the program {tried}"
            error = ProgramError(text, f"line {line}")
        self._seen.failure = Trouble(name, text.removesuffix(": "), now(), device, line)
        self._on_trouble(self._seen.failure)
        return error


async def _idle() -> None:
    """Wait until no task is ready at this moment, so that the program gets all news of the moment at once."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    while loop.has_ready():  # noqa: ASYNC110 - no event signals that
        await asyncio.sleep(0)


def _clean(text: object) -> str:
    """Return the beginning of a text, without characters that no file can hold."""
    return str(text)[:_MAX_TEXT].encode("utf-8", "replace").decode()


def _state(device: Device) -> dict[str, Any]:
    """Return the state that a device reports without a command."""
    state: dict[str, Any] = {"lifecycle": device.lifecycle.value}
    if isinstance(device, Actuator):
        state |= {"busy": device.busy, "held": device.held}
    if isinstance(device, Gripper):
        state["holding"] = device.holding
    if isinstance(device, Arm):
        state |= {"tool": device.tool, "payload": device.payload, "frames": device.frames}
    return state


def _public(value: Any) -> Any:
    """Return a model without paths of this machine."""
    return value.model_copy(update={"urdf": None}) if getattr(value, "urdf", None) else value
