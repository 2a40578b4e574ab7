"""The view inside the commissioning page receives the served cell as a page receives a run."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

from cellkit.cli.serve_with_view import ServedCellObservers
from cellkit.view.channel import ChannelClosed, Inbox, Outbox
from cellkit.view.page_feed import PageFeed
from cellkit.view.run_state import RunState
from tests.supervision.rig import Served, serve


def test_it_shows_the_cell() -> None:
    state = RunState()

    async def body(cell: Served) -> None:
        ours, theirs = socket.socketpair()
        outbox = Outbox(ours)
        feed = PageFeed(outbox, "A cell", "by wire", Path(), steered=False, live=False)
        watched = ServedCellObservers(cell.supervisor.built, [feed])
        watched.begin(7, "direct")
        await asyncio.sleep(0.2)
        watched.end()
        outbox.close()
        with contextlib.suppress(ChannelClosed):
            while True:
                state.take(*Inbox(theirs).get())
        theirs.close()

    serve(body)
    assert state.scene is not None
    assert state.scene.title == "A cell"
    assert state.figures
    assert state.history.newest is not None
    assert state.history.newest.time >= 0.2
