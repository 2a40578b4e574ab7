"""Pending requests: every one ends with its own answer, an error, or the loss of the link, and none is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from cellkit.devices.requests import Requests
from cellkit.errors import CommandRejected, ConnectionLost, DeviceBusy, TransportError
from cellkit.timing import now, run


def timed(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run(test())


def asked(requests: Requests[int, str], key: int, within: float | None = 1.0) -> asyncio.Task[str]:
    return asyncio.ensure_future(requests.ask(key, lambda: None, f"question {key}", within))


def test_answers_out_of_order_reach_their_own_requests() -> None:
    async def test() -> None:
        requests: Requests[int, str] = Requests("device")
        tasks = [asked(requests, key) for key in (1, 2, 3)]
        await asyncio.sleep(0.1)
        assert len(requests) == 3
        assert requests.oldest == 1
        for key in (2, 3, 1):
            assert requests.answer(key, f"answer {key}")
        assert await asyncio.gather(*tasks) == ["answer 1", "answer 2", "answer 3"]
        assert not requests
        assert requests.oldest is None

    timed(test)


def test_answers_of_one_kind_come_in_the_order_of_the_requests() -> None:
    async def test() -> None:
        requests: Requests[int, str] = Requests("device", in_order=True)
        tasks = [asked(requests, 7) for _ in range(3)]
        await asyncio.sleep(0.1)
        for answer in ("a", "b", "c"):
            requests.answer(7, answer)
        assert await asyncio.gather(*tasks) == ["a", "b", "c"]

    timed(test)


def test_an_error_answers_one_request_only() -> None:
    async def test() -> None:
        requests: Requests[int, str] = Requests("device")
        refused, taken = asked(requests, 1), asked(requests, 2)
        await asyncio.sleep(0.1)
        requests.answer(1, CommandRejected("device", "no"))
        requests.answer(2, "yes")
        with pytest.raises(CommandRejected, match="no"):
            await refused
        assert await taken == "yes"

    timed(test)


def test_a_lost_link_fails_all_that_wait_at_once_and_all_later_ones() -> None:
    async def test() -> None:
        requests: Requests[int, str] = Requests("device")
        tasks = [asked(requests, key, within) for key, within in ((1, 1.0), (2, None), (3, 5.0))]
        await asyncio.sleep(0.1)
        requests.fail("the cable")
        for task in tasks:
            with pytest.raises(ConnectionLost, match="device: the cable"):
                await task
        assert now() == pytest.approx(0.1)
        assert not requests
        sent: list[int] = []
        with pytest.raises(ConnectionLost, match="the cable"):
            await requests.ask(4, lambda: sent.append(4), "question 4", 1.0)
        assert not sent, "a request over a lost link is not even sent"

    timed(test)


def test_closing_leaves_nobody_waiting_even_one_that_is_not_awaited_yet() -> None:
    async def test() -> None:
        requests: Requests[int, str] = Requests("device")
        end = requests.expect(9)
        requests.fail("the connection is closed")
        await asyncio.sleep(1.0)
        with pytest.raises(ConnectionLost, match="closed"):
            await end

    timed(test)


def test_no_answer_in_time_is_a_lost_link_and_a_late_answer_is_dropped() -> None:
    async def test() -> None:
        silent: list[str] = []
        requests: Requests[int, str] = Requests("device", silent.append)
        slow, other = asked(requests, 1, 0.5), asked(requests, 2, 2.0)
        with pytest.raises(ConnectionLost, match=r"no answer to question 1 for 0\.5 s"):
            await slow
        assert now() == pytest.approx(0.5)
        assert silent == ["no answer to question 1 for 0.5 s"]
        assert not requests.answer(1, "late")
        requests.answer(2, "in time")
        assert await other == "in time"

    timed(test)


@pytest.mark.parametrize("in_order", [False, True])
def test_a_request_that_is_given_up_leaves_its_answer_to_nobody_else(in_order: bool) -> None:
    async def test() -> None:
        requests: Requests[int, str] = Requests("device", in_order=in_order)
        tasks = [asked(requests, 7) for _ in range(3)] if in_order else [asked(requests, key) for key in (6, 7, 8)]
        await asyncio.sleep(0.1)
        tasks[1].cancel()
        await asyncio.wait({tasks[1]})
        if in_order:
            answered = [requests.answer(7, answer) for answer in ("first", "late", "third")]
            assert answered == [True, True, True], "it keeps its place until its answer has come"
        else:
            assert not requests.answer(7, "late")
            requests.answer(6, "first")
            requests.answer(8, "third")
        assert [await tasks[0], await tasks[2]] == ["first", "third"]
        assert tasks[1].cancelled()
        assert not requests

    timed(test)


def test_a_request_that_cannot_be_sent_is_not_pending() -> None:
    async def test() -> None:
        requests: Requests[int, str] = Requests("device", in_order=True)

        def broken() -> None:
            raise TransportError("no cable")

        with pytest.raises(ConnectionLost, match="device: no cable"):
            await requests.ask(1, broken, "question", 1.0)
        assert not requests

    timed(test)


def test_what_is_abandoned_fails_and_later_requests_are_taken() -> None:
    async def test() -> None:
        requests: Requests[int, str] = Requests("device")
        before = asked(requests, 1)
        await asyncio.sleep(0.1)
        requests.abandon(lambda: CommandRejected("device", "begun anew"))
        with pytest.raises(CommandRejected, match="begun anew"):
            await before
        later = asked(requests, 1)
        await asyncio.sleep(0.1)
        requests.answer(1, "taken")
        assert await later == "taken"

    timed(test)


def test_a_device_that_never_answers_does_not_collect_requests_without_end() -> None:
    async def test() -> None:
        requests: Requests[int, str] = Requests("device", in_order=True, limit=2)
        requests.expect(1)
        requests.expect(1)
        with pytest.raises(DeviceBusy, match="2 requests have no answer yet"):
            requests.expect(1)

    timed(test)


def test_the_answer_that_a_cancelled_sender_has_left_is_awaited() -> None:
    async def test() -> None:
        requests: Requests[int, str] = Requests("device", in_order=True)
        await requests.settled(1.0)
        left = asked(requests, 7)
        await asyncio.sleep(0.1)
        left.cancel()
        following = asyncio.ensure_future(requests.settled(1.0))
        await asyncio.sleep(0.1)
        assert not following.done()
        requests.answer(7, "late")
        await following
        left = asked(requests, 7)
        await asyncio.sleep(0.1)
        left.cancel()
        with pytest.raises(ConnectionLost, match="no answer to an earlier request for 1 s"):
            await requests.settled(1.0)
        following = asyncio.ensure_future(requests.settled(1.0))
        await asyncio.sleep(0.1)
        requests.fail("gone")
        with pytest.raises(ConnectionLost, match="gone"):
            await following

    timed(test)
