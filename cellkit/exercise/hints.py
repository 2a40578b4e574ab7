"""Hints after a failing event: the exercise's own hints first, then general ones."""

from __future__ import annotations

from collections.abc import Sequence

from cellkit.exercise.config import FailurePattern, Hint


def hint_for(kind: str, what: str, device: str | None, hints: Sequence[Hint]) -> str | None:
    """Return the first hint that matches an event."""
    return next((hint.hint for hint in (*hints, *_GENERAL) if _fits(hint.when, kind, what, device)), None)


def _fits(pattern: FailurePattern, kind: str, what: str, device: str | None) -> bool:
    return (
        pattern.kind in (None, kind)
        and pattern.device in (None, device)
        and (pattern.says is None or pattern.says.lower() in what.lower())
    )


def _hint(text: str, kind: str | None = None, says: str | None = None) -> Hint:
    return Hint(when=FailurePattern(kind=kind, says=says), hint=text)


_GENERAL = (
    _hint("Come from above and leave upwards: `pose.offset(z=-0.08)` is 8 cm back along the tool.", "collision"),
    _hint(
        "Poses differ from run to run. Ask the camera where a part lies and the cell where it belongs; "
        "`arm.nearest(hand.grasp_poses(part, pose))` chooses a grasp that the arm reaches.",
        "OutOfReach",
    ),
    _hint("The message states both figures: the requested and the allowed one.", "LimitViolation"),
    _hint("One command at a time: await the running one, or use `replace=True`.", "DeviceBusy"),
    _hint(
        "The part slipped out on the way. Carry it more slowly (`speed`, `acceleration`), grip it near its middle, "
        "and set the arm's payload (`set_payload`).",
        "GraspLost",
    ),
    _hint("The signal was never set, or it was set and reset before you read it. Who waits for whom?", "MotionTimeout"),
    _hint(
        "Another command stopped it: a `stop()`, a cancelled task, or a command with `replace=True`.", "MotionAborted"
    ),
    _hint(
        "A graded program computes and commands its cell; it must not write files, use the network or start programs.",
        "PermissionError",
    ),
    _hint("The program needs too much memory: look for a list that grows without end.", "MemoryError"),
    _hint(
        "A loop that waits must let time pass: `await asyncio.sleep(0.05)`, or better `wait_for(…)`.", "Ended", "loop"
    ),
    _hint("Every wait needs an event that ends it, or a timeout.", "Ended", "never comes"),
    _hint(
        "An obstacle blocked the arm, and the motors could not follow the path: the ground, a neighbour, or a part in "
        "another place than you assumed.",
        "DeviceFault",
        "following-error",
    ),
    _hint("Print less: one line a part is enough.", "Ended", "printed"),
    _hint(
        "Check the place and the turn of the part at its release, and what moved it afterwards.",
        "parts",
        "nest",
    ),
    _hint("Was every part picked, put down, and reported with `cell.part_finished(…)`?", "parts"),
    _hint("Check the unit and the frame of what you report.", "answer"),
)
