"""The line to the page: everything arrives, and whoever is slow is not waited for."""

from __future__ import annotations

import socket
import threading

import numpy as np
import pytest
from view_rig import moment

from cellkit.view.channel import Broken, Inbox, Outbox, packed
from cellkit.view.moment import Card, Moment, Touch, from_message, to_message


def test_everything_arrives_in_order() -> None:
    ours, theirs = socket.socketpair()
    outbox = Outbox(ours)
    found: list[int] = []

    def read() -> None:
        inbox = Inbox(theirs)
        try:
            while True:
                kind, told, data = inbox.get()
                assert (kind, len(data)) == ("moment", 40_000)
                found.append(told["number"])
        except Broken:
            pass

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(200):
        outbox.put(packed("moment", {"number": number}, bytes(40_000)))
    outbox.close(patience=30.0)
    reader.join(30.0)
    theirs.close()
    assert found == list(range(200))
    assert outbox.dropped == 0


def test_who_does_not_read_is_not_waited_for() -> None:
    ours, theirs = socket.socketpair()
    outbox = Outbox(ours)
    for number in range(20_000):
        outbox.put(packed("event", {"number": number}, bytes(1000)))
    assert outbox.busy
    assert outbox.dropped > 10_000  # bounded, whatever comes
    inbox = Inbox(theirs)
    first = inbox.get()[1]["number"]
    assert first == 0
    following = [inbox.get()[1]["number"] for _ in range(50)]
    assert following == sorted(following)
    outbox.close(patience=0.01)
    theirs.close()


def test_who_is_gone_is_gone() -> None:
    ours, theirs = socket.socketpair()
    outbox = Outbox(ours)
    theirs.close()
    for _ in range(10):
        outbox.put(packed("event", {}))
    assert outbox.broken
    assert not outbox.busy or outbox.broken
    outbox.close()


def test_a_message_beyond_all_measure_is_refused() -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(b"\xff" * 8)
    with pytest.raises(Broken, match="beyond all measure"):
        Inbox(theirs).get()
    ours.close()
    with pytest.raises(Broken):
        Inbox(theirs).get()
    theirs.close()


def test_a_moment_comes_as_it_went() -> None:
    contacts = (Touch("robot/tool", "part_1", (0.1, 0.2, 0.3), (0.0, 0.0, 12.5)),)
    first = moment(1.5)
    went = Moment(first.time, first.names, first.places, first.cards, (7, 9), first.tools, {"robot": 4}, contacts, 2)
    shown: dict[str, Card] = {}
    came = from_message(*to_message(went, {}), went.names, shown)
    assert (came.time, came.names, came.lines, came.planned, came.contacts, came.collisions) == (
        1.5, ("robot/base", "part_1"), (7, 9), {"robot": 4}, contacts, 2,
    )  # fmt: skip
    assert came.cards == went.cards
    assert np.array_equal(came.places, went.places)
    assert np.array_equal(came.tools["robot"], went.tools["robot"])
    told, _ = to_message(went, shown)  # what has not changed is not told again
    assert told["cards"] == {}
    assert from_message(*to_message(went, shown), went.names, shown).cards == went.cards
