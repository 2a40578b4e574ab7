"""The scene of a recorded run, out of what its recording says of it."""

from __future__ import annotations

import math

import numpy as np

from cellkit.geometry import Array
from cellkit.recording import topics
from cellkit.recording.messages import places_of
from cellkit.recording.reader import Recording
from cellkit.recording.signals import FLANGE
from cellkit.view.recorded_cards import roles
from cellkit.view.scene import DeviceInfo, ProgramText, Scene, SensorField, Triple

_ANGLE = math.radians(42.0)
_LOOKS = 50  # snapshots that are looked at to find out how large the cell is


def recorded_scene(recording: Recording, period: float) -> Scene:
    """The scene; frames and cameras as far as they are recorded."""
    run = recording.run
    frames, cameras = _frames(recording)
    middle, size = _extent(recording)
    eye = middle + size * np.array((2.15, -1.75, 1.30))
    text = recording.texts.get("program.py", "")
    ours = run.get("title") or run.get("scenario") or recording.file.name
    facts = (
        f"{run.get('arm', '')}{' with ' + run['gripper'] if run.get('gripper') else ''}",
        f"{run.get('world', '?')} world, {run.get('path', '?')} path" if run.get("path") != "live" else "live devices",
        f"seed {run.get('seed', '?')}",
        f"fault {run['fault']}" if run.get("fault") else "",
        f"recording {recording.file.name}{'' if recording.complete else ', which was cut off'}",
    )
    return Scene(
        title=ours,
        subtitle="; ".join(one for one in facts if one),
        devices=tuple(
            DeviceInfo(role=role, kind=kind, what=recording.models.get(role, ""))
            for role, kind in roles(recording).items()
        ),
        frames={name: place.tolist() for name, place in frames.items()},
        fields=cameras,
        program=ProgramText(name="program.py", lines=tuple(text.splitlines())) if text else ProgramText(),
        eye=_triple(eye),
        target=_triple(middle),
        angle=_ANGLE,
        seed=int(run.get("seed", "0")),
        period=period,
    )


def _frames(recording: Recording) -> tuple[dict[str, Array], tuple[SensorField, ...]]:
    places: dict[str, Array] = {}
    for _, message in recording.messages(topics.FRAMES):
        places |= places_of(message)
    cameras = []
    for role in recording.roles("calibration"):
        told = recording.message_at(topics.calibration(role), recording.span[1])
        place = places.pop(topics.optical_frame(role), None)
        if told is not None and place is not None and told.K[4] > 0.0 and told.height > 0:
            angle = 2.0 * math.atan(told.height / (2.0 * told.K[4]))
            aspect = told.width / told.height
            field = SensorField(sensor=role, name=role, kind="camera", pose=place.tolist(), angle=angle, aspect=aspect)
            cameras.append(field)
    return {name.removeprefix("frames/"): place for name, place in places.items()}, tuple(cameras)


def _extent(recording: Recording) -> tuple[Array, float]:
    """Where to look (m), and how far the arms reach out (m) while they are recorded."""
    numbers = np.unique(np.linspace(0, len(recording) - 1, _LOOKS).astype(int))
    bases: dict[str, Array] = {}
    away = 0.4
    for number in numbers:
        places = recording.snapshot(int(number)).places
        for arm in recording.arms:
            base, flange = places.get(f"{arm}/base"), places.get(f"{arm}/{FLANGE}")
            if base is None or flange is None:
                continue
            bases[arm] = base[:3, 3]
            away = max(away, float(np.linalg.norm(flange[:3, 3] - base[:3, 3])))
    middle = np.mean(list(bases.values()), axis=0) if bases else np.zeros(3)
    size = 1.2 * away
    return middle + size * np.array((0.25, 0.0, 0.36)), size


def _triple(values: Array) -> Triple:
    x, y, z = (float(value) for value in values)
    return x, y, z
