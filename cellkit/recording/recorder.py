"""The recorder: an observer that writes a run to an MCAP file.

A recording never stops a cell. An error of the file before the run is a ``ConfigError``. A later error ends only the
recording and is reported once; the file can be read up to there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from foxglove_schemas_protobuf.CameraCalibration_pb2 import CameraCalibration
from foxglove_schemas_protobuf.CompressedImage_pb2 import CompressedImage
from foxglove_schemas_protobuf.FrameTransforms_pb2 import FrameTransforms
from foxglove_schemas_protobuf.JointStates_pb2 import JointStates
from foxglove_schemas_protobuf.Log_pb2 import Log
from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate
from typing_extensions import override

from cellkit.cell.build import BuiltCell
from cellkit.cell.live_path import LiveDevices
from cellkit.controller.drawing import Places, link_places
from cellkit.errors import ConfigError
from cellkit.geometry import Array
from cellkit.joints import JointState
from cellkit.recording import messages, metadata, topics
from cellkit.recording.batch import Deferred
from cellkit.recording.live import RATE as LIVE_RATE
from cellkit.recording.live import LiveReadings
from cellkit.recording.loglines import log_line
from cellkit.recording.mcap_writer import Encoded, McapWriter, Message, Schema
from cellkit.recording.pictures import Pictures
from cellkit.recording.scene import scene_update
from cellkit.recording.status_topics import status_messages
from cellkit.scenario.kinds.recorded_kind import recorded
from cellkit.scenario.observers import RunObserver, Snapshot
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run
from cellkit.scenario.trace import encode
from cellkit.timing import now, utc

RATE = 50.0
"""Default number of snapshots per second of cell time."""
MAX_RATE = 1000.0
"""Highest rate of snapshots, in Hz."""
_PLACE_BYTES, _JOINT_BYTES = 120, 60  # about the size of a body's transform and of a joint's state
_Moving = tuple[int, tuple[str, ...], Places]


class McapRecorder(RunObserver):
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
        self._schemas: dict[str, Schema] = {}
        self._channels: set[str] = set()
        self._last: dict[str, Any] = {}
        self._time = 0
        self._drawn: tuple[str, ...] = ()
        self._still: dict[str, Array] = {}
        self._names: tuple[str, ...] = ()
        self._transforms, self._fixed = messages.Transforms(), messages.Transforms()
        self._moving = Deferred(self._encode_moving)
        self._group: list[Message] | None = None  # the messages of one snapshot
        self._joints: dict[str, Deferred[tuple[int, JointState]]] = {}
        self._pictures: Pictures | None = None
        self._live: LiveReadings | None = None
        self._out = McapWriter(file)

    # --- the observer ---------------------------------------------------------------------------------------

    @override
    def begin(self, built: BuiltCell) -> None:
        self._guarded(lambda: self._begin(built))

    @override
    def look(self, snapshot: Snapshot) -> None:
        self._guarded(lambda: self._look(snapshot))

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
            self._joints[role] = Deferred(messages.Joints([joint.name for joint in model.kinematics.joints]).messages)
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
        self._group = []
        self._write(snapshot if self._live is None else self._live.seen(snapshot))
        self._out.messages(self._group)
        self._group = None

    def _write(self, snapshot: Snapshot) -> None:
        self._time = messages.nanoseconds(snapshot.time)
        assert isinstance(snapshot.places, Places)
        self._places(snapshot.places)
        for arm, state in snapshot.joints.items():
            later = self._joints[arm].later((self._time, state))
            self._send(topics.joints(arm), messages.protobuf(JointStates), later, _JOINT_BYTES * len(state.position))
        for arm, wrench in snapshot.wrenches.items():
            force, torque = (dict(zip("xyz", vector.tolist(), strict=True)) for vector in (wrench.force, wrench.torque))
            fields = {"frame_id": f"{arm}/flange", "force": force, "torque": torque}
            self._json(topics.wrench(arm), topics.WRENCH, snapshot.time, fields)
        assert self._built is not None
        for role, values in snapshot.measured.items():
            self._measured(role, self._built.plan.kind(role).name, snapshot.time, values)
        if snapshot.collisions is not None and self._is_new(topics.COLLISIONS, snapshot.collisions):
            self._json(topics.COLLISIONS, topics.COLLISION_COUNT, snapshot.time, {"count": snapshot.collisions})
        if not snapshot.idle:
            for topic, schema, fields in status_messages(self._built, self._files.get("program.py")):
                if self._is_new(topic, fields):
                    self._json(topic, schema, snapshot.time, fields)
        if self._pictures is not None:
            self._pictures.look(snapshot.time)

    def _places(self, places: Places) -> None:
        """Write the scene and the fixed transforms when they change, and the moving transforms always.

        A body is fixed until it moves for the first time; links of arms are moving from the start. No message is
        without a transform, since Rerun 0.41 panics on an empty one.
        """
        assert self._built is not None
        transforms = messages.protobuf(FrameTransforms)
        fresh = places.names != self._drawn
        if fresh:
            drawn = self._built.world.drawn()
            removed = sorted({*self._drawn} - {*places.names})
            self._send(topics.SCENE, messages.protobuf(SceneUpdate), scene_update(self._time, drawn, removed))
            arms = self._built.plan.arms
            new = [body.name for body in drawn if body.name not in self._drawn and body.owner not in arms]
            self._still = {name: place for name, place in self._still.items() if name in places.bodies}
            self._still |= {name: places.bodies[name] for name in new if arms}
            self._drawn = places.names
        moved = [name for name, place in self._still.items() if _differ(places.bodies[name], place)]
        for name in moved:
            del self._still[name]
        if fresh or moved:
            self._names = tuple(name for name in places.names if name not in self._still)
            if self._still:
                self._send(topics.FIXED, transforms, self._fixed.message(self._time, self._still))
        if self._names:
            later = self._moving.later((self._time, self._names, places))
            self._send(topics.MOVING, transforms, later, _PLACE_BYTES * len(self._names))

    def _encode_moving(self, moments: Sequence[_Moving]) -> list[bytes]:
        """Encode the moving transforms of several snapshots at once."""
        result: list[bytes] = []
        for names, group in groupby(moments, lambda moment: moment[1]):
            times, _, places = zip(*group, strict=True)
            bodies = names[: len(names) - sum(len(arm.links.names) for arm in places[0].arms)]
            data = b"".join(one.bodies[name].tobytes() for one in places for name in bodies)
            matrices = np.frombuffer(data).reshape(len(times), len(bodies), 4, 4)
            matrices = np.concatenate([matrices, link_places([one.arms for one in places])], axis=1)
            result += self._transforms.messages(times, names, matrices)
        return result

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

    def _measured(self, role: str, kind: str, time: float, values: Mapping[str, Any]) -> None:
        found = recorded(kind)
        assert found is not None
        topic = topics.measured(role, found.quantity)
        if not found.steady and not self._is_new(topic, values):
            return
        if topic not in self._schemas:
            self._schemas[topic] = topics.measured_schema(found, role, values)
        self._json(topic, self._schemas[topic], time, {"signals": dict(values)} if found.nested else values)

    def _is_new(self, topic: str, value: Any) -> bool:
        if topic in self._last and self._last[topic] == value:
            return False
        self._last[topic] = value
        return True

    def _json(self, topic: str, schema: Schema, time: float, data: Mapping[str, Any]) -> None:
        self._send(topic, schema, encode({"time": time, **data}).encode())

    def _send(self, topic: str, schema: Schema, data: Encoded, size: int = 0) -> None:
        """Send a message; ``size`` is that of data which the writing thread encodes."""
        if topic not in self._channels:
            self._channels.add(topic)
            self._out.channel(topic, schema)
        message = (topic, self._time, data, len(data) if isinstance(data, bytes) else size)
        if self._group is None:
            self._out.messages([message])
        else:
            self._group.append(message)


def _differ(place: Array, other: Array) -> bool:
    return place is not other and place.tobytes() != other.tobytes()


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
