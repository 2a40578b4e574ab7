"""Threads of a running script: generators that are resumed once per control step."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import Any, TypeAlias

from cellkit_ur.urscript.errors import RuntimeException
from cellkit_ur.urscript.machine import Machine, Motion

SLICE = 20_000
"""Cost that a thread may spend in one control step before it has to wait for the next.

A round of a loop or a call costs as much as its body has parts, a builtin the cost stated in ``builtins``.
"""
PATIENCE = 25
"""Number of control steps in a row that a thread may use up without ever waiting; after them it is an endless loop."""
OVERRUN = -1_000_000
"""Cost beyond the slice, in functions without loops, at which the thread counts as an endless loop at once."""
MOST_THREADS = 64
DEEPEST_CALLS = 100

Run: TypeAlias = Generator[bool, None, Any]
"""Generator that yields True when the slice is used up, False when the script waits for the next control step."""


class Halt(Exception):
    """Raised by ``halt``, or by a thread that kills itself; not an error."""


class Thread:
    """One thread: the main program or a ``run``."""

    __slots__ = ("asleep", "busy", "handle", "over", "run")

    def __init__(self, handle: int, run: Run) -> None:
        self.handle = handle
        self.run = run
        self.over = False
        self.busy = 0
        self.asleep: Callable[[], bool] | None = None
        """Returns whether the thread would only go on waiting; set by a wait, for the next control steps."""


class Runtime:
    """The context of compiled code and builtins: the machine, the threads, and the thread that may move the arm."""

    def __init__(self, machine: Machine, *, secondary: bool = False) -> None:
        self.machine = machine
        self.secondary = secondary
        self.budget = [SLICE]
        self.line = [0]
        self.effects = [0]
        """Count of what may have changed anything; a round of a loop that adds nothing would do the same again."""
        self.syncs = [0]
        self.main_line = 0
        self.threads: list[Thread] = []
        self.current: Thread | None = None
        self.seed = 1  # for random()
        self.flags: set[int] = set()
        self._handles = 0
        self._critical: Thread | None = None
        self._critical_depth = 0
        self._mover: Thread | None = None
        self._stopped = False
        self._ended = False  # whether a thread has ended that is still in ``threads``

    # --- threads ------------------------------------------------------------------------------------------------

    def start(self, run: Run) -> int:
        """Start a thread, which runs first within this control step. Return its handle (from 1)."""
        if self.secondary and self.threads:
            raise RuntimeException("a secondary program cannot start threads")
        if len(self.threads) >= MOST_THREADS:
            raise RuntimeException(f"more than {MOST_THREADS} threads")
        self._handles += 1
        self.threads.append(Thread(self._handles, run))
        return self._handles

    def alive(self, handle: int) -> bool:
        """Return whether a thread has not ended."""
        return any(thread.handle == handle and not thread.over for thread in self.threads)

    def kill(self, handle: int) -> None:
        """End a thread; handles of ended threads, and 0, are allowed."""
        for thread in self.threads:
            if thread.handle == handle and not thread.over:
                if thread is self.current:
                    raise Halt
                self.end(thread)

    def end(self, thread: Thread) -> None:
        """Close a thread that is not running right now."""
        thread.over = self._ended = True
        thread.run.close()  # motion builtins cancel their motion here
        if self._critical is thread:
            self._critical = None
        if self._mover is thread:
            self._mover = None

    def enter_critical(self) -> None:
        """Suspend all other threads until ``exit_critical``."""
        self._critical_depth = self._critical_depth + 1 if self._critical is self.current else 1
        self._critical = self.current

    def exit_critical(self) -> None:
        """End the innermost critical section."""
        if self._critical is not self.current:
            raise RuntimeException("exit_critical without enter_critical")
        self._critical_depth -= 1
        if self._critical_depth == 0:
            self._critical = None

    def step(self) -> None:
        """Run each thread once, in the order they were started. Raises the script's error."""
        index = 0
        while index < len(self.threads):  # threads started meanwhile run as well
            thread = self.threads[index]
            index += 1
            if thread.over or self._critical not in {None, thread}:
                continue
            if thread.asleep is not None:
                if thread.asleep():
                    continue
                thread.asleep = None
            self.current = thread
            self.budget[0] = SLICE
            try:
                used_up = next(thread.run)
            except (StopIteration, Halt) as ending:
                self.end(thread)
                if thread is self.threads[0] or (isinstance(ending, Halt) and ending.args):
                    raise Halt from None
                continue
            finally:
                self.current = None
            if index == 1:
                self.main_line = self.line[0]
            if self._stopped:
                raise Halt
            self._judge(thread, used_up)
        if self._ended:
            self._ended = False
            self.threads = [thread for thread in self.threads if not thread.over]

    def _judge(self, thread: Thread, used_up: bool) -> None:
        if self.secondary:
            raise RuntimeException("the runtime is too much behind: a secondary program cannot wait", self.line[0])
        thread.busy = thread.busy + 1 if used_up else 0
        if thread.busy > PATIENCE:
            raise self.endless(self.line[0])

    def endless(self, line: int | None = None) -> RuntimeException:
        """Return the error of a loop or recursion that never waits."""
        return RuntimeException("an endless loop that takes no control step; put sync() or sleep() into it", line)

    def stop_early(self) -> None:
        """Run no further thread in this step, once the running one has ended its turn."""
        self._stopped = True

    def close(self) -> None:
        """End all threads."""
        for thread in self.threads:
            if not thread.over:
                self.end(thread)

    # --- waiting ------------------------------------------------------------------------------------------------

    def sleep(self, asleep: Callable[[], bool]) -> None:
        """Leave the running thread out of the control steps, from its next one on, while ``asleep()``."""
        assert self.current is not None
        self.current.asleep = asleep

    def steps(self, seconds: float) -> int:
        """Return the control steps that cover a time; at least one."""
        if not math.isfinite(seconds) or seconds < 0:
            raise RuntimeException("a time must be a number that is not negative")
        return max(1, math.ceil(seconds / self.machine.steptime - 1e-6))

    def take_over(self) -> None:
        """Claim the arm for the running thread before a motion: one thread at a time may move the arm."""
        if self.secondary:
            raise RuntimeException("the runtime is too much behind: a secondary program cannot move the arm")
        if self._mover not in {None, self.current}:
            raise RuntimeException("another thread is controlling the robot")

    def follow(self, begin: Callable[[], Motion], *, passing: bool = False) -> Run:
        """Begin a motion and wait until the program may go on; ``passing`` when that may be at once."""
        self.take_over()
        self._mover = self.current
        motion = begin()
        try:
            if not passing and not motion.error:
                yield False
            while not motion.done and not motion.error:
                self.sleep(lambda: not motion.done and not motion.error)
                yield False
        except GeneratorExit:
            motion.cancel()
            raise
        finally:
            self._mover = None
        if motion.error:
            raise RuntimeException(motion.error)

    def occupy(self, seconds: float) -> Run:
        """Reserve the arm for this thread for a time, as set-points do."""
        self._mover = self.current
        try:
            for _ in range(self.steps(seconds)):
                yield False
        finally:
            self._mover = None
