"""The recorder: an observer that writes a run to an MCAP file.

A recording never stops a cell. An error of the file before the run is a ``ConfigError``. A later error ends only the
recording and is reported once; the file can be read up to there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from foxglove_schemas_protobuf.CameraCalibration_pb2 import CameraCalibration
from foxglove_schemas_protobuf.CompressedImage_pb2 import CompressedImage
from foxglove_schemas_protobuf.FrameTransforms_pb2 import FrameTransforms
from foxglove_schemas_protobuf.JointStates_pb2 import JointStates
from foxglove_schemas_protobuf.Log_pb2 import Log
from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate
from typing_extensions import override

from cellkit.cell.build import BuiltCell
from cellkit.cell.live_path import LiveDevices
from cellkit.controller.drawing import Places
from cellkit.errors import ConfigError
from cellkit.geometry import Array
from cellkit.recording import json_rows, messages, metadata, topics
from cellkit.recording.live import RATE as LIVE_RATE
from cellkit.recording.live import LiveReadings
from cellkit.recording.loglines import log_line
from cellkit.recording.mcap_writer import McapWriter, Message, Schema
from cellkit.recording.moment_encoder import Layout, MomentEncoder, Seen
from cellkit.recording.pictures import Pictures
from cellkit.recording.scene import scene_update
from cellkit.recording.status_topics import StatusTopics
from cellkit.scenario.kinds.recorded_kind import RecordedKind, Values, recorded
from cellkit.scenario.observers import IdleSpan, Snapshot, SpanObserver
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run
from cellkit.scenario.trace import encode
from cellkit.timing import now, utc

RATE = 50.0
"""Default number of snapshots per second of cell time."""
MAX_RATE = 1000.0
"""Highest rate of snapshots, in Hz."""
_PLACE_BYTES, _JOINT_BYTES, _JSON_BYTES = 120, 60, 200
"""About the size of a body's transform, of a joint's state, and of any other message."""


class McapRecorder(SpanObserver):
    """An observer that records a run. ``facts`` and ``files`` (attached by name) describe it; the cell file is added.

    ``problem``: the reason why the recording has ended before the run; None: no problem. ``on_problem`` is called with
    it at once or at the end of the run.
    """

    def __init__(
        self,
        file: Path,
        rate: float = RATE,
        image_rate: float = 0.0,
        facts: Mapping[str, str] | None = None,
        files: Mapping[str, Path] | None = None,
        on_problem: Callable[[str], None] | None = None,
    ) -> None:
        """Open the file. Raises ``ConfigError`` for a rate out of range and a file that cannot be written."""
        if not 0.0 < rate <= MAX_RATE:
            raise ConfigError(f"--record-rate {rate:g}: expected above 0 and up to {MAX_RATE:g} Hz")
        if not 0.0 <= image_rate <= rate:
            raise ConfigError(
                f"--record-images {image_rate:g}: expected 0 (none) up to {rate:g} Hz, the rate of snapshots"
            )
        self.period = 1.0 / rate
        self.problem: str | None = None
        self._rate, self._image_rate = rate, image_rate
        self._facts = dict(facts or {})
        self._files = dict(files or {})
        self._on_problem = on_problem
        self._built: BuiltCell | None = None
        self._channels: set[str] = set()
        self._last: dict[str, Any] = {}
        self._time = 0
        self._drawn: tuple[str, ...] = ()
        self._still: dict[str, Array] = {}
        self._moving: tuple[str, ...] = ()
        self._fixed = messages.Transforms()
        self._layout_key: tuple[Any, ...] = ()
        self._layout: Layout
        self._changing: dict[str, RecordedKind] = {}  # those of which a message comes with a change only
        self._changes: list[Message] | None = None  # the messages of one snapshot that come with changes only
        self._status: StatusTopics
        self._pictures: Pictures | None = None
        self._live: LiveReadings | None = None
        self._out = McapWriter(file)
        self._encoder = MomentEncoder()
        self._put = self._out.encoded(self._encoder.messages)

    # --- the observer ---------------------------------------------------------------------------------------

    @override
    def begin(self, built: BuiltCell) -> None:
        self._guarded(lambda: self._begin(built))

    @override
    def look(self, snapshot: Snapshot) -> None:
        self._guarded(lambda: self._look(snapshot))

    @override
    def look_over(self, span: IdleSpan) -> None:
        self._guarded(lambda: self._look_over(span))

    @override
    def event(self, record: Mapping[str, Any]) -> None:
        self._guarded(lambda: self._event(record))

    @override
    def end(self, record: RunRecord | None) -> None:
        self._guarded(lambda: self._end(record))
        self._out.finish()
        self._guarded(lambda: None)

    def _guarded(self, do: Callable[[], None]) -> None:
        """Call ``do`` unless the recording has ended. An error ends the recording, never the cell."""
        if self.problem is not None:
            return
        try:
            if self._out.problem is None:
                do()
        except Exception as error:
            self._out.stop(f"{type(error).__name__}: {error}")
        self.problem = self._out.problem
        if self.problem is not None and self._on_problem is not None:
            self._on_problem(f"{self._out.file}: the recording ends at {self._time / 1e9:.2f} s: {self.problem}")

    # --- content --------------------------------------------------------------------------------------------

    def _begin(self, built: BuiltCell) -> None:
        self._built = built
        plan = built.plan
        live = isinstance(built.factory, LiveDevices)
        if live:
            self._live = LiveReadings(built, self._rate)
        self._out.wait_for_disk = not live
        self._out.metadata(metadata.RECORDING, metadata.recording_facts(self._rate, utc(0.0) if live else None))
        self._out.metadata(metadata.RUN, {"cell": plan.file.name} | self._facts)
        self._out.metadata(metadata.MODELS, metadata.model_facts(plan))
        for role, model in plan.arms.items():
            self._out.metadata(metadata.limits_name(role), metadata.limit_facts(model))
            self._out.metadata(metadata.tools_name(role), metadata.tool_facts(plan, role))
            self._encoder.add_arm(role, [joint.name for joint in model.kinematics.joints])
        self._status = StatusTopics(built, self._files.get("program.py"))
        self._attach({"cell.yaml": plan.document.file} | self._files)
        self._time = messages.nanoseconds(now())
        self._pictures = None if live else Pictures(built, self._image_rate, self._picture)
        self._frames(built)

    def _attach(self, files: Mapping[str, Path]) -> None:
        digests = {}
        for name, file in files.items():
            if file.is_file():  # a program may come from a notebook
                data = file.read_bytes()
                digests[name] = metadata.sha256(data)
                kind = "text/x-python" if name.endswith(".py") else "text/yaml"
                self._out.attachment(name, kind, data)
        self._out.metadata(metadata.FILES, digests)

    def _frames(self, built: BuiltCell) -> None:
        places = {f"frames/{name}": pose.matrix for name, pose in built.plan.layout.frames.items() if name != "world"}
        for role, camera in built.cameras.items():
            places[topics.optical_frame(role)] = camera.pose.matrix
            data = messages.calibration(self._time, topics.optical_frame(role), camera.geometry)
            self._send(topics.calibration(role), messages.protobuf(CameraCalibration), data)
        if places:
            data = messages.Transforms().message(self._time, places)
            self._send(topics.FRAMES, messages.protobuf(FrameTransforms), data)

    def _look(self, snapshot: Snapshot) -> None:
        seen = snapshot if self._live is None else self._live.seen(snapshot)
        assert isinstance(seen.places, Places)
        times = [messages.nanoseconds(seen.time)]
        self._time, self._changes = times[0], []
        self._places(seen.places.names, seen.places.bodies)
        if seen.collisions is not None and self._is_new(topics.COLLISIONS, seen.collisions):
            self._json(topics.COLLISIONS, topics.COLLISION_COUNT, seen.time, {"count": seen.collisions})
        if not seen.idle:
            for topic, schema, fields in self._status.changes():
                self._json(topic, schema, seen.time, fields)
        if self._pictures is not None:
            self._pictures.look(seen.time)
        known = [state.effort is not None for state in seen.joints.values()]
        layout = self._layout_of(seen.joints, known, seen.wrenches, seen.measured)
        for role, kind in self._changing.items():
            if role in seen.measured:
                self._change(role, kind, seen.time, seen.measured[role])
        self._put(Seen(layout, times, seen, self._changes), layout.size)
        self._changes = None

    def _look_over(self, span: IdleSpan) -> None:
        times = [messages.nanoseconds(time) for time in span.times]
        motion = span.motion
        self._time, self._changes = times[0], []
        links = (name for arm in motion.arms.values() for name in arm.links.names)
        self._places((*motion.bodies, *links), motion.bodies)
        layout = self._layout_of(motion.arms, [False] * len(motion.arms), motion.arms, span.measured)
        for number, self._time in enumerate(times):
            for role, kind in self._changing.items():
                if role in span.measured:
                    self._change(role, kind, span.times[number], span.measured[role][number])
        self._put(Seen(layout, times, span, self._changes), layout.size * len(times))
        self._changes = None

    def _places(self, names: tuple[str, ...], bodies: Mapping[str, Array]) -> None:
        """Write the scene and the fixed transforms when they change. ``names``: of everything drawn.

        A body is fixed until it moves for the first time; links of arms are moving from the start. No message is
        without a transform, since Rerun 0.41 panics on an empty one.
        """
        assert self._built is not None
        fresh = names != self._drawn
        if fresh:
            drawn = self._built.world.drawn()
            removed = sorted({*self._drawn} - {*names})
            self._send(topics.SCENE, messages.protobuf(SceneUpdate), scene_update(self._time, drawn, removed))
            arms = self._built.plan.arms
            new = [body.name for body in drawn if body.name not in self._drawn and body.owner not in arms]
            self._still = {name: place for name, place in self._still.items() if name in bodies}
            self._still |= {name: bodies[name] for name in new if arms}
            self._drawn = names
        moved = [name for name, place in self._still.items() if _differ(bodies[name], place)]
        for name in moved:
            del self._still[name]
        if fresh or moved:
            self._moving = tuple(name for name in names if name not in self._still)
            if self._still:
                data = self._fixed.message(self._time, self._still)
                self._send(topics.FIXED, messages.protobuf(FrameTransforms), data)

    def _layout_of(
        self,
        joints: Mapping[str, object],
        known: Sequence[bool],
        wrenches: Mapping[str, object],
        measured: Mapping[str, Any],
    ) -> Layout:
        """Return the present layout; a new one, whose channels are announced, if something comes or goes.

        ``known``: whether the torques of each arm are known.
        """
        key = (self._moving, tuple(joints), tuple(known), tuple(wrenches), tuple(measured))
        if key != self._layout_key:
            assert self._built is not None
            self._layout_key = key
            kinds = {role: recorded(self._built.plan.kind(role).name) for role in measured}
            steady = {role: kind for role, kind in kinds.items() if kind is not None and kind.steady}
            self._changing = {role: kind for role, kind in kinds.items() if kind is not None and not kind.steady}
            if self._moving:
                self._announce(topics.MOVING, messages.protobuf(FrameTransforms))
            for arm in joints:
                self._announce(topics.joints(arm), messages.protobuf(JointStates))
            for arm in wrenches:
                self._announce(topics.wrench(arm), topics.WRENCH)
            for role, kind in steady.items():
                example = measured[role]
                values = example if isinstance(example, Mapping) else example[0]
                self._announce(topics.measured(role, kind.quantity), topics.measured_schema(kind, role, values))
            size = _PLACE_BYTES * len(self._moving) + 6 * _JOINT_BYTES * len(joints)
            size += _JSON_BYTES * (len(wrenches) + len(steady))
            self._layout = Layout(self._moving, tuple(joints), tuple(wrenches), steady, size)
        return self._layout

    def _change(self, role: str, kind: RecordedKind, time: float, values: Values) -> None:
        """Write what is measured of a device if it has changed."""
        topic = topics.measured(role, kind.quantity)
        if self._is_new(topic, values):
            self._json(topic, topics.measured_schema(kind, role, values), time, kind.message(values))

    def _event(self, record: Mapping[str, Any]) -> None:
        self._time = max(self._time, messages.nanoseconds(record["t"]))
        self._send(topics.EVENTS, topics.EVENT, encode(record).encode())
        line = log_line(record)
        if line is not None:
            self._log(*line)
        if self._pictures is not None:
            self._pictures.event(record)

    def _end(self, record: RunRecord | None) -> None:
        if record is None:
            self._log(Log.WARNING, "run", "the run was aborted")
            return
        facts = metadata.result_facts(record, self._files)
        self._out.metadata(metadata.RESULT, facts)
        if record.success:
            self._log(Log.INFO, "run", "success")
        else:
            self._log(Log.ERROR, "run", facts.get("failure", "failed"))

    # --- sending --------------------------------------------------------------------------------------------

    def _picture(self, camera: str, jpeg: bytes) -> None:
        data = messages.jpeg(self._time, topics.optical_frame(camera), jpeg)
        self._send(topics.image(camera), messages.protobuf(CompressedImage), data)

    def _log(self, level: int, name: str, text: str) -> None:
        text = metadata.without_folders(text, self._files)
        self._send(topics.LOG, messages.protobuf(Log), messages.log(self._time, level, name, text))

    def _is_new(self, topic: str, value: Any) -> bool:
        if topic in self._last and self._last[topic] == value:
            return False
        self._last[topic] = value
        return True

    def _json(self, topic: str, schema: Schema, time: float, data: Mapping[str, Any]) -> None:
        self._send(topic, schema, json_rows.message(time, data))

    def _send(self, topic: str, schema: Schema, data: bytes) -> None:
        """Send one message; during a snapshot, together with it."""
        self._announce(topic, schema)
        message = (topic, self._time, data)
        if self._changes is not None:
            self._changes.append(message)
        else:
            self._put(message, len(data))

    def _announce(self, topic: str, schema: Schema) -> None:
        if topic not in self._channels:
            self._channels.add(topic)
            self._out.channel(topic, schema)


def _differ(place: Array, other: Array) -> bool:
    """Return whether a body has moved; ``place`` is (4, 4), or (k, 4, 4) for one that is held."""
    return place is not other and (place.ndim > 2 or place.tobytes() != other.tobytes())


def record_run(
    run: Run,
    file: Path,
    rate: float = RATE,
    image_rate: float = 0.0,
    on_problem: Callable[[str], None] | None = None,
) -> McapRecorder:
    """Record a run, which must not have begun, into ``file``. Real devices are recorded at ``LIVE_RATE`` Hz at most.

    Raises ``ConfigError``, as ``McapRecorder`` does.
    """
    if run.live:
        rate = min(rate, LIVE_RATE)
    recorder = McapRecorder(file, rate, image_rate, metadata.run_facts(run), metadata.run_files(run), on_problem)
    run.observers.append(recorder)
    return recorder
