"""The view inside the commissioning page is told of the served cell as a page of a run is."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

from cellkit.cli.serve_with_view import ServedCellObservers
from cellkit.view.channel import Broken, Inbox, Outbox
from cellkit.view.run_state import RunState
from cellkit.view.watcher import ViewWatcher
from tests.supervision.rig import Served, serve


def test_it_shows_the_cell() -> None:
    story = RunState()

    async def body(cell: Served) -> None:
        ours, theirs = socket.socketpair()
        outbox = Outbox(ours)
        watcher = ViewWatcher(outbox, "A cell", "by wire", Path(), steered=False, live=False)
        watched = ServedCellObservers(cell.supervisor.built, [watcher])
        watched.begin(7, "direct")
        await asyncio.sleep(0.2)
        watched.end()
        outbox.close()
        with contextlib.suppress(Broken):
            while True:
                story.take(*Inbox(theirs).get())
        theirs.close()

    serve(body)
    assert story.scene is not None
    assert story.scene.title == "A cell"
    assert story.figures
    assert story.history.newest is not None
    assert story.history.newest.time >= 0.2
