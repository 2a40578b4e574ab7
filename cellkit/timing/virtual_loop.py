"""One event loop for simulation and for real hardware; only its notion of time differs.

``max``
    Virtual time. When no task is ready, time jumps to the next timer; a stepped world (physics) is advanced
    on the way, step by step; the jump ends as soon as a step wakes a task.
``1``, ``0.5``, ``10`` …
    Paced: cell time runs at that multiple of wall time. Real hardware needs ``1``. A world that cannot keep up
    makes cell time lag; no step is skipped.

In virtual time ``create_connection``, ``create_server``, ``create_datagram_endpoint`` and name look-up go over the
network in memory of the loop (``memory_network``), so that any asyncio library that keeps no clock of its own runs
bit-repeatably: no wall clock and no socket takes part. In paced time they use the sockets of the machine. ``memory``
chooses the other one. A socket that is given as ``sock`` is always used.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import math
import selectors
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Executor
from contextvars import Context, copy_context
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, TypeVarTuple, cast

from typing_extensions import override

from cellkit.end_signals import Ended, on_end_signal
from cellkit.timing.memory_network import MemoryNet, memory_of, networks_of
from cellkit.timing.pace import Pace

ResultT = TypeVar("ResultT")
Ts = TypeVarTuple("Ts")
Speed: TypeAlias = float | Literal["max"]

_POLL_EVERY = 64  # rounds between two looks at real file descriptors when only the loop's own pipe is open
_RESOLUTION = 1e-9  # s by which timers may be early
INSISTING = 3  # Ctrl+C this often interrupts at once
_FEW_TIMERS = 100  # up to here asyncio leaves cancelled timers where they are, however many
_PACED_SLICE = 0.01  # s of wall time at most between two advances of a stepped world


class Deadlock(RuntimeError):
    """A state in which every task waits, no timer is set and no world moves: virtual time would never go on."""


class Stepper(Protocol):
    """A world that advances in steps of its own."""

    def advance(self, until: float, interrupted: Callable[[], bool]) -> float:
        """Step up to time ``until`` (s) or to the first step after which ``interrupted()``; return the time."""


class _TimeSelector(selectors.BaseSelector):
    """The real selector, except that it advances cell time where asyncio would wait."""

    def __init__(self, loop: VirtualLoop, speed: Speed) -> None:
        self._real = selectors.DefaultSelector()
        self._loop = loop
        self._speed = speed
        self.rounds = 0
        self._files = 0
        self._wall_start = time.monotonic()
        self._cell_start = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout == 0 and not self._loop.has_ready():
            # A timer is due. After three months floats are coarser than a nanosecond: asyncio would not find it due.
            self._loop.widen_resolution()
        if self._speed == "max":
            return self._select_virtual(timeout)
        return self._select_paced(timeout, self._speed)

    @property
    def sockets_open(self) -> bool:
        """Whether files other than the loop's own pipe are open."""
        return self._files > 1

    def must_look(self) -> bool:
        """Return whether the next round has to look at real file descriptors."""
        return self.sockets_open or (self.rounds + 1) % _POLL_EVERY == 0

    def _select_virtual(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        must_look = self.must_look()
        self.rounds += 1
        if must_look:
            events = self._real.select(0)
            if events:
                return events
        if timeout is not None and timeout <= 0:
            return []
        if self._loop.pace is not None:
            until = math.inf if timeout is None else self._loop.end_of_wait(timeout)
            self._loop.pace.hold(self._loop.cell_time, until, self._loop.has_ready)
            if self._loop.has_ready():
                return []
        if self._loop.stepper is None:
            if timeout is None:
                if not self.sockets_open:
                    raise Deadlock("every task waits, no timer is set and no world moves: this would last forever")
                return self._real.select(None)
            self._loop.cell_time = self._loop.end_of_wait(timeout)
            return []
        self._advance(math.inf if timeout is None else self._loop.end_of_wait(timeout))
        return []

    def _select_paced(self, timeout: float | None, speed: float) -> list[tuple[selectors.SelectorKey, int]]:
        until = math.inf if timeout is None else self._loop.end_of_wait(timeout)
        while True:
            wait = (until - self._reading(speed)) / speed
            if self._loop.stepper is not None:
                wait = min(wait, _PACED_SLICE)
            events = self._real.select(None if math.isinf(wait) else max(0.0, wait))
            reading = self._reading(speed)
            if self._loop.stepper is None:
                self._loop.cell_time = max(self._loop.cell_time, reading)
            else:
                self._advance(
                    min(until, max(self._loop.cell_time, reading)), pause=time.monotonic() + 10 * _PACED_SLICE
                )
                if reading - self._loop.cell_time > 0.5 * speed and self._loop.cell_time < until:
                    self._wall_start, self._cell_start = time.monotonic(), self._loop.cell_time  # fell behind
            if events or self._loop.has_ready() or self._loop.cell_time >= until - 1e-9:
                return events

    def _reading(self, speed: float) -> float:
        return self._cell_start + (time.monotonic() - self._wall_start) * speed

    def _advance(self, until: float, pause: float | None = None) -> None:
        stepper = self._loop.stepper
        assert stepper is not None
        interrupted = self._loop.has_ready
        if pause is not None:

            def interrupted() -> bool:
                return self._loop.has_ready() or time.monotonic() > pause

        self._loop.cell_time = max(self._loop.cell_time, stepper.advance(until, interrupted))

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = self._real.register(fileobj, events, data)
        self._files += 1
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        key = self._real.unregister(fileobj)
        self._files -= 1
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def close(self) -> None:
        self._real.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.get_key(fileobj)


def _fill(
    handle: Any, callback: Callable[..., object], args: Sequence[Any], loop: VirtualLoop, context: Context | None
) -> None:
    """Fill in a new handle as asyncio does, without its debugging aids: a run makes hundreds of thousands of them."""
    handle._context = copy_context() if context is None else context
    handle._loop = loop
    handle._callback = callback
    handle._args = args
    handle._cancelled = False
    handle._repr = handle._source_traceback = None


class _Handle(asyncio.Handle):
    """A callback that is ready."""

    __slots__ = ()

    def __init__(
        self, callback: Callable[..., object], args: Sequence[Any], loop: VirtualLoop, context: Context | None
    ) -> None:
        _fill(self, callback, args, loop, context)


class _Timer(asyncio.TimerHandle):
    """A timer that comes after those which were set before it for the same moment.

    asyncio does not define their order: it depends on the other timers, so that an observer would change a run.
    """

    __slots__ = ("order",)
    order: int
    _when: float
    _cancelled: bool
    _scheduled: bool

    def __init__(
        self,
        when: float,
        callback: Callable[..., object],
        args: Sequence[Any],
        loop: VirtualLoop,
        context: Context | None,
    ) -> None:
        _fill(self, callback, args, loop, context)
        self._when = when
        self._scheduled = False

    def __lt__(self, other: asyncio.TimerHandle) -> bool:
        assert isinstance(other, _Timer)
        if self._when == other._when:
            return self.order < other.order
        return self._when < other._when


class VirtualLoop(asyncio.SelectorEventLoop):
    """The event loop of every cell. ``cell_time`` moves only while no task is ready."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[_Timer]
    _debug: bool
    _stopping: bool
    _timer_cancelled_count: int

    def __init__(
        self,
        speed: Speed = "max",
        stepper: Stepper | None = None,
        pace: Pace | None = None,
        memory: bool | None = None,
    ) -> None:
        self.speed = speed
        self.connects_in_memory = speed == "max" if memory is None else memory
        self.cell_time = 0.0
        self.stepper = stepper
        self.pace = pace
        self._time_selector = _TimeSelector(self, speed)
        super().__init__(self._time_selector)
        self._clock_resolution = _RESOLUTION
        self._timers = 0
        self._calls = 0

    @override
    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call ``callback`` in the next round."""
        if self._debug or self.is_closed():
            self._calls += 1
            return super().call_soon(callback, *args, context=context)
        handle = _Handle(callback, args, self, context)
        self._ready.append(handle)
        self._calls += 1
        return handle

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Set a timer; timers for the same moment keep the order in which they were set."""
        self._check_closed()  # type: ignore[attr-defined]
        timer = _Timer(when, callback, args, self, context)
        self._timers += 1
        timer.order = self._timers
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return timer

    def _run_once(self) -> None:
        """Make one round, as asyncio does, but without its selector where virtual time goes from timer to timer."""
        if not self._in_short():
            super()._run_once()  # type: ignore[misc]
            return
        while True:
            self._short_round()
            if not self._in_short():
                return

    def _in_short(self) -> bool:
        """Return whether the next round can be made without asyncio's selector."""
        return not (
            self.speed != "max"
            or self._debug
            or self._stopping
            or self._timer_cancelled_count * 2 > len(self._scheduled) > _FEW_TIMERS
            or not (self._ready or (self._scheduled and self.stepper is None and self.pace is None))
            or self._time_selector.must_look()
        )

    def _short_round(self) -> None:
        ready, scheduled = self._ready, self._scheduled
        self._time_selector.rounds += 1
        if not ready:
            when = scheduled[0]._when
            if when <= self.cell_time:
                self.widen_resolution()
            elif not scheduled[0]._cancelled:
                self.cell_time = when
        due = self.cell_time + self._clock_resolution
        while scheduled and (scheduled[0]._cancelled or scheduled[0]._when < due):
            timer = heapq.heappop(scheduled)
            timer._scheduled = False
            if timer._cancelled:
                self._timer_cancelled_count -= 1
            else:
                ready.append(timer)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()

    def time(self) -> float:
        """Return the cell time in s since the loop was made."""
        return self.cell_time

    def widen_resolution(self) -> None:
        """Keep the tolerance of timers above what a float resolves at this time."""
        self._clock_resolution = max(_RESOLUTION, 4.0 * math.ulp(self.cell_time))

    def end_of_wait(self, timeout: float) -> float:
        """Return when a wait of ``timeout`` (s) ends: at the exact moment of the next timer where that is meant.

        asyncio gives the duration only; added to the present time it would differ in the last digits.
        """
        wait = max(0.0, timeout)
        if self._scheduled:
            when = self._scheduled[0].when()
            if abs(when - self.cell_time - wait) < _RESOLUTION:
                return max(when, self.cell_time)
        return self.cell_time + wait

    def skip_to(self, moment: float) -> bool:
        """Move the cell time on to ``moment`` (s) if nothing else can happen up to then; return whether it has moved.

        In paced time, with a stepped world or with open sockets it never moves.
        """
        jumps = self.speed == "max" and self.pace is None and self.stepper is None
        if not jumps or self._ready or not self._scheduled or self._time_selector.sockets_open:
            return False
        if self._scheduled[0].when() <= moment + self._clock_resolution:
            return False
        self.cell_time = moment
        return True

    def task_mark(self) -> int:
        """Return a number that is the same in two calls only if no task has gone on between them."""
        mark = self._calls
        if self._ready:
            self._calls += 1  # what is ready may run between this call and the next one
        return mark

    def has_ready(self) -> bool:
        """Return whether a task or callback waits to run now."""
        return bool(self._ready)

    # --- connections: in memory, or by the sockets of the machine --------------------------------------------------

    @property
    def memory(self) -> MemoryNet:
        """The loop's network in memory."""
        return memory_of(self)

    @property
    def sockets(self) -> asyncio.AbstractEventLoop:
        """The loop's methods over the sockets of the machine, whatever the time."""
        return cast(asyncio.AbstractEventLoop, super())

    @override
    async def create_connection(
        self, protocol_factory: Callable[[], Any], host: Any = None, port: Any = None, **options: Any
    ) -> tuple[Any, Any]:
        if self.connects_in_memory and options.get("sock") is None:
            return await self.memory.create_connection(protocol_factory, host, port, **options)
        return await super().create_connection(protocol_factory, host, port, **options)

    @override
    async def create_server(
        self, protocol_factory: Callable[[], Any], host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        if self.connects_in_memory and options.get("sock") is None:
            return await self.memory.create_server(protocol_factory, host, port, **options)
        return await super().create_server(protocol_factory, host, port, **options)

    @override
    async def create_datagram_endpoint(
        self, protocol_factory: Callable[[], Any], local_addr: Any = None, remote_addr: Any = None, **options: Any
    ) -> tuple[Any, Any]:
        if self.connects_in_memory and options.get("sock") is None:
            return await self.memory.create_datagram_endpoint(protocol_factory, local_addr, remote_addr, **options)
        return await super().create_datagram_endpoint(protocol_factory, local_addr, remote_addr, **options)

    @override
    async def getaddrinfo(self, host: Any, port: Any, **options: int) -> Any:
        if self.connects_in_memory:
            return await self.memory.getaddrinfo(host, port, **options)
        return await super().getaddrinfo(host, port, **options)

    @override
    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> tuple[str, str]:
        if self.connects_in_memory:
            return await self.memory.getnameinfo(sockaddr, flags)
        return await super().getnameinfo(sockaddr, flags)

    @override
    def close(self) -> None:
        if not self.is_closed():
            for net in networks_of(self):
                net.release()
        super().close()

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], ResultT], *args: *Ts
    ) -> asyncio.Future[ResultT]:
        """Call ``func``: in virtual time at once in this thread, because time would jump while another thread works."""
        if self.speed != "max":
            return super().run_in_executor(executor, func, *args)
        future: asyncio.Future[ResultT] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


def run(
    main: Coroutine[Any, Any, ResultT],
    *,
    speed: Speed = "max",
    stepper: Stepper | None = None,
    pace: Pace | None = None,
    memory: bool | None = None,
) -> ResultT:
    """Run a coroutine on a new loop and close everything behind it; virtual time may be held back by a ``pace``.

    Ctrl+C and the other ``END_SIGNALS`` cancel ``main``, so its devices stop before anything else happens; a second
    signal is ignored until that has ended, a third interrupts at once (nothing else ends a program that loops without
    awaiting). ``memory``: whether the loop connects in memory; without it, in virtual time only. Raises ``Ended``, a
    ``KeyboardInterrupt``, after a signal, and any error of ``main``.
    """
    if speed != "max" and not (math.isfinite(speed) and speed > 0):
        main.close()
        raise ValueError(f"speed must be above zero or 'max', not {speed}")
    loop = VirtualLoop(speed, stepper, pace, memory)
    asyncio.set_event_loop(loop)
    task = loop.create_task(main)
    received: list[int] = []

    def on_signal(number: int) -> None:
        received.append(number)
        if pace is not None:
            pace.free()
        if len(received) == 1:
            loop.call_soon_threadsafe(task.cancel)
        elif len(received) == INSISTING:
            raise Ended(number)

    with on_end_signal(on_signal):
        return _run_to_end(loop, task, received)


def _run_to_end(loop: VirtualLoop, task: asyncio.Task[ResultT], received: Sequence[int]) -> ResultT:
    """Run the loop until ``task`` is done, and close everything. ``received``: the end signals so far."""
    try:
        try:
            return loop.run_until_complete(task)
        except asyncio.CancelledError:
            if received:
                raise Ended(received[0]) from None
            raise
        except BaseException as error:
            # The selector raises a deadlock: the tasks are still alive and may hold devices.
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Deadlock, Exception):
                    loop.run_until_complete(task)
            if received and isinstance(error, Exception):
                raise Ended(received[0]) from error
            raise
    finally:
        _cancel_rest(loop)
        loop.run_until_complete(loop.shutdown_asyncgens())
        for net in networks_of(loop):
            net.close()
        loop.run_until_complete(asyncio.sleep(0))  # closed sockets release their files in the next round
        asyncio.set_event_loop(None)
        loop.close()


def _cancel_rest(loop: VirtualLoop) -> None:
    rest = asyncio.all_tasks(loop)
    for task in rest:
        task.cancel()
    if rest:
        with contextlib.suppress(Deadlock):
            loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
