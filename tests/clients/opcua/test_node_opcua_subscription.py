"""Changes while an arm moves: node-opcua and asyncua receive the same values, and the history holds them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua
from strangers import settings_of, start_node

from tests.opcua.gateway_rig import PATIENCE, ServedCell, Session, session

pytestmark = pytest.mark.clients

OVERRIDE = "MotionDevices/robot/ParameterSet/SpeedOverride"
AXES = [f"MotionDevices/robot/Axes/A{number}/ParameterSet/ActualPosition" for number in range(1, 7)]
CARTESIAN = [f"MotionDevices/robot/Cartesian/{name}" for name in ("JointPositions", "TcpPose", "X", "TcpSpeed")]
PATHS = [*AXES, *CARTESIAN, OVERRIDE]  # the override is the marker: its change says that all is over
LAST = 50.0
TURN = 0.75  # rad
SLOWLY = 0.02  # of the highest speed: some 3 s of a client's time
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Changes = list[list[tuple[int, Any]]]


def microseconds(moment: datetime | None) -> int:
    assert moment is not None
    return (moment.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


class Listener:
    """The changes that asyncua receives."""

    def __init__(self, places: dict[ua.NodeId, int]) -> None:
        self._places = places
        self.changes: Changes = [[] for _ in places]
        self.over = asyncio.Event()

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        stamp = microseconds(data.monitored_item.Value.SourceTimestamp)
        self.changes[self._places[node.nodeid]].append((stamp, value))
        if node.nodeid == list(self._places)[-1] and value == LAST:
            self.over.set()


@asynccontextmanager
async def at_home(cell: ServedCell) -> AsyncIterator[Session]:
    """The owner of command, with the arm at home."""
    async with session(cell, "plc") as plc:
        await plc.control(600.0)
        assert (await plc.do("robot", "MoveHome", 0.0))["state"] == 5
        try:
            yield plc
        finally:
            await plc.do("robot", "SetSpeedOverride", 100.0)
            await plc.until(OVERRIDE, lambda value: value.Value.Value == 100.0)
            await plc.call("Services/Ownership/ReleaseControl")


async def turn_and_mark(plc: Session) -> None:
    """Move all joints slowly, let the last position arrive, and set the marker."""
    joints = await plc.read("MotionDevices/robot/Cartesian/JointPositions")
    operation = await plc.submit("robot", "MoveJoints", [joint + TURN for joint in joints], SLOWLY)
    assert (await plc.ended(operation))["state"] == 5
    ended = await plc.read(f"Services/Operations/{operation}/Ended")
    settled = ended + timedelta(seconds=0.2)  # some readings later
    await plc.until(AXES[0], lambda value: value.SourceTimestamp > settled)
    await plc.do("robot", "SetSpeedOverride", LAST)


async def listen(
    cell: ServedCell, plc: Session, folder: Path, paths: list[str], keep_oldest: list[bool], **how: Any
) -> dict[str, Any]:
    """Return the changes that node-opcua receives during one turn."""
    begun, loop = asyncio.Event(), asyncio.get_running_loop()

    def answer(_: Any) -> bool:
        loop.call_soon_threadsafe(begun.set)
        return True

    settings = settings_of(cell, folder, "watcher", paths=paths, keepOldest=keep_oldest, last=LAST, **how)
    stranger = asyncio.create_task(asyncio.to_thread(start_node("subscribe.cjs", settings, answer).result))
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait([stranger, waiting], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not stranger.done():
        await turn_and_mark(plc)
    return await stranger


def test_no_change_is_lost_at_20_hz(cell: ServedCell, tmp_path: Path) -> None:
    async def main() -> tuple[dict[str, Any], Changes, Changes]:
        async with at_home(cell) as plc, session(cell, "mes") as other:
            listener = Listener({other.id(path): place for place, path in enumerate(PATHS)})
            subscription = await other.client.create_subscription(50, listener)
            nodes = [other.client.get_node(other.id(path)) for path in PATHS]
            await subscription.subscribe_data_change(nodes, queuesize=200, sampling_interval=0)
            theirs = await listen(cell, plc, tmp_path, PATHS, [True] * len(PATHS), interval=50, queue=200)
            async with asyncio.timeout(PATIENCE):
                await listener.over.wait()
            await subscription.delete()
            kept = []
            for node, changes in zip(nodes, listener.changes, strict=True):
                begin = EPOCH + timedelta(microseconds=changes[1][0])
                values = await node.read_raw_history(begin, datetime.now(UTC))
                kept.append([(microseconds(value.SourceTimestamp), value.Value.Value) for value in values])
            return theirs, listener.changes, kept

    theirs, ours, kept = asyncio.run(main())
    assert theirs["interval"] == 50
    assert theirs["messages"] == list(range(1, len(theirs["messages"]) + 1))
    assert not any(theirs["overflows"])
    for path, one, other, history in zip(PATHS, theirs["changes"], ours, kept, strict=True):
        # The first is what was there before: its value is the same, its time that of the subscription.
        assert one[0][1] == other[0][1], path
        news = [(stamp, value) for stamp, value, _ in one[1:]]
        assert news == other[1:], path
        assert news == history[: len(news)], path
        stamps = [stamp for stamp, _ in news]
        assert stamps == sorted(set(stamps)), path
    assert all(len(changes) > 40 for changes in theirs["changes"][: len(AXES)])


def test_a_queue_that_is_too_short_says_so(cell: ServedCell, tmp_path: Path) -> None:
    """The other way round: where changes are lost, they are seen to be lost, and those that were asked for are kept."""

    async def main() -> dict[str, Any]:
        async with at_home(cell) as plc:
            paths = [AXES[0], AXES[0], OVERRIDE]
            return await listen(cell, plc, tmp_path, paths, [False, True, False], interval=1000, queue=2)

    theirs = asyncio.run(main())
    newest, oldest, _ = theirs["changes"]
    assert 2 < len(newest) < 20
    for changes, overflows, place in zip((newest, oldest), theirs["overflows"], (0, 1), strict=False):
        assert overflows
        messages = [message for *_, message in changes]
        for overflow in overflows:  # beside the place where others are missing
            together = [number for number, message in enumerate(messages) if message == messages[overflow]]
            assert len(together) == 2
            assert together[place] == overflow
