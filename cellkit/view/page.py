"""The page: the cell in 3D, and beside it time line, devices, program and events, the same for all who look."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import viser
from PIL import Image

from cellkit.timing import WallTimer
from cellkit.view import texts
from cellkit.view.moment import Level, Moment
from cellkit.view.run_state import Clock, RunState
from cellkit.view.scene_3d import LAYERS, Scene3D

SPEEDS = ("0.1", "0.25", "0.5", "1", "2", "5", "10", "max")
REFRESH = 1.0 / 30.0
_TEXTS_EVERY = 0.15  # s
_TRAVELLED = 5.0  # s of the way of a TCP that is drawn
_EVENTS = 60
_WIDE = 1.1  # width by height of a window through which a cell is seen from where its overview is taken

Send = Callable[[str, dict[str, Any]], None]


class Server(viser.ViserServer):
    """viser's server without its way out: nobody can ask for a tunnel to a server of its vendors."""

    def request_share_url(self, verbose: bool = True) -> None:
        """There is none."""

    def disconnect_share_url(self) -> None:
        """There is none."""


class Page:
    """One page over a story. ``send`` takes what people want of a live run: pause, play, step, next, speed, reset.

    Without ``send`` there is only the past, as in a recording.
    """

    def __init__(self, server: viser.ViserServer, story: RunState, send: Send | None = None) -> None:
        self.server, self._story, self._send = server, story, send
        self._stage = Scene3D(server)
        self._edition = self._cast = -1
        self._closed = threading.Event()
        self._dirty = threading.Event()
        self._following = send is not None
        self._at = 0.0
        self._replaying = False
        self._said: dict[str, str] = {}
        self._drawn: Moment | None = None
        self._timer = WallTimer()
        self._last = self._last_texts = 0.0
        self._pictures: dict[str, tuple[Any, float]] = {}
        server.gui.configure_theme(show_logo=False, show_share_button=False, control_width="large")
        server.gui.set_panel_label("cellkit")
        server.gui.main_panel.dock_right()
        self._build()
        server.on_client_connect(self._step_back_for)

    def _step_back_for(self, client: viser.ClientHandle) -> None:
        """Who looks through a narrow window sees all of the cell from further away."""
        scene = self._story.scene
        if scene is not None and client.camera.aspect < _WIDE:
            eye, target = np.array(scene.eye), np.array(scene.target)
            client.camera.position = target + (eye - target) * _WIDE / max(0.2, client.camera.aspect)
            client.camera.look_at = scene.target  # which moves with the position, and is another one in the beginning

    # --- what there is to press -----------------------------------------------------------------------------------

    def _build(self) -> None:
        gui = self.server.gui
        self._title = gui.add_html(texts.title("cellkit", "waiting for the run"))
        self._status = gui.add_html(texts.status("Waiting for the run", "ok", ()))
        self._buttons = gui.add_button_group("Clock", ("Play", "Pause", "Step", "Next event"))
        self._past = gui.add_button_group("Past", ("Start", "Step back", "Now"))
        self._line = gui.add_slider("Time (s)", 0.0, 1.0, 0.01, 0.0, hint="Pick any moment of the run")
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
            self._stage.switch(layer, box.value)
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
        for group in (self._buttons, self._past):
            group.on_click(lambda event: actions[event.target.value]())
        self._line.on_update(lambda event: self._drag(event.target.value) if event.client is not None else None)
        self._speed.on_update(lambda event: self._set_speed(event.target.value) if event.client is not None else None)
        self._reset.on_click(lambda _event: self._tell("reset", {"seed": int(self._seed.value)}))
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

    def _tell(self, kind: str, told: dict[str, Any] | None = None) -> None:
        if self._send is not None:
            self._send(kind, told or {})

    # --- what pressing does ----------------------------------------------------------------------------------------

    @property
    def live(self) -> bool:
        """Whether the newest moment is shown, of a run that goes on and whose clock can be moved."""
        scene = self._story.scene
        return self._following and self._story.outcome is None and scene is not None and scene.steered

    def play(self) -> None:
        """Let the run go on; in the past, show on from there."""
        if self.live or not len(self._story.history):
            self._tell("play")
        else:
            with self._story.lock:
                if self._following or self._at >= self._story.history.end:
                    self._at = 0.0
            self._following, self._replaying = False, True

    def pause(self) -> None:
        """Let cell time stand; in the past, stop showing on."""
        self._replaying = False
        if self.live:
            self._tell("pause")

    def toggle(self) -> None:
        """Pause or play."""
        going = not self._story.clock.paused if self.live else self._replaying
        if going:
            self.pause()
        else:
            self.play()

    def step(self) -> None:
        """One picture on, of the run or in the past."""
        self._replaying = False
        if self.live:
            self._tell("step")
            return
        with self._story.lock:
            scene, history = self._story.scene, self._story.history
            later = history.since(self._at + 1e-6, self._at + 100 * (scene.period if scene else REFRESH))
            if later:
                self.look_at(later[0].time)

    def step_back(self) -> None:
        """One picture back; what is live goes on, paused or not."""
        with self._story.lock:
            here = self._story.history.end if self._following else self._at
            before = self._story.history.at(here - 1e-6)
            if before is not None:
                self.look_at(min(before.time, here))

    def next_event(self) -> None:
        """On to the next event, and pause there."""
        self._replaying = False
        if self.live:
            self._tell("next")
            return
        with self._story.lock:
            later = next((event for event in self._story.history.events if event["t"] > self._at + 1e-6), None)
            if later is not None:
                self.look_at(later["t"])

    def look_at(self, time: float) -> None:
        """Show the moment ``time`` (s)."""
        self._drag(time)
        _set(self._line, round(min(time, self._line.max), 2))

    def _drag(self, time: float) -> None:
        """The same, from the time line, which stands there already."""
        self._following = self._replaying = False
        self._at = time
        self._drawn = None
        self._dirty.set()

    def now(self) -> None:
        """Follow the run again."""
        self._replaying = False
        self._following = self._send is not None
        if not self._following:
            self.look_at(self._story.history.end)
        self._dirty.set()

    def _set_speed(self, text: str) -> None:
        self._tell("speed", {"speed": "max" if text == "max" else float(text)})

    # --- what is shown -------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Show what comes, until ``close``."""
        while not self._closed.is_set():
            self.refresh()
            self._dirty.wait(REFRESH)
            self._dirty.clear()

    def close(self) -> None:
        """End ``run``."""
        self._closed.set()
        self._dirty.set()

    def refresh(self) -> None:
        """Once: whatever has changed."""
        seconds = self._timer.seconds()
        passed, self._last = seconds - self._last, seconds
        with self._story.lock:
            self._renew()
            scene, history = self._story.scene, self._story.history
            if scene is None:
                return
            self._go_on(passed)
            moment = history.newest if self._following else history.at(self._at)
            if moment is None:
                return
            new = moment is not self._drawn
            ways = self._ways(moment) if new else {}
            planned = {
                arm: history.paths[arm, number]
                for arm, number in moment.planned.items()
                if (arm, number) in history.paths
            }
        if new:
            self._drawn = moment
            self._stage.show(moment, ways, planned)
        if seconds - self._last_texts >= _TEXTS_EVERY:
            self._last_texts = seconds
            self._tell_all(moment)

    def _renew(self) -> None:
        story = self._story
        if story.scene is not None and story.edition != self._edition:
            self._edition, self._cast, self._drawn = story.edition, -1, None
            self._following, self._replaying, self._at = self._send is not None, False, 0.0
            self._stage.begin(story.scene)
            self._say("title", self._title, texts.title(story.scene.title, story.scene.subtitle))
            _set(self._seed, story.scene.seed)
            steered = story.scene.steered or self._send is None
            for control in (self._speed, self._seed, self._reset):
                control.disabled = not (story.scene.steered and self._send is not None)
            self._buttons.visible = steered  # viser knows no disabled ones
            self._speed.disabled = not steered
            self._seed.visible = self._reset.visible = self._send is not None
        if story.cast != self._cast:
            self._cast = story.cast
            self._stage.cast(story.figures)
            self._drawn = None

    def _go_on(self, passed: float) -> None:
        """Show the past on, at the speed that is set."""
        if self._replaying:
            speed = self._speed.value
            self._at += passed * (10.0 if speed == "max" else float(speed))
            if self._at >= self._story.history.end:
                self._replaying = False
                self._at = self._story.history.end
                self._following = self._send is not None and self._story.outcome is None

    def _ways(self, moment: Moment) -> dict[str, Any]:
        past = self._story.history.since(moment.time - _TRAVELLED, moment.time)
        return {arm: np.array([one.tools[arm][:, 3] for one in past if arm in one.tools]) for arm in moment.tools}

    def _tell_all(self, moment: Moment) -> None:
        with self._story.lock:
            scene, end, clock = self._story.scene, self._story.history.end, self._story.clock
            outcome, failed = self._story.outcome, self._story.failed
            found = self._story.history.events_until(moment.time, _EVENTS)
            pictures = {camera: self._story.picture_at(camera, moment.time) for camera in self._story.pictures}
        assert scene is not None
        words, level = self._words(moment, end, clock, outcome, failed)
        more = texts.troubles(moment)
        if more:
            level = "error" if moment.level == "error" or level == "error" else "attention"
        self._say("status", self._status, texts.status(words, level, more))
        self._say("devices", self._devices, texts.devices(scene.devices, moment))
        self._say("program", self._program, texts.program(scene.program, moment.lines))
        self._say("events", self._events, texts.events(found))
        self._say("contacts", self._contacts, texts.contacts(moment))
        top = max(1.0, round(end + 0.005, 2))
        if self._line.max != top:
            self._line.max = top
        shown = round(min(moment.time if self._following else self._at, top), 2)
        if self._line.value != shown and (self._following or self._replaying):
            _set(self._line, shown)
        speed = "max" if clock.speed == "max" else f"{clock.speed:g}"
        if self._send is not None and self._speed.value != speed and speed in SPEEDS:
            _set(self._speed, speed)
        for camera, picture in pictures.items():
            if picture is not None:
                self._show_picture(camera, picture.time, picture.jpeg)

    def _words(self, moment: Moment, end: float, clock: Clock, outcome: str | None, failed: bool) -> tuple[str, Level]:
        level: Level = "error" if failed and outcome is not None else "ok"
        over = "" if outcome is None else f"The run is over: {outcome}. "
        if not self._following:
            going = "showing on" if self._replaying else "standing"
            return f"{over}Looking at the past, {going}: {moment.time:.2f} s of {end:.2f} s", level
        if outcome is not None:
            return f"{over}{moment.time:.2f} s", level
        speed = "as fast as it goes" if clock.speed == "max" else f"{clock.speed:g} × real time"
        if clock.paused:
            return f"Paused at {moment.time:.2f} s", level
        return f"Running, {speed}: {moment.time:.2f} s", level

    def _say(self, key: str, handle: Any, content: str) -> None:
        if self._said.get(key) != content:
            self._said[key] = content
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
    """What viser's own types take for read-only."""
    handle.value = value
