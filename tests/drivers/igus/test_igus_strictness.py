"""The virtual Commonplace controller refuses what a real one would, and says so with CMDERROR and its status."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from cellkit_igus.protocol.errors import AxisError
from cellkit_igus.protocol.frames import Frame, FrameReader, encode
from cellkit_igus.protocol.status import Status, parse_status
from cellkit_igus.virtual import VirtualIgus

from cellkit.cell.kinds.arm import ARM, MOUNT
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import OperationalMode
from cellkit.errors import TransportError
from cellkit.models.load import load_arm
from cellkit.registry import driver
from cellkit.timing import run
from cellkit.transport import ByteStream, MemoryNetwork

HOME = "0 -12 120.2 0 71.8 90"
ASIDE = "20 -12 120.2 0 71.8 90"


class Client:
    """A stranger: sends texts, collects all that comes, keeps itself alive while it is asked for something."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self.frames: list[Frame] = []
        self._number = 0
        self._reader = FrameReader()
        self._task = asyncio.ensure_future(self._read())
        self.gone = False

    async def _read(self) -> None:
        try:
            while data := await self.stream.read():
                self.frames += self._reader.feed(data)
        except TransportError:
            pass
        self.gone = True

    def send(self, text: str) -> int:
        self._number += 1
        self.stream.write(encode(self._number, text))
        return self._number

    async def ask(self, text: str, within: float = 5.0) -> str:
        """Return "ok", or the text of the CMDERROR."""
        number = str(self.send(f"CMD {text}"))
        for _ in range(int(within / 0.1)):
            for frame in self.frames:
                if frame.category == "CMDACK" and frame.words[0] == number:
                    return "ok"
                if frame.category == "CMDERROR" and frame.words[0] == number:
                    return " ".join(frame.words[1:])
            await self.alive(0.1)
        return "no answer"

    async def alive(self, seconds: float) -> None:
        """Let time pass as a client does that is there."""
        for _ in range(round(seconds / 0.1)):
            self.send("ALIVEJOG 0 0 0 0 0 0 0 0 0")
            await asyncio.sleep(0.1)

    def said(self, category: str) -> list[str]:
        return [frame.rest for frame in self.frames if frame.category == category]

    async def status(self) -> Status:
        await self.alive(0.2)
        return parse_status(next(frame for frame in reversed(self.frames) if frame.category == "STATUS"))

    def close(self) -> None:
        self.stream.close()
        self._task.cancel()


class Bench:
    def __init__(self) -> None:
        self.network = MemoryNetwork()
        self.world = create_world("kinematic", WorldSettings())
        arm = load_arm("rebel")
        self.plant = self.world.add_arm("arm", arm, MOUNT).arm
        virtual = ARM.virtual(driver("igus").wires[0], "arm", (arm,), self.plant)
        assert isinstance(virtual, VirtualIgus)
        self.virtual = virtual
        self.clients: list[Client] = []

    async def __aenter__(self) -> Bench:
        await self.virtual.start(self.network)
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self.clients:
            client.close()
        await self.virtual.stop()
        self.world.close()

    async def client(self, *, active: bool = True) -> Client:
        client = Client(await self.network.connect("127.0.0.1", 3920))
        self.clients.append(client)
        if active:
            assert await client.ask("SetActive true") == "ok"
        return client


def on_bench(test: Callable[[Bench], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test of a running bench, in virtual time."""

    async def play() -> None:
        async with Bench() as bench:
            await test(bench)

    def wrapped() -> None:
        run(play())

    wrapped.__name__ = test.__name__
    return wrapped


# --- ownership and signs of life ---


@on_bench
async def test_only_the_active_client_may_do_things(bench: Bench) -> None:
    passive = await bench.client(active=False)
    assert passive.said("CMD") == [] or passive.said("CMD")[0] == "Active false"
    for text in ("Reset", "Enable", f"Move Joint {ASIDE} 0 0 0 50", "Override 50", "DOUT 1 true", "Move Stop"):
        assert "not active" in await passive.ask(text), text
    assert await passive.ask("GetReferencingInfo") == "ok"


@on_bench
async def test_one_client_is_active_at_a_time(bench: Bench) -> None:
    first, second = await bench.client(), await bench.client(active=False)
    first_alive = asyncio.ensure_future(first.alive(5.0))
    assert "another client" in await second.ask("SetActive true")
    assert "Active true" not in second.said("CMD")
    first_alive.cancel()
    assert await first.ask("SetActive false") == "ok"
    assert await second.ask("SetActive true") == "ok"
    assert second.said("CMD")[-1] == "Active true"


@on_bench
async def test_a_client_that_falls_silent_is_no_longer_active_and_its_motion_ends(bench: Bench) -> None:
    client = await bench.client()
    assert await client.ask(f"Move Joint {ASIDE} 0 0 0 5") == "ok"
    await client.alive(1.0)
    await asyncio.sleep(2.0)
    assert client.said("CMD")[-1] == "Active false"
    before = bench.plant.state().position
    await asyncio.sleep(1.0)
    assert np.abs(bench.plant.state().position - before).max() < 1e-6
    assert "not active" in await client.ask("Enable")


@on_bench
async def test_a_status_comes_ten_times_a_second_with_a_counter_of_its_own(bench: Bench) -> None:
    client = await bench.client()
    await client.alive(3.0)
    assert 29 <= len(client.said("STATUS")) <= 33
    counters = [frame.counter for frame in client.frames]
    assert counters == list(range(1, len(counters) + 1))
    assert client.said("RUNSTATE")[0] == "MAIN none none 0 0 0 0"


# --- what is no command ---


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "unknown command"),
        ("Dance", "unknown command Dance"),
        ("Reset now", "unknown command Reset"),
        ("SetActive maybe", "unknown command SetActive"),
        ("Move", "unknown motion"),
        ("Move Joint 1 2 3", "expected 10 or 11 values"),
        (f"Move Joint {HOME} 0 0 0 150", "outside 1 to 100"),
        ("Move Joint 500 0 0 0 0 0 0 0 0 50", "A1 500.00 is outside -179.00 to 179.00"),
        ("Move Cart 300 0 300 180 0 180 0 0 0 50 #table", "unknown frame #table"),
        ("Override 120", "outside 0 to 100"),
        ("Override", "expected 1 values"),
        ("DOUT 64 true", "does not exist"),
        ("GSIG 1 perhaps", "expected a number"),
        ("ReferenceSingleJoint A6", "there is no axis A6"),
        ("UploadFileLine <a>", "no upload was begun"),
        ("LoadProgram none.xml", "no such program"),
        ("StartProgram", "not carried out"),
        ("ProgramReplayMode 7", "no replay mode"),
        ("DeleteFile Programs/none.xml", "no such file"),
    ],
)
def test_a_command_that_there_is_not(text: str, why: str) -> None:
    async def play() -> None:
        async with Bench() as bench:
            client = await bench.client()
            assert why in await client.ask(text)
            assert (await client.status()).opmode == 0

    run(play())


@on_bench
async def test_what_is_no_message_ends_the_connection(bench: Bench) -> None:
    for raw in (b"HELLO WORLD\n", b"CRISTART 1 ALIVEJOG 0 0 CRIEND", b"CRISTART a CMD Reset CRIEND"):
        client = await bench.client(active=False)
        client.stream.write(raw)
        await asyncio.sleep(0.5)
        assert client.gone, raw
    healthy = await bench.client()
    healthy.send("WHATEVER 1 2")
    await healthy.alive(0.2)
    assert "unknown message WHATEVER" in healthy.said("CMDERROR")[-1]


@on_bench
async def test_an_upload_of_another_length_than_announced_is_refused(bench: Bench) -> None:
    client = await bench.client()
    assert await client.ask("UploadFileInit Programs/a.xml 2 0") == "ok"
    assert await client.ask("UploadFileLine <a>") == "ok"
    assert "2 lines were announced" in await client.ask("UploadFileFinish")
    assert await client.ask("UploadFileInit Programs/a.xml 1 0") == "ok"
    assert await client.ask("UploadFileLine <a>") == "ok"
    assert "more lines" in await client.ask("UploadFileLine <b>")
    assert await client.ask("UploadFileFinish") == "ok"
    assert await client.ask("LoadProgram a.xml") == "ok"


# --- states ---


@on_bench
async def test_motors_that_are_off_do_not_move(bench: Bench) -> None:
    client = await bench.client()
    assert await client.ask("Disable") == "ok"
    status = await client.status()
    assert (status.opmode, status.errors[0], status.estop) == (-1, AxisError.DISABLED, 1)
    assert "not enabled" in await client.ask(f"Move Joint {ASIDE} 0 0 0 50")
    assert await client.ask("Enable") == "ok"
    assert await client.ask(f"Move Joint {ASIDE} 0 0 0 50") == "ok"


@on_bench
async def test_a_motion_during_another_is_refused_and_a_stop_ends_it(bench: Bench) -> None:
    client = await bench.client()
    assert await client.ask(f"Move Joint {ASIDE} 0 0 0 5") == "ok"
    assert "under way" in await client.ask(f"Move Joint {HOME} 0 0 0 50")
    assert await client.ask("Move Stop") == "ok"
    assert client.said("EXECACK")
    assert client.said("EXECERROR")
    assert not client.said("EXECEND")


@on_bench
async def test_an_emergency_stop_needs_release_reset_and_enable(bench: Bench) -> None:
    client = await bench.client()
    bench.virtual.press_emergency_stop()
    await client.alive(1.0)
    status = await client.status()
    assert (status.estop, status.opmode) == (0, -1)
    assert status.errors[0] == AxisError.ESTOP | AxisError.DISABLED
    assert "pressed" in await client.ask("Reset")
    bench.virtual.release_emergency_stop()
    assert (await client.status()).estop == 1
    assert "emergency stop" in await client.ask("Enable")
    assert await client.ask("Reset") == "ok"
    assert (await client.status()).errors[0] == AxisError.DISABLED
    assert "not enabled" in await client.ask(f"Move Joint {ASIDE} 0 0 0 50")
    assert await client.ask("Enable") == "ok"
    status = await client.status()
    assert (status.estop, status.opmode, status.errors[0]) == (3, 0, AxisError.NONE)


@on_bench
async def test_a_fault_shows_at_its_axis(bench: Bench) -> None:
    client = await bench.client()
    bench.virtual.example_fault()
    await client.alive(0.5)
    status = await client.status()
    assert status.errors[2] & AxisError.LAG
    assert not status.errors[1] & AxisError.LAG
    assert "position lag" in await client.ask("Enable")
    assert await client.ask("Reset") == "ok"
    assert await client.ask("Enable") == "ok"


@on_bench
async def test_an_unreachable_pose_ends_in_execerror_and_stays_until_reset(bench: Bench) -> None:
    client = await bench.client()
    assert await client.ask("Move Cart 2000 0 300 180 0 180 0 0 0 100 #base") == "ok"
    await client.alive(0.5)
    assert client.said("EXECERROR")
    assert (await client.status()).kinstate == 24
    assert "out of the working space" in await client.ask(f"Move Joint {ASIDE} 0 0 0 50")
    assert await client.ask("Reset") == "ok"
    assert (await client.status()).kinstate == 0


@on_bench
async def test_manual_mode_and_a_missing_reference_refuse_motions(bench: Bench) -> None:
    client = await bench.client()
    await bench.virtual.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
    assert (await client.status()).opmode == 1
    assert "operation mode" in await client.ask(f"Move Joint {ASIDE} 0 0 0 50")
    await bench.virtual.set_mode(OperationalMode.AUTOMATIC)
    referencing = asyncio.ensure_future(client.ask("ReferenceSingleJoint A1"))
    await client.alive(0.3)
    assert "not referenced" in await client.ask(f"Move Joint {ASIDE} 0 0 0 50", 0.3)
    assert await referencing == "ok"
    assert client.said("INFO") == []
    await client.ask("GetReferencingInfo")
    assert client.said("INFO")[-1] == "ReferencingInfo 1 Joints 1 1 1 1 1 1 0 0 0 0 0 0 Mandatory 1 RefWithProg 0 0"
