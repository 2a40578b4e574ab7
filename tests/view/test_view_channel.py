"""The channel to the page: all messages arrive in order, and the sender never waits."""

from __future__ import annotations

import socket
import threading

import numpy as np
import pytest
from view_rig import moment

from cellkit.view.channel import ChannelClosed, Inbox, Outbox, packed
from cellkit.view.moment import Card, ContactPoint, Moment, from_message, to_message


def test_everything_arrives_in_order() -> None:
    ours, theirs = socket.socketpair()
    outbox = Outbox(ours)
    numbers: list[int] = []

    def read() -> None:
        inbox = Inbox(theirs)
        try:
            while True:
                kind, fields, data = inbox.get()
                assert (kind, len(data)) == ("moment", 40_000)
                numbers.append(fields["number"])
        except ChannelClosed:
            pass

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(200):
        outbox.put(packed("moment", {"number": number}, bytes(40_000)))
    outbox.close(timeout=30.0)
    reader.join(30.0)
    theirs.close()
    assert numbers == list(range(200))
    assert outbox.dropped == 0


def test_the_sender_does_not_wait_for_a_page_that_does_not_read() -> None:
    ours, theirs = socket.socketpair()
    outbox = Outbox(ours)
    for number in range(20_000):
        outbox.put(packed("event", {"number": number}, bytes(1000)))
    assert outbox.busy
    assert outbox.dropped > 10_000  # the number of waiting messages is bounded
    inbox = Inbox(theirs)
    first = inbox.get()[1]["number"]
    assert first == 0
    following = [inbox.get()[1]["number"] for _ in range(50)]
    assert following == sorted(following)
    outbox.close(timeout=0.01)
    theirs.close()


def test_a_closed_page_breaks_the_outbox() -> None:
    ours, theirs = socket.socketpair()
    outbox = Outbox(ours)
    theirs.close()
    for _ in range(10):
        outbox.put(packed("event", {}))
    assert outbox.broken
    assert not outbox.busy or outbox.broken
    outbox.close()


def test_a_message_that_is_too_large_is_refused() -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(b"\xff" * 8)
    with pytest.raises(ChannelClosed, match=r"a message of \d+ bytes exceeds the limit of 67108864 bytes"):
        Inbox(theirs).get()
    ours.close()
    with pytest.raises(ChannelClosed):
        Inbox(theirs).get()
    theirs.close()


def test_a_moment_survives_encoding() -> None:
    contacts = (ContactPoint("robot/tool", "part_1", (0.1, 0.2, 0.3), (0.0, 0.0, 12.5)),)
    first = moment(1.5)
    sent = Moment(first.time, first.names, first.places, first.cards, (7, 9), first.tools, {"robot": 4}, contacts, 2)
    shown: dict[str, Card] = {}
    got = from_message(*to_message(sent, {}), sent.names, shown)
    assert (got.time, got.names, got.lines, got.planned, got.contacts, got.collisions) == (
        1.5, ("robot/base", "part_1"), (7, 9), {"robot": 4}, contacts, 2,
    )  # fmt: skip
    assert got.cards == sent.cards
    assert np.array_equal(got.places, sent.places)
    assert np.array_equal(got.tools["robot"], sent.tools["robot"])
    fields, _ = to_message(sent, shown)  # unchanged cards are not sent again
    assert fields["cards"] == {}
    assert from_message(*to_message(sent, shown), sent.names, shown).cards == sent.cards
