"""Masters that are busy or silent, that break off or answer nonsense: what the driver makes of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from cellkit_iolink.session import RETRIES
from iolink_bench import RawMaster, SensorBench, http_answer, play
from iolink_sensing import BOTH, SOON, failing, good, raw_sensor, sensing

from cellkit.devices import Lifecycle, ProximitySensor
from cellkit.errors import (
    ConnectionFailed,
    ConnectionLost,
)
from cellkit.timing import now, run


@BOTH
def test_a_master_that_fails_now_and_then_is_asked_again(protocol: str) -> None:
    async def test(bench: SensorBench, sensor: ProximitySensor) -> None:
        for _ in range(3):
            bench.throw(f"http500 {RETRIES}")
            await asyncio.sleep(1.0)
            assert await sensor.distance() == pytest.approx(0.18)
        waiting = asyncio.ensure_future(sensor.wait_for(False))
        await asyncio.sleep(SOON)
        bench.throw(f"http500 {1 + RETRIES}")
        await failing(waiting, ConnectionLost, f"{1 + RETRIES} times with HTTP 500")
        assert sensor.lifecycle is Lifecycle.LOST
        await sensor.connect()
        assert await sensor.distance() == pytest.approx(0.18)

    sensing(protocol, test)


@BOTH
def test_a_master_that_only_fails_is_no_connection(protocol: str) -> None:
    async def test(bench: SensorBench) -> None:
        bench.throw("http500 100")
        await failing(bench.sensor().connect(), ConnectionFailed, "HTTP 500")

    play(SensorBench(protocol), test)


@BOTH
def test_a_master_that_does_not_speak_is_a_lost_link(protocol: str) -> None:
    async def test(bench: SensorBench, sensor: ProximitySensor) -> None:
        waiting = asyncio.ensure_future(sensor.wait_for(False))
        await asyncio.sleep(SOON)
        bench.throw("mute")
        before = now()
        await failing(waiting, ConnectionLost, "no answer for 0.5 s")
        assert now() - before < 0.6
        await sensor.close()
        await failing(sensor.connect(), ConnectionFailed, "no answer for 0.5 s")
        bench.throw("speak")
        await sensor.connect()
        assert await sensor.distance() == pytest.approx(0.18)

    sensing(protocol, test, answer_timeout=0.5)


async def refused_by(raw: RawMaster, protocol: str, *words: str) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        async with raw_sensor(raw, protocol):
            pass
    for word in words:
        assert word in str(caught.value), f"{word!r} not in {caught.value}"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BROKEN = {
    "in the head": b"HTTP/1.1 200 O",
    "after the head": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
    "in the body": b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"cid":1,"co',
    "in the length of a chunk": CHUNKED + b"1",
    "in a chunk": CHUNKED + b'20\r\n{"cid":1,"co',
    "between chunks": CHUNKED + b'a\r\n{"cid":1,"\r\n',
    "before anything": b"",
}


@BOTH
@pytest.mark.parametrize("where", BROKEN)
def test_an_answer_that_breaks_off_is_a_lost_link(protocol: str, where: str) -> None:
    raw = RawMaster(BROKEN[where] + RawMaster.CUT)
    run(refused_by(raw, protocol, "the answer was cut off"))
    assert len(raw.requests) == (2 if where in ("before anything", "in the head") else 1)


@pytest.mark.parametrize("where", BROKEN)
def test_an_answer_that_breaks_off_later_ends_what_waits(where: str) -> None:
    async def main() -> None:
        raw = RawMaster(good(1), good(2), good(3), BROKEN[where] + RawMaster.CUT)
        async with raw_sensor(raw) as sensor:
            error = await failing(sensor.wait_for(False), ConnectionLost, "cut off")
            assert error.device == "sensor"
            assert sensor.lifecycle is Lifecycle.LOST

    run(main())


@pytest.mark.parametrize("where", BROKEN)
def test_an_answer_that_stops_without_an_end_is_given_up(where: str) -> None:
    async def main() -> None:
        before = now()
        await refused_by(RawMaster(BROKEN[where]), "iotcore", "no answer for 0.5 s")
        assert now() - before < 0.6

    run(main())


def test_an_answer_that_never_ends_is_given_up() -> None:
    class Dripping(RawMaster):
        async def serve(self, stream: Any) -> None:
            await stream.read()
            stream.write(CHUNKED)
            while True:
                stream.write(b"1\r\n \r\n")
                await asyncio.sleep(0.1)

    async def main() -> None:
        before = now()
        await refused_by(Dripping(b""), "iotcore", "no answer for 0.5 s")
        assert now() - before < 0.6

    run(main())


def test_a_connection_that_the_master_has_closed_is_opened_again() -> None:
    class Impatient(RawMaster):
        async def serve(self, stream: Any) -> None:
            """One answer for every second request; the other finds the connection closed."""
            await stream.read()
            stream.write(good(len(self.requests) + 1))
            self.requests.append(b"")
            await stream.read()

    async def main() -> None:
        raw = Impatient(b"")
        async with raw_sensor(raw) as sensor:
            await asyncio.sleep(0.2)
            assert await sensor.distance() == pytest.approx(0.18)
        assert len(raw.requests) > 5

    run(main())


def test_answers_in_pieces_and_chunks_are_answers() -> None:
    class Slow(RawMaster):
        async def serve(self, stream: Any) -> None:
            while await stream.read():
                self.requests.append(b"")
                body = good(len(self.requests)).partition(b"\r\n\r\n")[2]
                chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:]))
                for byte in CHUNKED + chunks + b"0\r\n\r\n":
                    stream.write(bytes([byte]))
                    await asyncio.sleep(0.0005)

    async def main() -> None:
        async with raw_sensor(Slow(b"")) as sensor:
            assert await sensor.distance() == pytest.approx(0.18)

    run(main())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "no HTTP"),
        (http_answer(b"<html>"), "no JSON"),
        (http_answer(b'{"cid":1,"code":200}'), "no data points"),
        (http_answer(b'{"cid":7,"code":200,"data":{}}'), "an answer to 7, not to 1"),
        (http_answer(b'{"cid":1,"code":200,"data":{"/iolinkmaster/port[1]/mode":3}}'), "no /iolinkmaster/port[1]/mode"),
        (http_answer(b'{"cid":1,"code":400,"data":{"msg":"why"}}'), "400 (bad request: why)"),
        (http_answer(b'{"cid":1,"code":403}'), "403 (forbidden)"),
        (http_answer(b'{"cid":1,"code":599}'), "599 (unknown diagnostic code)"),
        (http_answer(b'{"cid":1,"code":531,"data":{"error":"0x8011"}}'), "531 (IO-Link error: 0x8011)"),
        (http_answer(b"not here", "404 Not Found"), "HTTP 404"),
        (http_answer(b"", "302 Found"), "HTTP 302"),
        (http_answer(b"x" * 5_000_000), ""),
    ],
)
def test_answers_of_an_iot_core_that_make_no_connection(answer: bytes, words: str) -> None:
    run(refused_by(RawMaster(answer), "iotcore", words))


def test_an_internal_fault_of_an_iot_core_is_asked_again() -> None:
    async def main() -> None:
        broken = [http_answer(json.dumps({"cid": cid, "code": 500}).encode()) for cid in (1, 2, 3)]
        await refused_by(RawMaster(*broken), "iotcore", "3 times with 500 (internal fault of the master)")
        raw = RawMaster(broken[0], broken[1], good(3), good(4), b"")
        async with raw_sensor(raw) as sensor:
            assert await sensor.distance() == pytest.approx(0.18)

    run(main())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"* OK IMAP4rev1\r\n\r\n", "no HTTP"),
        (http_answer(b"[]"), "has no port 1; its ports: none"),
        (http_answer(b"{}"), "no list of devices"),
        (http_answer(b"<html>", "404 Not Found"), "HTTP 404"),
        (http_answer(b'{"code":150,"message":"Permission denied"}', "403 Forbidden"), "Permission denied (150)"),
        (
            http_answer(b'{"code":101,"message":"Internal server error"}', "500 Internal Server Error"),
            "times with HTTP 500",
        ),
        (http_answer(b"", "429 Too Many Requests"), "times with HTTP 429"),
        (http_answer(b"", "301 Moved Permanently"), "HTTP 301"),
    ],
)
def test_answers_of_a_json_master_that_make_no_connection(answer: bytes, words: str) -> None:
    run(refused_by(RawMaster(answer), "json", words))
