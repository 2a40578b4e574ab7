"""Subscriptions of the virtual IoT Core: timers, ports, process data; what is posted, and to whom."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from cellkit_iolink.protocol.iotcore import Event, Item, decode_event
from iolink_bench import HOST, SensorBench, core_of, play

from cellkit.timing import now
from cellkit.transport.http_server import serve_http

LISTENER = f"http://{HOST}:9000/temp"
PDIN = "/iolinkmaster/port[1]/iolinkdevice/pdin"
COUNTER = "/timer[1]/counter"


@asynccontextmanager
async def listening(bench: SensorBench, port: int = 9000) -> AsyncIterator[list[tuple[float, Event]]]:
    heard: list[tuple[float, Event]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (scope["method"], scope["path"]) == ("POST", "/temp")
        heard.append((now(), decode_event((await receive())["body"])))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    listener = await bench.network.listen(HOST, port, lambda stream: serve_http(stream, app))
    try:
        yield heard
    finally:
        listener.close()


def core(test: Any) -> None:
    async def main(bench: SensorBench) -> None:
        async with core_of(bench) as client:
            await test(bench, client)

    play(SensorBench("iotcore"), main)


def subscribe(*paths: str, callback: str = LISTENER) -> dict[str, Any]:
    return {"callback": callback, "datatosend": list(paths)}


def test_a_timer_posts_what_was_asked_for_at_its_interval() -> None:
    async def test(bench: SensorBench, client: Any) -> None:
        bench.beam.put(0.18)
        async with listening(bench) as heard:
            assert await client.set("/timer[1]/interval", 500) == 200
            answer = await client.call(f"{COUNTER}/datachanged/subscribe", subscribe(PDIN))
            assert answer["code"] == 200
            begun = now()
            await asyncio.sleep(1.6)
            assert [round(moment - begun, 2) for moment, _ in heard] == [0.5, 1.0, 1.5]
            first = heard[0][1]
            assert first == Event(
                client.cid, 1, f"{COUNTER}/datachanged", {COUNTER: Item(200, 1), PDIN: Item(200, "00B4" + 12 * "0")}
            )
            assert [event.number for _, event in heard] == [1, 2, 3]
            await client.set("/timer[1]/interval", 2000)
            await asyncio.sleep(1.9)
            assert len(heard) == 3
            bench.throw("unplug")
            await asyncio.sleep(0.2)
            assert heard[3][1].payload[PDIN] == Item(503)

    core(test)


def test_ports_and_process_data_are_told_of_when_they_change() -> None:
    async def test(bench: SensorBench, client: Any) -> None:
        async with listening(bench) as heard:
            port = "/iolinkmaster/port[1]/portevent"
            for source in (port, PDIN):
                await client.call(
                    f"{source}/datachanged/subscribe", subscribe("/iolinkmaster/port[1]/iolinkdevice/status")
                )
            bench.beam.put(0.2)
            await asyncio.sleep(0.1)
            bench.throw("unplug")
            await asyncio.sleep(0.1)
            await client.set("/iolinkmaster/port[1]/mode", 0)
            await asyncio.sleep(0.1)
            assert [event.source.removesuffix("/datachanged") for _, event in heard] == [PDIN, port, port]
            assert heard[0][1].payload[PDIN] == Item(200, "00C8" + 12 * "0")
            assert heard[1][1].payload["/iolinkmaster/port[1]/iolinkdevice/status"] == Item(200, 0)

    core(test)


def test_subscriptions_end_by_callback_and_cid_or_all_at_once() -> None:
    async def test(bench: SensorBench, client: Any) -> None:
        other = f"http://{HOST}:9001/temp"

        async def call(service: str, data: Any, cid: int) -> dict[str, Any]:
            message = {"code": "request", "cid": cid, "adr": f"{COUNTER}/datachanged/{service}", "data": data}
            answer: dict[str, Any] = await client.post(message)
            return answer

        async with listening(bench) as heard, listening(bench, 9001) as elsewhere:
            assert (await call("subscribe", subscribe(PDIN), 1))["code"] == 200
            assert (await call("subscribe", subscribe(callback=other), 2))["code"] == 200
            assert (await call("getsubscriptioninfo", {"callback": LISTENER}, 1))["data"] == subscribe(PDIN)
            assert (await call("getsubscriptioninfo", {"callback": LISTENER}, 2))["code"] == 400
            listed = (await client.call("/getsubscriberlist"))["data"]
            assert [(one["callbackurl"], one["cid"]) for one in listed] == [(LISTENER, 1), (other, 2)]
            await asyncio.sleep(1.1)
            assert (await call("unsubscribe", {"callback": LISTENER}, 2))["code"] == 400
            assert (await call("unsubscribe", {"callback": LISTENER}, 1))["code"] == 200
            await asyncio.sleep(1.0)
            assert (len(heard), len(elsewhere)) == (1, 2)
            assert (await call("unsubscribe", {"callback": "DELETE"}, 9))["code"] == 200
            await asyncio.sleep(2.0)
            assert (len(heard), len(elsewhere)) == (1, 2)
            counter = await client.value(COUNTER)
            await asyncio.sleep(5.0)
            assert await client.value(COUNTER) == counter, "nobody listens to the timer any more"

    core(test)


def test_subscriptions_that_are_refused() -> None:
    async def test(bench: SensorBench, client: Any) -> None:
        adr = f"{COUNTER}/datachanged/subscribe"
        for data, code in (
            (None, 400),
            ({"datatosend": []}, 400),
            (subscribe(callback="nowhere"), 400),
            (subscribe(callback="http://[::1"), 400),
            (subscribe(callback="http://127.0.0.1:port/"), 400),
            (subscribe(callback="mqtt://127.0.0.1:1883/abc"), 400),
            (subscribe(callback="http://192.0.2.7/temp"), 400),
            ({"callback": LISTENER, "datatosend": PDIN}, 400),
            ({"callback": LISTENER, "datatosend": [1]}, 400),
            (subscribe("/nowhere"), 404),
        ):
            assert (await client.call(adr, data))["code"] == code, data
        assert (await client.call("/getsubscriberlist"))["data"] == []
        codes = [
            (await client.call(adr, subscribe(callback=f"http://{HOST}:{port}/")))["code"] for port in range(1, 40)
        ]
        assert codes == [200] * 32 + [400] * 7

    core(test)


def test_a_listener_that_is_away_misses_events_and_nothing_else() -> None:
    async def test(bench: SensorBench, client: Any) -> None:
        await client.call(f"{COUNTER}/datachanged/subscribe", subscribe())
        await asyncio.sleep(3.5)
        async with listening(bench) as heard:
            await asyncio.sleep(2.0)
            assert [event.number for _, event in heard] == [4, 5]
        with contextlib.suppress(AssertionError):
            await asyncio.sleep(1.0)
        assert await client.value(PDIN) == "7FF8000000000000"

    core(test)
