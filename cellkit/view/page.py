"""The page: the cell in 3D, beside it time line, devices, program and events. All viewers see the same."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import viser
from PIL import Image
from typing_extensions import override

from cellkit.timing import WallTimer
from cellkit.view import texts
from cellkit.view.moment import Level, Moment
from cellkit.view.run_state import Clock, RunState
from cellkit.view.scene_3d import LAYERS, Scene3D
from cellkit.view.viser_controls import accept_values_only

SPEEDS = ("0.1", "0.25", "0.5", "1", "2", "5", "10", "max")
REFRESH = 1.0 / 30.0
_TEXT_PERIOD = 0.15  # s
_TRAVELLED = 5.0  # s of the travelled path of a TCP
_EVENTS = 60
_MIN_ASPECT = 1.1  # width / height of the window for which the initial view shows the whole cell

Send = Callable[[str, dict[str, Any]], None]


class Server(viser.ViserServer):
    """viser's server without its tunnel to a public server of its vendor; clients set values of controls only."""

    def __init__(self, host: str, port: int, *, verbose: bool) -> None:
        accept_values_only()
        super().__init__(host, port, verbose=verbose)

    @override
    def request_share_url(self, verbose: bool = True) -> None:
        """Do nothing: the page is not shared."""

    @override
    def disconnect_share_url(self) -> None:
        """Do nothing: the page is not shared."""


class Page:
    """The page of one run state. ``send`` takes the requests to a live run: pause, play, step, next, speed, reset.

    Without ``send`` the page shows the past only, as for a recording.
    """

    def __init__(self, server: viser.ViserServer, state: RunState, send: Send | None = None) -> None:
        self.server, self._state, self._send = server, state, send
        self._scene_3d = Scene3D(server)
        self._run_number = self._figures_version = -1
        self._closed = threading.Event()
        self._dirty = threading.Event()
        self._following = send is not None
        self._at = 0.0
        self._replaying = False
        self._texts: dict[str, str] = {}
        self._drawn: Moment | None = None
        self._timer = WallTimer()
        self._last = self._last_texts = 0.0
        self._pictures: dict[str, tuple[Any, float]] = {}
        server.gui.configure_theme(show_logo=False, show_share_button=False, control_width="large")
        server.gui.set_panel_label("cellkit")
        server.gui.main_panel.dock_right()
        self._build()
        server.on_client_connect(self._fit_narrow_window)

    def _fit_narrow_window(self, client: viser.ClientHandle) -> None:
        """Move the camera of a viewer with a narrow window back until the whole cell is in view."""
        scene = self._state.scene
        if scene is not None and client.camera.aspect < _MIN_ASPECT:
            eye, target = np.array(scene.eye), np.array(scene.target)
            client.camera.position = target + (eye - target) * _MIN_ASPECT / max(0.2, client.camera.aspect)
            client.camera.look_at = scene.target  # viser moves it together with the position

    # --- controls -------------------------------------------------------------------------------------------

    def _build(self) -> None:
        gui = self.server.gui
        self._title = gui.add_html(texts.title("cellkit", "waiting for the run"))
        self._status = gui.add_html(texts.status("Waiting for the run", "ok", ()))
        self._buttons = gui.add_button_group("Clock", ("Play", "Pause", "Step", "Next event"))
        self._past_buttons = gui.add_button_group("Past", ("Start", "Step back", "Now"))
        self._time_line = gui.add_slider("Time (s)", 0.0, 1.0, 0.01, 0.0, hint="Select a moment of the run")
        self._speed = gui.add_dropdown("Speed", SPEEDS, initial_value="1", hint="Multiple of real time")
        self._seed = gui.add_number("Seed", 0, min=0, step=1)
        self._reset = gui.add_button("Reset and run again with this seed")
        tabs = gui.add_tab_group()
        with tabs.add_tab("Devices"):
            self._devices = gui.add_html("")
            self._contacts = gui.add_html("")
        with tabs.add_tab("Program"):
            self._program = gui.add_html("")
        with tabs.add_tab("Events"):
            self._events = gui.add_html("")
        self._camera_tab = tabs.add_tab("Camera")
        with self._camera_tab:
            self._no_picture = gui.add_html(texts.page("<p>No camera has been used yet.</p>"))
        with tabs.add_tab("Show"):
            for layer in LAYERS:
                self._switch(layer)
            gui.add_html(texts.KEYS)
        self._connect()

    def _switch(self, layer: str) -> None:
        box = self.server.gui.add_checkbox(layer.capitalize(), layer != "names")

        def switched(_event: Any) -> None:
            self._scene_3d.switch(layer, box.value)
            self._drawn = None

        box.on_update(switched)

    def _connect(self) -> None:
        actions: dict[str, Callable[[], None]] = {
            "Play": self.play,
            "Pause": self.pause,
            "Step": self.step,
            "Next event": self.next_event,
            "Start": lambda: self.look_at(0.0),
            "Step back": self.step_back,
            "Now": self.now,
        }
        for group in (self._buttons, self._past_buttons):
            group.on_click(lambda event: actions[event.target.value]())
        self._time_line.on_update(lambda event: self._drag(event.target.value) if event.client is not None else None)
        self._speed.on_update(lambda event: self._set_speed(event.target.value) if event.client is not None else None)
        self._reset.on_click(lambda _event: self._request("reset", {"seed": int(self._seed.value)}))
        commands: tuple[tuple[str, Literal["P", "S", "B", "E", "N"], Callable[[], None]], ...] = (
            ("Pause or play", "P", self.toggle),
            ("Step", "S", self.step),
            ("Step back", "B", self.step_back),
            ("To the next event", "E", self.next_event),
            ("Back to now", "N", self.now),
        )
        for label, key, action in commands:
            self._command(label, key, action)

    def _command(self, label: str, key: Literal["P", "S", "B", "E", "N"], action: Callable[[], None]) -> None:
        self.server.gui.add_command(label, hotkey=key).on_trigger(lambda _event: action())

    def _request(self, kind: str, fields: dict[str, Any] | None = None) -> None:
        if self._send is not None:
            self._send(kind, fields or {})

    # --- actions --------------------------------------------------------------------------------------------

    @property
    def live(self) -> bool:
        """Whether the page shows the newest moment of a run that goes on and whose clock the page controls."""
        scene = self._state.scene
        return self._following and self._state.outcome is None and scene is not None and scene.steered

    def play(self) -> None:
        """Resume the run; in the past, play from the moment that is shown."""
        if self.live or not len(self._state.history):
            self._request("play")
        else:
            with self._state.lock:
                if self._following or self._at >= self._state.history.end:
                    self._at = 0.0
            self._following, self._replaying = False, True

    def pause(self) -> None:
        """Pause the run; in the past, stop playing."""
        self._replaying = False
        if self.live:
            self._request("pause")

    def toggle(self) -> None:
        """Pause or play."""
        running = not self._state.clock.paused if self.live else self._replaying
        if running:
            self.pause()
        else:
            self.play()

    def step(self) -> None:
        """Go one moment forward, in the run or in the past."""
        self._replaying = False
        if self.live:
            self._request("step")
            return
        with self._state.lock:
            scene, history = self._state.scene, self._state.history
            later = history.since(self._at + 1e-6, self._at + 100 * (scene.period if scene else REFRESH))
            if later:
                self.look_at(later[0].time)

    def step_back(self) -> None:
        """Show the moment before; the run itself goes on, paused or not."""
        with self._state.lock:
            time = self._state.history.end if self._following else self._at
            before = self._state.history.at(time - 1e-6)
            if before is not None:
                self.look_at(min(before.time, time))

    def next_event(self) -> None:
        """Go to the next event and pause there."""
        self._replaying = False
        if self.live:
            self._request("next")
            return
        with self._state.lock:
            later = next((event for event in self._state.history.events if event["t"] > self._at + 1e-6), None)
            if later is not None:
                self.look_at(later["t"])

    def look_at(self, time: float) -> None:
        """Show the moment ``time`` (s)."""
        self._drag(time)
        _set(self._time_line, round(min(time, self._time_line.max), 2))

    def _drag(self, time: float) -> None:
        """Show the moment ``time`` (s) without moving the time line."""
        self._following = self._replaying = False
        self._at = time
        self._drawn = None
        self._dirty.set()

    def now(self) -> None:
        """Follow the run again."""
        self._replaying = False
        self._following = self._send is not None
        if not self._following:
            self.look_at(self._state.history.end)
        self._dirty.set()

    def _set_speed(self, text: str) -> None:
        self._request("speed", {"speed": "max" if text == "max" else float(text)})

    # --- display --------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Refresh the page until ``close`` is called."""
        while not self._closed.is_set():
            self.refresh()
            self._dirty.wait(REFRESH)
            self._dirty.clear()

    def close(self) -> None:
        """End ``run``."""
        self._closed.set()
        self._dirty.set()

    def refresh(self) -> None:
        """Update once whatever has changed."""
        seconds = self._timer.seconds()
        passed, self._last = seconds - self._last, seconds
        with self._state.lock:
            self._update_run()
            scene, history = self._state.scene, self._state.history
            if scene is None:
                return
            self._advance_replay(passed)
            moment = history.newest if self._following else history.at(self._at)
            if moment is None:
                return
            new = moment is not self._drawn
            travelled = self._travelled_paths(moment) if new else {}
            planned = {
                arm: history.paths[arm, number]
                for arm, number in moment.planned.items()
                if (arm, number) in history.paths
            }
        if new:
            self._drawn = moment
            self._scene_3d.show(moment, travelled, planned)
        if seconds - self._last_texts >= _TEXT_PERIOD:
            self._last_texts = seconds
            self._update_texts(moment)

    def _update_run(self) -> None:
        state = self._state
        if state.scene is not None and state.run_number != self._run_number:
            self._run_number, self._figures_version, self._drawn = state.run_number, -1, None
            self._following, self._replaying, self._at = self._send is not None, False, 0.0
            self._scene_3d.begin(state.scene)
            self._set_text("title", self._title, texts.title(state.scene.title, state.scene.subtitle))
            _set(self._seed, state.scene.seed)
            steered = state.scene.steered or self._send is None
            for control in (self._speed, self._seed, self._reset):
                control.disabled = not (state.scene.steered and self._send is not None)
            self._buttons.visible = steered  # viser cannot disable a group of buttons
            self._speed.disabled = not steered
            self._seed.visible = self._reset.visible = self._send is not None
        if state.figures_version != self._figures_version:
            self._figures_version = state.figures_version
            self._scene_3d.add_figures(state.figures)
            self._drawn = None

    def _advance_replay(self, passed: float) -> None:
        """Advance the replay of the past by ``passed`` s of wall time at the selected speed."""
        if self._replaying:
            speed = self._speed.value
            self._at += passed * (10.0 if speed == "max" else float(speed))
            if self._at >= self._state.history.end:
                self._replaying = False
                self._at = self._state.history.end
                self._following = self._send is not None and self._state.outcome is None

    def _travelled_paths(self, moment: Moment) -> dict[str, Any]:
        past = self._state.history.since(moment.time - _TRAVELLED, moment.time)
        return {arm: np.array([then.tools[arm][:, 3] for then in past if arm in then.tools]) for arm in moment.tools}

    def _update_texts(self, moment: Moment) -> None:
        with self._state.lock:
            scene, end, clock = self._state.scene, self._state.history.end, self._state.clock
            outcome, failed = self._state.outcome, self._state.failed
            events = self._state.history.events_until(moment.time, _EVENTS)
            pictures = {camera: self._state.picture_at(camera, moment.time) for camera in self._state.pictures}
        assert scene is not None
        status, level = self._status_text(moment, end, clock, outcome, failed)
        troubles = texts.troubles(moment)
        if troubles:
            level = "error" if moment.level == "error" or level == "error" else "attention"
        self._set_text("status", self._status, texts.status(status, level, troubles))
        self._set_text("devices", self._devices, texts.devices(scene.devices, moment))
        self._set_text("program", self._program, texts.program(scene.program, moment.lines))
        self._set_text("events", self._events, texts.events(events))
        self._set_text("contacts", self._contacts, texts.contacts(moment))
        top = max(1.0, round(end + 0.005, 2))
        if self._time_line.max != top:
            self._time_line.max = top
        shown = round(min(moment.time if self._following else self._at, top), 2)
        if self._time_line.value != shown and (self._following or self._replaying):
            _set(self._time_line, shown)
        speed = "max" if clock.speed == "max" else f"{clock.speed:g}"
        if self._send is not None and self._speed.value != speed and speed in SPEEDS:
            _set(self._speed, speed)
        for camera, picture in pictures.items():
            if picture is not None:
                self._show_picture(camera, picture.time, picture.jpeg)

    def _status_text(
        self, moment: Moment, end: float, clock: Clock, outcome: str | None, failed: bool
    ) -> tuple[str, Level]:
        level: Level = "error" if failed and outcome is not None else "ok"
        over = "" if outcome is None else f"The run is over: {outcome}. "
        if not self._following:
            progress = "playing" if self._replaying else "paused"
            return f"{over}Looking at the past, {progress}: {moment.time:.2f} s of {end:.2f} s", level
        if outcome is not None:
            return f"{over}{moment.time:.2f} s", level
        speed = "as fast as possible" if clock.speed == "max" else f"{clock.speed:g} × real time"
        if clock.paused:
            return f"Paused at {moment.time:.2f} s", level
        return f"Running, {speed}: {moment.time:.2f} s", level

    def _set_text(self, key: str, handle: Any, content: str) -> None:
        if self._texts.get(key) != content:
            self._texts[key] = content
            handle.content = content

    def _show_picture(self, camera: str, time: float, jpeg: bytes) -> None:
        handle, shown = self._pictures.get(camera, (None, -1.0))
        if shown == time:
            return
        colour = np.array(Image.open(io.BytesIO(jpeg)))
        label = f"{camera} at {time:.2f} s"
        if handle is None:
            self._no_picture.visible = False
            with self._camera_tab:
                handle = self.server.gui.add_image(colour, label=label, format="jpeg")
        else:
            handle.image, handle.label = colour, label
        self._pictures[camera] = handle, time


def _set(handle: Any, value: Any) -> None:
    """Set the value of a control that viser's types declare as read-only."""
    handle.value = value
