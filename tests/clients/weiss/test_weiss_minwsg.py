"""real-stanford/minWSG drives the virtual gripper's text interface unmodified.

It is on no package index: the test needs a copy of github.com/real-stanford/minWSG (MIT licence; tried with commit
09b5634) in the folder that ``MINWSG`` names.
"""

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

pytestmark = pytest.mark.clients

FOLDER = os.environ.get("MINWSG", "")


def state_with(robot: Any, word: str) -> str:
    """The first state from now on that begins with a word; the gripper tells its state a few times a second."""
    for _ in range(100):
        if robot.states[-1].startswith(word):
            break
        time.sleep(0.1)
    return str(robot.states[-1])


@pytest.mark.skipif(not FOLDER, reason="MINWSG does not name a copy of real-stanford/minWSG")
def test_min_wsg_moves_grips_and_is_refused(
    virtual_robot: Callable[..., AbstractContextManager[Any]], client: Callable[..., dict[str, Any]]
) -> None:
    with virtual_robot("wsg-50", "127.0.0.30", {"gcl": 0}, "--protocol", "gcl") as robot:

        def drive(task: str) -> dict[str, Any]:
            return client("weiss", "drive_minwsg.py", FOLDER, robot.host, robot.ports["gcl"], task)

        empty = drive("empty")
        robot.switch("part 0.04")
        part = drive("part")
        held = state_with(robot, "holding")
        released = drive("release")
        robot.switch("faststop")
        after_stop = drive("release")
        robot.switch("block")
        blocked = drive("blocked")
    assert empty["too_early"] == [False, False], "no motion before homing"
    assert empty["homed"]
    assert empty["verbose"] == [True, True]
    assert empty["moved"] == [True, True, True]
    assert empty["out_of_range"] == [False] * 4
    assert not empty["released_nothing"], "there was no grip before"
    assert empty["gripped_itself"], "without a width the other finger is a part"
    assert not empty["gripped_again"], "a release has to come first"
    assert empty["released"]
    assert part == {"moved": True, "gripped": True}
    assert held.startswith("holding, 40.0 mm, 10.0 N"), held
    assert released == {"released": True, "moved": True}
    assert after_stop == {"released": False, "moved": True}, "the fast stop was acknowledged, and nothing is held"
    assert blocked == {"blocked": False}
