"""A recording as one page that plays offline: viser's player of the cell in 3D, and beside it the run in words.

The page holds everything: viser's client, the movements that it plays, events, facts, the program. It asks for nothing,
and its policy forbids it to.
"""

from __future__ import annotations

import html
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import websockets.asyncio.server as served

from cellkit.recording import topics
from cellkit.recording.reader import Recording
from cellkit.view import texts
from cellkit.view.export_page import PANEL, SCRIPT, STYLE
from cellkit.view.guard import LOOPBACK, install
from cellkit.view.process import free_port
from cellkit.view.replay import story_of
from cellkit.view.run_state import RunState
from cellkit.view.scene_3d import Scene3D

RATE = 25.0
"""Pictures a second."""
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob: data:; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; worker-src blob: data:; connect-src data: blob:; "
    "form-action 'none'; base-uri 'none'"
)


def export_html(recording: Recording, rate: float = RATE) -> str:
    """The page. Raises ``ConfigError`` for a recording without snapshots."""
    story = RunState()
    messages = story_of(recording, 1.0 / rate)
    opening = [next(messages), next(messages)]  # nothing is opened for a recording that cannot be shown
    with _server() as server:
        for message in opening:
            story.take(*message)
        scene = story.scene
        assert scene is not None
        stage = Scene3D(server)
        stage.begin(scene)
        player = server.get_scene_serializer()
        first = last = None
        for message in messages:
            story.take(*message)
            if message[0] == "drawn":
                stage.cast(story.figures)
            elif message[0] == "moment":
                moment = story.history.newest
                assert moment is not None
                if last is None:
                    first = last = moment.time
                player.insert_sleep(max(0.0, moment.time - last))
                last = moment.time
                stage.show(moment, {}, {})
        page = player.as_html()
    assert first is not None
    assert last is not None
    told = _told(recording, story, first, last)
    return _around(page, scene.title, told)


@contextmanager
def _server() -> Iterator[Any]:
    """Viser writes down what its server is told; this one is behind the guard, and gone as soon as that is written."""
    before = served.serve
    install(5.0)
    try:
        from cellkit.view.page import Server

        with redirect_stdout(io.StringIO()):  # viser says where it serves; results go there
            server = Server(LOOPBACK, free_port(0), verbose=False)
    finally:
        served.serve = before  # type: ignore[misc]
    try:
        yield server
    finally:
        with redirect_stdout(io.StringIO()):
            server.stop()


def _told(recording: Recording, story: RunState, first: float, last: float) -> dict[str, Any]:
    """What the page's own script needs. All times in s of cell time."""
    scene = story.scene
    assert scene is not None
    events = [
        {"t": float(one["t"]), "text": texts.event_words(one), "bad": texts.is_bad(one)} for one in recording.events
    ]
    waits = [(round(time, 4), one["lines"]) for time, one in recording.messages(topics.PROGRAM)]
    return {
        "first": first,
        "last": last,
        "title": scene.title,
        "subtitle": scene.subtitle,
        "outcome": story.outcome,
        "failed": story.failed,
        "events": events,
        "program": scene.program.lines,
        "waits": waits,
    }


def _around(page: str, title: str, told: dict[str, Any]) -> str:
    """Viser's page with ours beside it."""
    data = json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style>"
    )
    body = f'{PANEL}<script type="application/json" id="ck-told">{data}</script><script>{SCRIPT}</script>'
    page = page.replace("<title>Viser</title>", "", 1).replace("<head>", f"<head>{head}", 1)
    end = page.rindex("</body>")
    return page[:end] + body + page[end:]
