"""The messages with state that snapshots do not hold: lines of the program, TCP and controller status of each arm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cellkit.cell.build import BuiltCell
from cellkit.controller.arm_controller import ArmController
from cellkit.recording import topics
from cellkit.recording.mcap_writer import Schema
from cellkit.recording.program_line import waiting_lines

StatusMessage = tuple[str, Schema, dict[str, Any]]


def status_messages(built: BuiltCell, program: Path | None) -> Iterator[StatusMessage]:
    """Yield topic, schema and content of each message now. No device is queried."""
    if program is not None:
        yield topics.PROGRAM, topics.PROGRAM_LINES, {"lines": list(waiting_lines(program))}
    for role in built.plan.arms:
        matrix = built.cell.arm(role).tool.tcp.matrix
        yield topics.tcp(role), topics.TCP, {"matrix": matrix.flatten().tolist()}
        kernel = built.factory.kernel(role)
        if kernel is not None:
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
