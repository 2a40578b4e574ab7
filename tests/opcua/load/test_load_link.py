"""A robot's link breaks while many clients look on: all of them learn of it, and of nothing that is not so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from asyncua import ua
from cellkit_ur.session import SILENCE

from bench.light_client import LightClient, Subscriber, secure_client, settled, together
from bench.notifications import Change, Published
from cellkit.supervision.sampler import PATIENCE as READING_PATIENCE
from cellkit.supervision.supervisor import SupervisionSettings
from tests.opcua.gateway_rig import ServedCell, Session, State, served

CLIENTS = 10
AXES = [
    f"MotionDevices/robot/Axes/A{number}/ParameterSet/{name}"
    for number in range(1, 7)
    for name in ("ActualPosition", "ActualSpeed")
]
ROBOT = [*AXES, "MotionDevices/robot/Cartesian/JointPositions", "MotionDevices/robot/Cartesian/TcpPose"]
OTHERS = ["Devices/hand/ParameterSet/Width", "Devices/hand/ParameterSet/Holding", "Devices/station/Inputs/tray_ready"]
ALARM = "robot.link_lost"
BOUND = 5.0 * (1.0 / SupervisionSettings().rate + SILENCE + READING_PATIENCE)
"""s of the cell's time: sampling, the driver's patience with silence, a reading's; five times, for a busy machine."""
TICKS = 1e7
"""Of a source's time, in one s."""


@dataclass
class Watcher:
    """One client's view."""

    client: LightClient
    changes: list[Change] = field(default_factory=list)
    now: dict[int, Change] = field(default_factory=dict)
    alarms: list[bool] = field(default_factory=list)

    async def begin(self, space: int, cell: str) -> None:
        """Watch values and events."""
        await self.client.connect()
        self.subscriber = Subscriber(self.client, self._take)
        await self.subscriber.create(100.0)
        nodes = [ua.NodeId(f"{cell}/{path}", space) for path in (*ROBOT, *OTHERS)]
        for status in await self.subscriber.monitor(nodes):
            status.check()
        await self.subscriber.watch_events(
            ua.NodeId(ua.ObjectIds.Server), ["ConditionName", "ActiveState/Id"], len(nodes)
        )
        self.subscriber.publish()

    def _take(self, answer: Published) -> None:
        for change in answer.changes:
            self.changes.append(change)
            self.now[change.handle] = change
        self.alarms += [active for name, active in answer.events if name == ALARM]

    def robot(self) -> list[Change]:
        """The newest of the robot's values."""
        return [self.now[handle] for handle in range(len(ROBOT))]

    def lag(self) -> float:
        """Return the time in s of the source's clock from the last good value of the robot to the first bad one."""
        good = max(change.source for change in self.changes if change.handle < len(ROBOT) and not change.status)
        bad = min(change.source for change in self.changes if change.handle < len(ROBOT) and change.status)
        return (bad - good) / TICKS

    async def end(self) -> None:
        """Go."""
        await self.subscriber.close()
        await self.client.disconnect()


def good(change: Change) -> bool:
    return change.status == 0


def bad(change: Change) -> bool:
    return change.status == ua.StatusCodes.BadNoCommunication and change.value is None


@pytest.mark.parametrize("how", ["cut", pytest.param("silent", marks=pytest.mark.long)])
def test_a_link_breaks_under_load(looked_at: ServedCell, how: str) -> None:
    async def main() -> None:
        folder = looked_at.state.folder
        async with secure_client(looked_at.url, folder, "plc") as client:
            space = await client.get_namespace_index(f"urn:cellkit:cell:{looked_at.cell}")
            plc = Session(client, space, looked_at.cell)
            watchers = [Watcher(secure_client(looked_at.url, folder, "watcher")) for _ in range(CLIENTS)]
            await together(*(watcher.begin(space, looked_at.cell) for watcher in watchers))
            try:
                await breaks_and_mends(looked_at, plc, watchers, how)
            finally:
                await together(*(watcher.end() for watcher in watchers))

    asyncio.run(main())


async def breaks_and_mends(cell: ServedCell, plc: Session, watchers: list[Watcher], how: str) -> None:
    async def all_of(wanted: Callable[[Watcher], bool]) -> None:
        assert await settled(lambda: all(wanted(watcher) for watcher in watchers), bool)

    async def switch(words: str) -> None:
        assert await asyncio.to_thread(cell.switch, words) == "done"

    await all_of(lambda watcher: len(watcher.now) == len(ROBOT) + len(OTHERS) and all(map(good, watcher.robot())))
    await plc.control(3600.0)
    job, _, status, reason = await plc.call("Services/RunProgram", "pick_and_place")
    assert status == 0, reason
    await all_of(lambda watcher: len(watcher.changes) > 20 * len(AXES))  # it moves
    for watcher in watchers:
        watcher.changes.clear()
        watcher.alarms.clear()
    await all_of(lambda watcher: len(watcher.changes) > len(AXES))

    await switch(f"{how} robot")
    await all_of(lambda watcher: all(map(bad, watcher.robot())))
    await all_of(lambda watcher: watcher.alarms == [True])
    ended = await plc.ended(job)
    assert (ended["state"], ended["Failure"]) == (6, "ConnectionLost")
    assert "robot" in ended["Reason"]
    lags = [watcher.lag() for watcher in watchers]
    print(f"{how}: bad after {max(lags):.2f} s")
    assert 0.0 <= min(lags) <= max(lags) <= BOUND

    await switch("restore robot")
    await all_of(lambda watcher: all(map(good, watcher.robot())))
    await all_of(lambda watcher: watcher.alarms == [True, False])
    assert (await plc.do("robot", "MoveHome", 0.0))["state"] == 5
    await plc.call("Services/Ownership/ReleaseControl")
    for watcher in watchers:
        assert all(map(good, watcher.robot()))
        assert all(change.status == 0 for change in watcher.changes if change.handle >= len(ROBOT))
        assert not watcher.subscriber.trouble
        assert watcher.subscriber.sequence_gaps == 0


@pytest.fixture(scope="module")
def looked_at(state: State) -> Iterator[ServedCell]:
    """The shipped pick_and_place on virtual controllers, in real time."""
    with served(state, "pick_and_place", "--path", "wire", "--quantity", "50") as cell:
        yield cell
