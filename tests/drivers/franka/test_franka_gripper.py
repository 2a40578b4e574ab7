"""The hand of the virtual controller over its own protocol."""

from __future__ import annotations

import asyncio

import pytest
from cellkit_franka.protocol import gripper
from cellkit_franka.protocol.framing import gripper_framing
from cellkit_franka.protocol.gripper import Grasp, GripperState, Homing, MoveTo, Request, Status, Stop
from cellkit_franka.virtual import VirtualFranka
from cellkit_franka.virtual_jaws import FreeJaws
from franka_client import HOST, controller

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.world import WorldSettings, create_world
from cellkit.geometry import Pose
from cellkit.models.load import load_arm, load_gripper
from cellkit.timing import run
from cellkit.transport import MemoryNetwork


class Hand:
    """One connection to the gripper server."""

    async def open(self, network: MemoryNetwork, version: int = gripper.VERSION) -> None:
        self.stream = await network.connect(HOST, 1338)
        self.socket = await network.datagram(HOST)
        self.framing = gripper_framing()
        self._id = 0
        self._answers: list[tuple[int, int]] = []
        self.send(gripper.Connect(version, self.socket.local[1]))
        await self.replies(1)

    def send(self, request: Request) -> int:
        self.stream.write(self.framing.encode(gripper.encode_request(request, self._id)))
        self._id += 1
        return self._id - 1

    async def replies(self, count: int) -> list[tuple[int, int]]:
        """So many replies: command ids with the status."""
        while len(self._answers) < count:
            data = await self.stream.read()
            if not data:
                break
            self._answers += [
                (frame.command_id, int.from_bytes(frame.payload[:2], "little")) for frame in self.framing.feed(data)
            ]
        found, self._answers = self._answers[:count], self._answers[count:]
        return found

    async def ask(self, request: Request) -> int:
        command_id = self.send(request)
        ((answered, status),) = await self.replies(1)
        assert answered == command_id
        return status

    async def state(self) -> GripperState:
        while True:
            try:
                async with asyncio.timeout(0.005):
                    data, _ = await self.socket.receive()
            except TimeoutError:
                if self.newest is not None:
                    return self.newest
            else:
                self.newest = GripperState.decode(data)

    newest: GripperState | None = None


def with_hand(test: object) -> None:
    async def main() -> None:
        async with controller() as (virtual, network):
            hand = Hand()
            await hand.open(network)
            await test(virtual, hand)  # type: ignore[operator]

    run(main())


def jaws(virtual: VirtualFranka) -> FreeJaws:
    assert isinstance(virtual.hand.jaws, FreeJaws)
    return virtual.hand.jaws


def test_homing_moving_and_the_state() -> None:
    async def test(virtual: VirtualFranka, hand: Hand) -> None:
        assert await hand.ask(Homing()) == Status.SUCCESS
        assert await hand.ask(MoveTo(0.03, 0.1)) == Status.SUCCESS
        await asyncio.sleep(0.02)
        state = await hand.state()
        assert (state.width, state.max_width, state.is_grasped) == (pytest.approx(0.03), 0.08, False)

    with_hand(test)


@pytest.mark.parametrize(
    ("part", "status"), [(0.04, Status.SUCCESS), (0.05, Status.UNSUCCESSFUL), (None, Status.UNSUCCESSFUL)]
)
def test_a_grasp_is_good_within_its_tolerances(part: float | None, status: Status) -> None:
    async def test(virtual: VirtualFranka, hand: Hand) -> None:
        jaws(virtual).part = part
        assert await hand.ask(Grasp(0.041, 0.002, 0.002, 0.1, 40.0)) == status
        await asyncio.sleep(0.02)
        assert (await hand.state()).is_grasped is (status is Status.SUCCESS)

    with_hand(test)


@pytest.mark.parametrize(
    "request_",
    [
        MoveTo(0.2, 0.1),
        MoveTo(-0.01, 0.1),
        MoveTo(0.02, 0.0),
        MoveTo(float("nan"), 0.1),
        Grasp(0.02, 0.0, 0.0, 0.1, 0.0),
    ],
)
def test_wrong_arguments_fail(request_: Request) -> None:
    async def test(virtual: VirtualFranka, hand: Hand) -> None:
        assert await hand.ask(request_) == Status.FAIL

    with_hand(test)


def test_stop_aborts_what_runs() -> None:
    async def test(virtual: VirtualFranka, hand: Hand) -> None:
        moving = hand.send(MoveTo(0.0, 0.02))
        await asyncio.sleep(1.0)
        stop = hand.send(Stop())
        assert await hand.replies(2) == [(moving, Status.ABORTED), (stop, Status.SUCCESS)]
        await asyncio.sleep(0.1)
        assert (await hand.state()).width == pytest.approx(0.06, abs=1e-3)

    with_hand(test)


def test_the_hand_over_the_jaws_of_a_world() -> None:
    async def main() -> None:
        world = create_world("kinematic", WorldSettings())
        jaws_model = load_gripper("2f-85")
        plants = world.add_arm("arm", load_arm("fr3"), Pose.from_rpy((0.0, 0.0, 1.0), frame="world"), jaws_model)
        assert plants.jaws is not None
        virtual = VirtualFranka(ArmController("arm", load_arm("fr3"), plants.arm))
        network, hand = MemoryNetwork(), Hand()
        virtual.mount(plants.jaws)
        await virtual.start(network, HOST)
        await hand.open(network)
        assert await hand.ask(MoveTo(0.03, 0.05)) == Status.SUCCESS
        assert plants.jaws.state().width == pytest.approx(0.03, abs=1e-3)
        assert await hand.ask(Grasp(0.02, 0.005, 0.005, 0.05, 30.0)) == Status.UNSUCCESSFUL
        await virtual.stop()
        world.close()

    run(main())


def test_another_version_and_a_second_client() -> None:
    async def main() -> None:
        async with controller() as (_, network):
            first, second = Hand(), Hand()
            await first.open(network, version=2)
            assert first.stream is not None
            await second.open(network)
            assert not second.framing._buffer

    run(main())
