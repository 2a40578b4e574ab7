"""The reader of recordings: facts of the run, snapshots, and each quantity over time.

It reads files of cellkit completely, files that were cut off up to their end (``complete`` is False then), and foreign
files as far as they hold Foxglove's schemas or plain JSON. Opening a file reads the index, and messages on request.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from cellkit.controller.drawing import Drawn
from cellkit.errors import ConfigError
from cellkit.geometry import Array, Wrench, quaternion_from_rotation, rotation_from_quaternion, transform
from cellkit.joints import JointState
from cellkit.recording import metadata, topics
from cellkit.recording.batch import SECOND
from cellkit.recording.index import Index
from cellkit.recording.mcap_writer import ENDED
from cellkit.recording.message_file import MessageFile
from cellkit.recording.messages import nanoseconds, places_of
from cellkit.recording.scene import drawn_of
from cellkit.recording.tracks import JointTrack, Limits, LogLine, Picture, Track
from cellkit.scenario.kinds.recorded_kind import Values, recorded_kinds
from cellkit.scenario.observers import Snapshot
from cellkit.scenario.record import RunRecord

_JOINTS = "foxglove.JointStates"


class Recording(MessageFile):
    """An MCAP file, opened by ``Recording.open``; a context manager. All times are in s of cell time.

    Every method raises ``ConfigError`` for messages that cannot be decoded, and for an arm, gripper or device that is
    not in the file; the error lists the names that are.
    """

    def __init__(self, index: Index) -> None:
        """Create it from an index; use ``Recording.open`` instead."""
        super().__init__(index)
        self._names: dict[int, frozenset[str]] = {}

    @classmethod
    def open(cls, file: Path | str) -> Recording:
        """Open a recording. Raises ``ConfigError`` for a file that does not exist or is not an MCAP file."""
        return cls(Index(Path(file)))

    # --- the file ---------------------------------------------------------------------------------------------

    @property
    def own(self) -> bool:
        """Whether cellkit wrote the file, with snapshots and facts of the run."""
        return self.metadata.get(metadata.RECORDING, {}).get("schema") == metadata.SCHEMA

    @property
    def run(self) -> Mapping[str, str]:
        """The facts of the run: scenario, cell, arm, gripper, world, path, seed, quantity, fault, as far as known."""
        return self.metadata.get(metadata.RUN, {})

    @property
    def models(self) -> Mapping[str, str]:
        """Model by role."""
        return self.metadata.get(metadata.MODELS, {})

    @property
    def utc_start(self) -> float | None:
        """UTC (s since 1970) at cell time zero of a run on real devices; None for a simulation."""
        text = self.metadata.get(metadata.RECORDING, {}).get("utc_start")
        try:
            return None if text is None else float(text)
        except ValueError:
            raise ConfigError("the time of its start is damaged", file=self.file) from None

    @cached_property
    def result(self) -> RunRecord | None:
        """The record of the run; None: the run was aborted, or the file was cut off."""
        text = self.metadata.get(metadata.RESULT, {}).get("record")
        if text is None:
            return None
        try:
            return RunRecord.model_validate_json(text)
        except ValidationError:
            raise ConfigError("the run's result is damaged", file=self.file) from None

    @property
    def ended(self) -> str | None:
        """The reason why the recording ends before its run; None: it does not, or the file was cut off."""
        return self.metadata.get(ENDED, {}).get("why")

    # --- snapshots --------------------------------------------------------------------------------------------

    @cached_property
    def times(self) -> Array:
        """Times (k,) of all snapshots, in order."""
        return np.array(self._entries(topics.MOVING).times, dtype=np.float64) / SECOND

    def __len__(self) -> int:
        """Return the number of snapshots."""
        return len(self._entries(topics.MOVING).times)

    def snapshot(self, number: int) -> Snapshot:
        """Return one snapshot, as the observers of the run received it; negative numbers count from the end."""
        times = self._entries(topics.MOVING).times
        number = range(len(times))[number]
        return self._snapshot(times[number] / SECOND, self._places(number))

    def at(self, time: float, interpolate: bool = False) -> Snapshot:
        """Return the last snapshot up to ``time``, or the first. ``interpolate``: with places interpolated to it."""
        times = self._entries(topics.MOVING).times
        if not times:
            raise ConfigError("the file holds no snapshots", file=self.file)
        moment = nanoseconds(time)
        number = max(0, bisect_right(times, moment) - 1)
        places = self._places(number)
        if not interpolate or number + 1 >= len(times) or not times[number] < moment < times[number + 1]:
            return self._snapshot(times[number] / SECOND, places)
        share = (moment - times[number]) / (times[number + 1] - times[number])
        later = self._places(number + 1)
        between = {name: _interpolated(place, later.get(name, place), share) for name, place in places.items()}
        return self._snapshot(time, between)

    def drawn(self, time: float) -> list[Drawn]:
        """Return the bodies at ``time``, or the first ones."""
        scene = self.message_at(topics.SCENE, max(time, self.scene_times[0])) if len(self.scene_times) else None
        return [] if scene is None else [drawn_of(entity) for entity in scene.entities]

    @cached_property
    def scene_times(self) -> Array:
        """Times (k,) at which the drawn bodies changed."""
        return np.array(self._entries(topics.SCENE).times, dtype=np.float64) / SECOND

    def _places(self, number: int) -> dict[str, Array]:
        moving = self._decoded(topics.MOVING, number)
        time = self._entries(topics.MOVING).times[number] / SECOND
        fixed = self.message_at(topics.FIXED, time)
        drawn = self._names_at(time)
        places = ({} if fixed is None else places_of(fixed)) | places_of(moving)
        return {name: place for name, place in places.items() if drawn is None or name in drawn}

    def _names_at(self, time: float) -> frozenset[str] | None:
        """Return the names of the bodies at a moment; None: the file holds no scene."""
        number = bisect_right(self._entries(topics.SCENE).times, nanoseconds(time)) - 1
        if number < 0:
            return None
        if number not in self._names:
            self._names[number] = frozenset(entity.id for entity in self._decoded(topics.SCENE, number).entities)
        return self._names[number]

    def _snapshot(self, time: float, places: Mapping[str, Array]) -> Snapshot:
        joints: dict[str, JointState] = {}
        wrenches: dict[str, Wrench] = {}
        measured: dict[str, Values] = {}
        kinds = recorded_kinds()
        for topic in self._by_topic:
            role, _, quantity = topic.strip("/").rpartition("/")
            if not role or quantity not in ("joints", "wrench", *kinds):
                continue
            message = self.message_at(topic, time)
            if message is None:
                continue
            if quantity == "joints":
                joints[role] = _state(time, message)
            elif quantity == "wrench":
                wrenches[role] = _wrench(message)
            else:
                measured[role] = kinds[quantity][1].values(message)
        collisions = self.message_at(topics.COLLISIONS, time)
        return Snapshot(
            time=time,
            places=places,
            joints=joints,
            wrenches=wrenches,
            measured=measured,
            collisions=None if collisions is None else collisions["count"],
        )

    # --- quantities over time ---------------------------------------------------------------------------------

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """Arms whose joints are recorded; in a foreign file the topics that hold joints."""
        return self._roles_with(_JOINTS, "joints")

    @cached_property
    def cameras(self) -> tuple[str, ...]:
        """Cameras with pictures."""
        return self._roles_with("foxglove.CompressedImage", "image")

    def _roles_with(self, schema: str, quantity: str) -> tuple[str, ...]:
        return tuple(_role(topic, quantity) for topic, name in self.topics.items() if name == schema)

    def joints(self, arm: str) -> JointTrack:
        """Return the joints of an arm over time."""
        topic = self._topic_of(arm, "joints", self.arms)
        rows = [(time, message.joints) for time, message in self.messages(topic)]
        names = tuple(joint.name for joint in rows[0][1]) if rows else ()
        rows = [(time, joints) for time, joints in rows if len(joints) == len(names)]

        def column(key: str) -> Array:
            shape = (len(rows), len(names))
            return np.array([[getattr(joint, key) for joint in joints] for _, joints in rows]).reshape(shape)

        known = bool(rows) and all(joint.HasField("effort") for joint in rows[0][1])
        return JointTrack(
            names,
            np.array([time for time, _ in rows]),
            column("position"),
            column("velocity"),
            column("effort") if known else None,
        )

    def limits(self, arm: str) -> Limits | None:
        """Return the limits of an arm's joints; None for a foreign file."""
        facts = self.metadata.get(metadata.limits_name(arm))
        if facts is None:
            return None
        try:
            names = tuple(json.loads(facts["joints"]))
            lower, upper = (_limit(facts[key], bound) for key, bound in (("lower_rad", -np.inf), ("upper_rad", np.inf)))
            keys = ("velocity_rad_s", "acceleration_rad_s2", "jerk_rad_s3", "effort_nm")
            return Limits(names, lower, upper, *(_limit(facts[key], np.inf) for key in keys))
        except (KeyError, ValueError, TypeError):
            raise ConfigError(f"the limits of {arm} are damaged", file=self.file) from None

    def wrench(self, arm: str) -> Track:
        """Return force (N) and torque (N m) on an arm's flange, (k, 6)."""
        topic = self._topic_of(arm, "wrench", self.roles("wrench"))
        rows = [(time, _wrench(message)) for time, message in self.messages(topic)]
        values = np.array([[*wrench.force, *wrench.torque] for _, wrench in rows]).reshape(len(rows), 6)
        return Track(np.array([time for time, _ in rows]), values)

    def width(self, gripper: str) -> Track:
        """Return the opening of a parallel gripper (k,), in m."""
        return self._number(gripper, "width")

    def vacuum(self, gripper: str) -> Track:
        """Return the vacuum of a vacuum gripper (k,), in Pa below ambient."""
        return self._number(gripper, "vacuum")

    def measured(self, role: str, quantity: str) -> list[tuple[float, Values]]:
        """Return what is recorded of a device: times, and the values from each time on."""
        topic = self._topic_of(role, quantity, self.roles(quantity))
        kind = recorded_kinds()[quantity][1]
        return [(time, kind.values(message)) for time, message in self.messages(topic)]

    def signals(self, role: str) -> list[tuple[float, Values]]:
        """Return the digital signals of a device: times, and the values from each time on."""
        return self.measured(role, "signals")

    def analog(self, role: str) -> list[tuple[float, Values]]:
        """Return the analog signals of a device as shares of their range: times, and the values from each time on."""
        return self.measured(role, "analog")

    def machine(self, role: str) -> list[tuple[float, Values]]:
        """Return the state of a machine (execution, door, chuck): times, and the state from each time on."""
        return self.measured(role, "state")

    def roles(self, what: str) -> tuple[str, ...]:
        """Return the roles with a channel ``what``: joints, wrench, width, vacuum, signals, analog, state or image."""
        return tuple(
            topic.strip("/").rpartition("/")[0] for topic in sorted(self._by_topic) if topic.endswith(f"/{what}")
        )

    def path(self, frame: str) -> Track:
        """Return the places (k, 4, 4) of a drawn body in frame ``world``, over the snapshots that hold it."""
        places = [(time, self._places(number).get(frame)) for number, time in enumerate(self.times)]
        rows = [(time, place) for time, place in places if place is not None]
        return Track(
            np.array([time for time, _ in rows]), np.array([place for _, place in rows]).reshape(len(rows), 4, 4)
        )

    @cached_property
    def events(self) -> Sequence[Mapping[str, Any]]:
        """The trace: every event with ``t`` (s), ``source`` and ``what``."""
        return [message for _, message in self.messages(topics.EVENTS)]

    @cached_property
    def log(self) -> Sequence[LogLine]:
        """Notes, warnings and errors."""
        return [LogLine(time, line.level, line.name, line.message) for time, line in self.messages(topics.LOG)]

    def image_times(self, camera: str) -> Array:
        """Return the times (k,) of a camera's pictures."""
        topic = self._topic_of(camera, "image", self.cameras)
        return np.array(self._entries(topic).times, dtype=np.float64) / SECOND

    def image(self, camera: str, number: int) -> Picture:
        """Return one of a camera's pictures; negative numbers count from the end."""
        topic = self._topic_of(camera, "image", self.cameras)
        times = self._entries(topic).times
        number = range(len(times))[number]
        message = self._decoded(topic, number)
        return Picture(times[number] / SECOND, message.data, message.format)

    # --- inside -----------------------------------------------------------------------------------------------

    def _number(self, role: str, quantity: str) -> Track:
        topic = self._topic_of(role, quantity, self.roles(quantity))
        rows = [(time, message[quantity]) for time, message in self.messages(topic)]
        return Track(np.array([time for time, _ in rows]), np.array([value for _, value in rows], dtype=np.float64))

    def _topic_of(self, role: str, quantity: str, known: Sequence[str]) -> str:
        for topic in (f"/{role}/{quantity}", role):
            if topic in self._by_topic:
                return topic
        names = ", ".join(known) or "nothing"
        raise ConfigError(f"the recording has no {quantity} of {role!r}; it has those of {names}", file=self.file)


def _role(topic: str, quantity: str) -> str:
    """Return the role of one of cellkit's topics, and a foreign topic unchanged."""
    role, _, last = topic.strip("/").rpartition("/")
    return role if last == quantity and role else topic


def _limit(text: str, none: float) -> Array:
    return np.array([none if value is None else float(value) for value in json.loads(text)])


def _state(time: float, message: Any) -> JointState:
    joints = message.joints
    known = bool(joints) and all(joint.HasField("effort") for joint in joints)
    return JointState(
        time,
        np.array([joint.position for joint in joints]),
        np.array([joint.velocity for joint in joints]),
        np.array([joint.effort for joint in joints]) if known else None,
    )


def _wrench(message: Mapping[str, Any]) -> Wrench:
    force, torque = (np.array([message[key][axis] for axis in "xyz"]) for key in ("force", "torque"))
    return Wrench(force, torque, "flange")


def _without_time(message: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if key != "time"}


def _interpolated(place: Array, later: Array, share: float) -> Array:
    """Interpolate (4, 4) between two places: linear position, and a linear quaternion, which is normalized."""
    start, end = (np.array(quaternion_from_rotation(matrix[:3, :3])) for matrix in (place, later))
    if start @ end < 0:
        end = -end
    rotation = rotation_from_quaternion((1 - share) * start + share * end)
    return transform(rotation, (1 - share) * place[:3, 3] + share * later[:3, 3])
