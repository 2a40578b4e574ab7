"""A recording as one page that plays offline: viser's player with the cell in 3D, beside it the run in words.

The page contains everything: viser's client, the movements, events, facts and the program. It sends no request, and
its content security policy forbids requests.
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
from cellkit.view.replay import replay_messages
from cellkit.view.run_state import RunState
from cellkit.view.scene_3d import Scene3D

RATE = 25.0
"""Moments per second."""
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob: data:; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; worker-src blob: data:; connect-src data: blob:; "
    "form-action 'none'; base-uri 'none'"
)


def export_html(recording: Recording, rate: float = RATE) -> str:
    """Return the page. Raises ``ConfigError`` for a recording without snapshots."""
    state = RunState()
    messages = replay_messages(recording, 1.0 / rate)
    opening = [next(messages), next(messages)]  # fails before a server is opened
    with _server() as server:
        for message in opening:
            state.take(*message)
        scene = state.scene
        assert scene is not None
        scene_3d = Scene3D(server)
        scene_3d.begin(scene)
        player = server.get_scene_serializer()
        first = last = None
        for message in messages:
            state.take(*message)
            if message[0] == "drawn":
                scene_3d.add_figures(state.figures)
            elif message[0] == "moment":
                moment = state.history.newest
                assert moment is not None
                if last is None:
                    first = last = moment.time
                player.insert_sleep(max(0.0, moment.time - last))
                last = moment.time
                scene_3d.show(moment, {}, {})
        page = player.as_html()
    assert first is not None
    assert last is not None
    return _with_panel(page, scene.title, _script_data(recording, state, first, last))


@contextmanager
def _server() -> Iterator[Any]:
    """Open a viser server, whose scene viser can serialize. It is behind the guard, and closed at the end."""
    before = served.serve
    install(5.0)
    try:
        from cellkit.view.page import Server

        with redirect_stdout(io.StringIO()):  # viser prints its address there; the standard output belongs to results
            server = Server(LOOPBACK, free_port(0), verbose=False)
    finally:
        served.serve = before  # type: ignore[misc]
    try:
        yield server
    finally:
        with redirect_stdout(io.StringIO()):
            server.stop()


def _script_data(recording: Recording, state: RunState, first: float, last: float) -> dict[str, Any]:
    """Return the data of the page's own script. All times in s of cell time."""
    scene = state.scene
    assert scene is not None
    events = [
        {"t": float(event["t"]), "text": texts.event_words(event), "bad": texts.is_bad(event)}
        for event in recording.events
    ]
    waits = [(round(time, 4), message["lines"]) for time, message in recording.messages(topics.PROGRAM)]
    return {
        "first": first,
        "last": last,
        "title": scene.title,
        "subtitle": scene.subtitle,
        "outcome": state.outcome,
        "failed": state.failed,
        "events": events,
        "program": scene.program.lines,
        "waits": waits,
    }


def _with_panel(page: str, title: str, script_data: dict[str, Any]) -> str:
    """Return viser's page with the panel of the run beside it."""
    data = json.dumps(script_data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style>"
    )
    body = f'{PANEL}<script type="application/json" id="ck-told">{data}</script><script>{SCRIPT}</script>'
    page = page.replace("<title>Viser</title>", "", 1).replace("<head>", f"<head>{head}", 1)
    end = page.rindex("</body>")
    return page[:end] + body + page[end:]
