"""The line to the gateway: requests and answers, and a gateway that does not keep up."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

from cellkit.supervision.link import LAGGING, CellLink
from cellkit.timing import now
from tests.supervision.rig import Served, serve


class Gateway:
    """The other end, in plain JSON."""

    def __init__(self, served: Served) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._end = theirs
        self.said: list[dict[str, Any]] = []
        self.ends: list[str] = []
        self.link = CellLink(served.supervisor, ours, self.said.append, self.ends.append)

    async def __aenter__(self) -> Gateway:
        await self.link.open()
        self.reader, self.writer = await asyncio.open_connection(sock=self._end, limit=2**17)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self.writer.close()
        await self.link.close()

    async def next(self, kind: str) -> dict[str, Any]:
        while True:
            message: dict[str, Any] = json.loads(await self.reader.readline())
            if message["kind"] == kind:
                return message

    def send(self, message: dict[str, Any]) -> None:
        self.writer.write(json.dumps(message).encode() + b"\n")

    async def ask(self, request: str, **arguments: Any) -> dict[str, Any]:
        self.send({"number": 1, "request": request, "user": "plc", "session": "s", "arguments": arguments})
        return await self.next("answer")


def test_the_description_comes_first_and_requests_are_answered() -> None:
    async def body(cell: Served) -> None:
        async with Gateway(cell) as gateway:
            first = json.loads(await gateway.reader.readline())
            assert first["kind"] == "description"
            assert first["cell"]["name"] == "pick_and_place"
            assert (await gateway.ask("request_control", lease=5.0))["answer"] == {"lease": 5.0}
            refused = await gateway.ask("command", device="robot", command="MoveHome", arguments=[9.0])
            assert (refused["refused"], refused["argument"]) == ("argument", 0)
            assert (await gateway.ask("nonsense"))["refused"] == "unknown"
            gateway.send({"gateway": {"serving": "opc.tcp://x"}})
            await cell.until(lambda: gateway.said == [{"serving": "opc.tcp://x"}])

    serve(body)


def test_a_request_that_makes_no_sense_is_answered_all_the_same() -> None:
    async def body(cell: Served) -> None:
        caught: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: caught.append(context))
        async with Gateway(cell) as gateway:
            answer = await gateway.ask("command")  # without a device: a mistake of the gateway's
            assert answer["refused"] == "failed"
            assert "KeyError" in answer["says"]

    serve(body)


def test_a_gateway_that_hangs_costs_readings_and_nothing_else() -> None:
    async def body(cell: Served) -> None:
        async with Gateway(cell) as gateway:
            await cell.ask("request_control", lease=600.0)
            await cell.until(lambda: gateway.link.left_out > 10, 600.0)
            job = await cell.command("robot", "MoveHome", 0.0)
            assert (await cell.done(job)).state.name == "SUCCEEDED"
            waiting = gateway.link._writer.transport.get_write_buffer_size()  # type: ignore[union-attr]
            assert waiting < 2 * LAGGING
            states = []
            while len(states) < 4:
                message = await gateway.next("job")
                if message["id"] == job:
                    states.append(message["state"])
            assert states == [0, 1, 2, 5], "no news of the job was left out"
            told = await gateway.next("left_out")
            assert told["count"] >= 10, "and what was left out is told"

    serve(body)


def test_when_the_gateway_ends_it_is_told() -> None:
    async def body(cell: Served) -> None:
        async with Gateway(cell) as gateway:
            gateway.writer.close()
            await cell.until(lambda: bool(gateway.ends))

    serve(body)


def test_at_standstill_one_message_a_tick_has_the_newer_times_of_all_devices() -> None:
    async def body(cell: Served) -> None:
        async with Gateway(cell) as gateway:
            roles = {role for role, values in cell.supervisor.readings.items() if values}
            await gateway.next("unchanged")
            since = now()
            seen = [json.loads(await gateway.reader.readline()) for _ in range(10)]
            unchanged = [message for message in seen if message["kind"] == "unchanged"]
            assert not [message for message in seen if message["kind"] == "readings"]
            assert set(unchanged[0]["times"]) == roles
            assert len(unchanged) >= (now() - since) / 0.05 - 1

    serve(body)


def test_a_change_is_sent_with_the_reading_that_shows_it() -> None:
    async def body(cell: Served) -> None:
        async with Gateway(cell) as gateway:
            await gateway.next("unchanged")
            await cell.ask("request_control", lease=60.0)
            await cell.command("robot", "MoveJoints", [1.0, -1.2, 1.0, -1.0, -1.0, 0.0], 0.2)
            since = now()
            values = (await gateway.next("readings"))["values"]
            assert values["moving"][0] is True
            assert now() - since < 0.051

    serve(body)


def test_a_change_that_was_left_out_is_sent_later() -> None:
    async def body(cell: Served) -> None:
        async with Gateway(cell) as gateway:
            value = 1.0

            def read() -> None:
                cell.supervisor.notify({"kind": "readings", "device": "x", "values": {"v": [value, "good", now()]}})

            read()
            await cell.ask("request_control", lease=600.0)
            long = [1.5, -1.2, 1.0, -1.0, -1.0, 0.0]
            await cell.command("robot", "MoveJoints", long, 0.001)  # its readings fill the line
            await cell.until(lambda: gateway.link.left_out > 10, 600.0)
            value = 2.0
            read()
            seen = []
            while 2.0 not in seen:
                message = await gateway.next("readings")
                if message["device"] == "x":
                    seen.append(message["values"]["v"][0])
                read()
                await asyncio.sleep(0.001)
            assert seen == [1.0, 2.0]

    serve(body)
