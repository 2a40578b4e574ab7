"""Reading a recording back: what it says of its run, its snapshots, and each quantity over time.

Works on files of cellkit to the full, on files that were cut off as far as they go (``complete`` is False then), and on
files of others as far as they hold Foxglove's schemas or plain JSON. Nothing but the index is read before it is asked
for.
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
from cellkit.recording.index import Index
from cellkit.recording.mcap_writer import ENDED
from cellkit.recording.message_file import MessageFile
from cellkit.recording.messages import SECOND, nanoseconds, places_of
from cellkit.recording.scene import drawn_of
from cellkit.recording.tracks import JointTrack, Limits, LogLine, Picture, Track
from cellkit.scenario.observers import Snapshot
from cellkit.scenario.record import RunRecord

_JOINTS = "foxglove.JointStates"


class Recording(MessageFile):
    """An MCAP file, opened by ``Recording.open``; a context manager. All times are in s of cell time.

    Every method raises ``ConfigError`` for messages that do not decode, and for an arm, gripper or device that is not
    in the file, with the names that are.
    """

    def __init__(self, index: Index) -> None:
        """Use ``Recording.open``."""
        super().__init__(index)
        self._names: dict[int, frozenset[str]] = {}

    @classmethod
    def open(cls, file: Path | str) -> Recording:
        """Raises ``ConfigError``: no such file, or it is no MCAP file."""
        return cls(Index(Path(file)))

    # --- the file ---------------------------------------------------------------------------------------------

    @property
    def own(self) -> bool:
        """Whether cellkit has made it: it has snapshots, and what is said of its run."""
        return self.metadata.get(metadata.RECORDING, {}).get("schema") == metadata.SCHEMA

    @property
    def run(self) -> Mapping[str, str]:
        """Which run it is: scenario, cell, arm, gripper, world, path, seed, quantity, fault, as far as known."""
        return self.metadata.get(metadata.RUN, {})

    @property
    def models(self) -> Mapping[str, str]:
        """Model by role."""
        return self.metadata.get(metadata.MODELS, {})

    @property
    def utc_start(self) -> float | None:
        """UTC (s since 1970) at cell time zero, of a run on real devices; None: there is no such thing."""
        said = self.metadata.get(metadata.RECORDING, {}).get("utc_start")
        return None if said is None else float(said)

    @cached_property
    def result(self) -> RunRecord | None:
        """What the run came to; None: it was broken off, or the file was."""
        said = self.metadata.get(metadata.RESULT, {}).get("record")
        if said is None:
            return None
        try:
            return RunRecord.model_validate_json(said)
        except ValidationError:
            raise ConfigError("the run's result is damaged", file=self.file) from None

    @property
    def ended(self) -> str | None:
        """Why the recording ends before its run does; None: it does not, or it was cut off."""
        return self.metadata.get(ENDED, {}).get("why")

    # --- snapshots --------------------------------------------------------------------------------------------

    @cached_property
    def times(self) -> Array:
        """(k,) times of all snapshots, in order."""
        found = self._entries(topics.MOVING).times
        return np.array(found, dtype=np.float64) / SECOND

    def __len__(self) -> int:
        """Number of snapshots."""
        return len(self._entries(topics.MOVING).times)

    def snapshot(self, number: int) -> Snapshot:
        """One snapshot, as the run's watchers saw it; negative numbers count from the end."""
        times = self._entries(topics.MOVING).times
        number = range(len(times))[number]
        return self._snapshot(times[number] / SECOND, self._places(number))

    def at(self, time: float, interpolate: bool = False) -> Snapshot:
        """The last snapshot up to a moment (the first, before it); ``interpolate`` moves what moves on to it."""
        times = self._entries(topics.MOVING).times
        if not times:
            raise ConfigError("holds no snapshots", file=self.file)
        moment = nanoseconds(time)
        number = max(0, bisect_right(times, moment) - 1)
        places = self._places(number)
        if not interpolate or number + 1 >= len(times) or not times[number] < moment < times[number + 1]:
            return self._snapshot(times[number] / SECOND, places)
        share = (moment - times[number]) / (times[number + 1] - times[number])
        later = self._places(number + 1)
        between = {name: _between(place, later.get(name, place), share) for name, place in places.items()}
        return self._snapshot(time, between)

    def drawn(self, time: float) -> list[Drawn]:
        """What there is to see at a moment (the first that there is, before it)."""
        scene = self.message_at(topics.SCENE, max(time, self.scene_times[0])) if len(self.scene_times) else None
        return [] if scene is None else [drawn_of(entity) for entity in scene.entities]

    @cached_property
    def scene_times(self) -> Array:
        """(k,) times at which what there is to see has changed."""
        return np.array(self._entries(topics.SCENE).times, dtype=np.float64) / SECOND

    def _places(self, number: int) -> dict[str, Array]:
        moving = self._decoded(topics.MOVING, number)
        time = self._entries(topics.MOVING).times[number] / SECOND
        fixed = self.message_at(topics.FIXED, time)
        there = self._names_at(time)
        places = ({} if fixed is None else places_of(fixed)) | places_of(moving)
        return {name: place for name, place in places.items() if there is None or name in there}

    def _names_at(self, time: float) -> frozenset[str] | None:
        """Names of everything that is drawn at a moment; None: there is no scene."""
        number = bisect_right(self._entries(topics.SCENE).times, nanoseconds(time)) - 1
        if number < 0:
            return None
        if number not in self._names:
            self._names[number] = frozenset(one.id for one in self._decoded(topics.SCENE, number).entities)
        return self._names[number]

    def _snapshot(self, time: float, places: Mapping[str, Array]) -> Snapshot:
        joints: dict[str, JointState] = {}
        values: dict[str, dict[str, Any]] = {
            key: {} for key in ("wrench", "width", "vacuum", "signals", "analog", "state")
        }
        for topic in self._by_topic:
            role, _, what = topic.strip("/").rpartition("/")
            if not role or (what != "joints" and what not in values):
                continue
            message = self.message_at(topic, time)
            if message is None:
                continue
            if what == "joints":
                joints[role] = _state(time, message)
            else:
                values[what][role] = message
        collisions = self.message_at(topics.COLLISIONS, time)
        return Snapshot(
            time=time,
            places=places,
            joints=joints,
            widths={role: one["width"] for role, one in values["width"].items()},
            vacuums={role: one["vacuum"] for role, one in values["vacuum"].items()},
            wrenches={role: _wrench(one) for role, one in values["wrench"].items()},
            digital={role: one["signals"] for role, one in values["signals"].items()},
            analog={role: one["signals"] for role, one in values["analog"].items()},
            machines={
                role: {key: text for key, text in one.items() if key != "time"} for role, one in values["state"].items()
            },
            collisions=None if collisions is None else collisions["count"],
        )

    # --- quantities over time ---------------------------------------------------------------------------------

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """Arms whose joints are recorded; in a foreign file the topics that hold joints."""
        found = [topic for topic, schema in self.topics.items() if schema == _JOINTS]
        return tuple(_role(topic, "joints") for topic in found)

    @cached_property
    def cameras(self) -> tuple[str, ...]:
        """Cameras with pictures."""
        found = [topic for topic, schema in self.topics.items() if schema == "foxglove.CompressedImage"]
        return tuple(_role(topic, "image") for topic in found)

    def joints(self, arm: str) -> JointTrack:
        """The joints of an arm over time."""
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
        """Limits of an arm's joints; None in a foreign file."""
        said = self.metadata.get(metadata.limits_name(arm))
        if said is None:
            return None
        try:
            names = tuple(json.loads(said["joints"]))
            lower, upper = (_limit(said[key], bound) for key, bound in (("lower_rad", -np.inf), ("upper_rad", np.inf)))
            keys = ("velocity_rad_s", "acceleration_rad_s2", "jerk_rad_s3", "effort_nm")
            return Limits(names, lower, upper, *(_limit(said[key], np.inf) for key in keys))
        except (KeyError, ValueError, TypeError):
            raise ConfigError(f"the limits of {arm} are damaged", file=self.file) from None

    def wrench(self, arm: str) -> Track:
        """(k, 6): force (N) and torque (N m) on an arm's flange."""
        topic = self._topic_of(arm, "wrench", self.roles("wrench"))
        rows = [(time, _wrench(said)) for time, said in self.messages(topic)]
        values = np.array([[*one.force, *one.torque] for _, one in rows]).reshape(len(rows), 6)
        return Track(np.array([time for time, _ in rows]), values)

    def width(self, gripper: str) -> Track:
        """(k,) opening of jaws, in m."""
        return self._number(gripper, "width")

    def vacuum(self, gripper: str) -> Track:
        """(k,) vacuum of a cup, in Pa below ambient."""
        return self._number(gripper, "vacuum")

    def signals(self, role: str) -> list[tuple[float, Mapping[str, bool]]]:
        """Digital signals of a device: their values from each moment on."""
        topic = self._topic_of(role, "signals", self.roles("signals"))
        return [(time, said["signals"]) for time, said in self.messages(topic)]

    def analog(self, role: str) -> list[tuple[float, Mapping[str, float | None]]]:
        """Analog signals of a device, as shares of their range: their values from each moment on."""
        topic = self._topic_of(role, "analog", self.roles("analog"))
        return [(time, said["signals"]) for time, said in self.messages(topic)]

    def machine(self, role: str) -> list[tuple[float, Mapping[str, str]]]:
        """What a machine says of itself from each moment on: execution, door, chuck."""
        topic = self._topic_of(role, "state", self.roles("state"))
        return [
            (time, {key: text for key, text in said.items() if key != "time"}) for time, said in self.messages(topic)
        ]

    def roles(self, what: str) -> tuple[str, ...]:
        """Roles that have a channel: joints, wrench, width, vacuum, signals, analog, state or image."""
        return tuple(
            topic.strip("/").rpartition("/")[0] for topic in sorted(self._by_topic) if topic.endswith(f"/{what}")
        )

    def path(self, frame: str) -> Track:
        """(k, 4, 4): where something that is drawn was, over all snapshots in which it is."""
        found = [(time, self._places(number).get(frame)) for number, time in enumerate(self.times)]
        rows = [(time, place) for time, place in found if place is not None]
        return Track(
            np.array([time for time, _ in rows]), np.array([place for _, place in rows]).reshape(len(rows), 4, 4)
        )

    @cached_property
    def events(self) -> Sequence[Mapping[str, Any]]:
        """The trace: every event with ``t`` (s), ``source`` and ``what``."""
        return [said for _, said in self.messages(topics.EVENTS)]

    @cached_property
    def log(self) -> Sequence[LogLine]:
        """Notes, warnings and errors."""
        return [LogLine(time, one.level, one.name, one.message) for time, one in self.messages(topics.LOG)]

    def image_times(self, camera: str) -> Array:
        """(k,) times of a camera's pictures."""
        topic = self._topic_of(camera, "image", self.cameras)
        return np.array(self._entries(topic).times, dtype=np.float64) / SECOND

    def image(self, camera: str, number: int) -> Picture:
        """One of a camera's pictures; negative numbers count from the end."""
        topic = self._topic_of(camera, "image", self.cameras)
        times = self._entries(topic).times
        number = range(len(times))[number]
        message = self._decoded(topic, number)
        return Picture(times[number] / SECOND, message.data, message.format)

    # --- inside -----------------------------------------------------------------------------------------------

    def _number(self, role: str, what: str) -> Track:
        rows = [(time, said[what]) for time, said in self.messages(self._topic_of(role, what, self.roles(what)))]
        return Track(np.array([time for time, _ in rows]), np.array([value for _, value in rows], dtype=np.float64))

    def _topic_of(self, role: str, what: str, known: Sequence[str]) -> str:
        for topic in (f"/{role}/{what}", role):
            if topic in self._by_topic:
                return topic
        names = ", ".join(known) or "nothing"
        raise ConfigError(f"has no {what} of {role!r}; it has those of {names}", file=self.file)


def _role(topic: str, what: str) -> str:
    """The role of a topic of ours; a foreign topic stands for itself."""
    role, _, last = topic.strip("/").rpartition("/")
    return role if last == what and role else topic


def _limit(text: str, none: float) -> Array:
    return np.array([none if one is None else float(one) for one in json.loads(text)])


def _state(time: float, message: Any) -> JointState:
    joints = message.joints
    effort = [one.effort for one in joints] if joints and all(one.HasField("effort") for one in joints) else None
    return JointState(
        time,
        np.array([one.position for one in joints]),
        np.array([one.velocity for one in joints]),
        None if effort is None else np.array(effort),
    )


def _wrench(said: Mapping[str, Any]) -> Wrench:
    force, torque = (np.array([said[key][axis] for axis in "xyz"]) for key in ("force", "torque"))
    return Wrench(force, torque, "flange")


def _between(place: Array, later: Array, share: float) -> Array:
    """(4, 4) between two places: straight on, turning at a steady rate but for the rounding of a short arc."""
    one, other = (np.array(quaternion_from_rotation(matrix[:3, :3])) for matrix in (place, later))
    if one @ other < 0:
        other = -other
    turned = rotation_from_quaternion((1 - share) * one + share * other)
    return transform(turned, (1 - share) * place[:3, 3] + share * later[:3, 3])
