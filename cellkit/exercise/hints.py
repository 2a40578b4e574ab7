"""What helps after a failing event: the exercise's own hints first, then what is true of such events anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from cellkit.exercise.config import FailurePattern, Hint


def hint_for(kind: str, what: str, device: str | None, hints: Sequence[Hint]) -> str | None:
    """The first hint that fits an event."""
    return next((one.hint for one in (*hints, *_GENERAL) if _fits(one.when, kind, what, device)), None)


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
    _hint("The message has both figures: what was asked for and what is allowed.", "LimitViolation"),
    _hint("One command at a time: await the one that runs, or say `replace=True`.", "DeviceBusy"),
    _hint(
        "The part slipped out on the way. Carry it more slowly (`speed`, `acceleration`), grip it near its middle, "
        "and tell the arm what it carries (`set_payload`).",
        "GraspLost",
    ),
    _hint("Nobody set that signal, or it was set and reset before you looked. Who waits for whom?", "MotionTimeout"),
    _hint(
        "Something else stopped it: a `stop()`, a cancelled task, or a command with `replace=True`.", "MotionAborted"
    ),
    _hint(
        "A graded program computes and talks to its cell; it has no files to write, no network and no other programs.",
        "PermissionError",
    ),
    _hint("It needs less memory, or has a list that grows without end.", "MemoryError"),
    _hint(
        "A loop that waits must let time pass: `await asyncio.sleep(0.05)`, or better `wait_for(…)`.", "Ended", "loop"
    ),
    _hint("Every wait needs somebody who ends it, or a timeout.", "Ended", "never comes"),
    _hint(
        "Something stood in the way, and the motors could not hold the path: the ground, a neighbour, or a part that "
        "lies elsewhere than you took it to.",
        "DeviceFault",
        "following-error",
    ),
    _hint("Print less: a line a part is plenty.", "Ended", "printed"),
    _hint(
        "Look at where the part stood when it was let go, at its turn, and at what moved it afterwards.",
        "parts",
        "nest",
    ),
    _hint("Was every part picked, put down, and told with `cell.part_finished(…)`?", "parts"),
    _hint("Check the unit and the frame of what you report.", "answer"),
)
