"""The state of each arm's controller: idle, ready or executing (OPC 40010-1, SystemOperationStateMachineType)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cellkit.supervision.states import Reason, TaskState

SystemState = TaskState
"""The same three states as those of the task: idle, ready, executing."""


@dataclass(slots=True)
class Operation:
    """The state of one controller. ``getting_ready`` and ``stopping`` are its substates."""

    role: str
    state: SystemState = SystemState.IDLE
    getting_ready: bool = False
    stopping: bool = False
    stood_down: bool = False
    on_change: Callable[[str, SystemState, bool, bool, Reason], None] = lambda *_: None

    def look(self, usable: bool, executing: bool, stopping: bool) -> None:
        """Update the state: ``usable`` (connected, automatic, no stop or fault), and whether one of its jobs runs."""
        if not usable or self.stood_down:
            reason = Reason.ERROR if not usable else Reason.EXTERNAL
            self.become(SystemState.IDLE, reason, getting_ready=self.getting_ready)
        elif executing:
            self.become(SystemState.EXECUTING, Reason.EXTERNAL, stopping=stopping)
        else:
            self.become(SystemState.READY, Reason.APPLICATION)

    def become(
        self, state: SystemState, reason: Reason, *, getting_ready: bool = False, stopping: bool = False
    ) -> None:
        """Change the state; a change from Idle to Executing passes through Ready."""
        if self.state is SystemState.IDLE and state is SystemState.EXECUTING:
            self.become(SystemState.READY, reason)
        now = (state, getting_ready, stopping)
        if now != (self.state, self.getting_ready, self.stopping):
            self.state, self.getting_ready, self.stopping = now
            self.on_change(self.role, state, getting_ready, stopping, reason)
