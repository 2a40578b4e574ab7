"""The messages with state that snapshots do not hold: lines of the program, TCP and controller status of each arm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cellkit.cell.build import BuiltCell
from cellkit.controller.arm_controller import ArmController
from cellkit.geometry import Pose
from cellkit.recording import topics
from cellkit.recording.mcap_writer import Schema
from cellkit.recording.program_line import WaitingLines

StatusMessage = tuple[str, Schema, dict[str, Any]]


class StatusTopics:
    """The state of a cell that is recorded when it changes. No device is queried."""

    def __init__(self, built: BuiltCell, program: Path | None) -> None:
        self._built = built
        self._lines = None if program is None else WaitingLines(program)
        self._last_lines: tuple[int, ...] | None = None
        self._tcps: dict[str, Pose] = {}
        self._kernels: dict[str, tuple[object, ...]] = {}

    def changes(self) -> Iterator[StatusMessage]:
        """Yield topic, schema and content of each message that has changed since the call before."""
        if self._lines is not None:
            lines = self._lines.now()
            if lines != self._last_lines:
                self._last_lines = lines
                yield topics.PROGRAM, topics.PROGRAM_LINES, {"lines": list(lines)}
        for role in self._built.plan.arms:
            tcp = self._built.cell.arm(role).tool.tcp
            if tcp is not (last := self._tcps.get(role)):
                self._tcps[role] = tcp
                matrix = tcp.matrix.flatten().tolist()
                if last is None or matrix != last.matrix.flatten().tolist():
                    yield topics.tcp(role), topics.TCP, {"matrix": matrix}
            kernel = self._built.factory.kernel(role)
            if kernel is not None:
                status = (state_of(kernel), kernel.mode, kernel.safety, kernel.fault)
                if status != self._kernels.get(role):
                    self._kernels[role] = status
                    yield topics.status(role), topics.STATUS, _status(kernel)


def _status(kernel: ArmController) -> dict[str, Any]:
    return {
        "state": state_of(kernel),
        "mode": kernel.mode.name.lower().replace("_", " "),
        "safety": kernel.safety.value,
        "fault": "" if kernel.fault is None else f"fault {kernel.fault.code}: {kernel.fault.text}",
    }


def state_of(kernel: ArmController) -> str:
    """Return the state of an arm in words."""
    if kernel.fault is not None:
        return "fault"
    if not kernel.powered:
        return "drive power off"
    if kernel.freedrive:
        return "led by hand"
    return "moving" if kernel.moving else "standing"
