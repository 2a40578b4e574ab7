"""The scene of a recorded run, built from the recording."""

from __future__ import annotations

import math

import numpy as np

from cellkit.digits import whole_number
from cellkit.geometry import Array
from cellkit.recording import topics
from cellkit.recording.messages import places_of
from cellkit.recording.reader import Recording
from cellkit.recording.signals import FLANGE
from cellkit.view.recorded_cards import roles
from cellkit.view.scene import DeviceInfo, ProgramText, Scene, SensorField, triple

_ANGLE = math.radians(42.0)
_SAMPLES = 50  # snapshots from which the size of the cell is estimated


def recorded_scene(recording: Recording, period: float) -> Scene:
    """Return the scene, with the frames and cameras that are in the recording."""
    run = recording.run
    frames, cameras = _frames(recording)
    middle, size = _extent(recording)
    eye = middle + size * np.array((2.15, -1.75, 1.30))
    text = recording.texts.get("program.py", "")
    title = run.get("title") or run.get("scenario") or recording.file.name
    facts = (
        f"{run.get('arm', '')}{' with ' + run['gripper'] if run.get('gripper') else ''}",
        f"{run.get('world', '?')} world, {run.get('path', '?')} path" if run.get("path") != "live" else "live devices",
        f"seed {run.get('seed', '?')}",
        f"fault {run['fault']}" if run.get("fault") else "",
        f"recording {recording.file.name}{'' if recording.complete else ', which was cut off'}",
    )
    return Scene(
        title=title,
        subtitle="; ".join(fact for fact in facts if fact),
        devices=tuple(
            DeviceInfo(role=role, kind=kind, what=recording.models.get(role, ""))
            for role, kind in roles(recording).items()
        ),
        frames={name: place.tolist() for name, place in frames.items()},
        fields=cameras,
        program=ProgramText(name="program.py", lines=tuple(text.splitlines())) if text else ProgramText(),
        eye=triple(eye),
        target=triple(middle),
        angle=_ANGLE,
        seed=whole_number(run.get("seed", "0"), most=2**63) or 0,
        period=period,
    )


def _frames(recording: Recording) -> tuple[dict[str, Array], tuple[SensorField, ...]]:
    places: dict[str, Array] = {}
    for _, message in recording.messages(topics.FRAMES):
        places |= places_of(message)
    cameras = []
    for role in recording.roles("calibration"):
        calibration = recording.message_at(topics.calibration(role), recording.span[1])
        place = places.pop(topics.optical_frame(role), None)
        if calibration is None or place is None:
            continue
        focal = calibration.K[4]
        if focal > 0.0 and calibration.height > 0:
            angle = 2.0 * math.atan(calibration.height / (2.0 * focal))
            aspect = calibration.width / calibration.height
            field = SensorField(sensor=role, name=role, kind="camera", pose=place.tolist(), angle=angle, aspect=aspect)
            cameras.append(field)
    return {name.removeprefix("frames/"): place for name, place in places.items()}, tuple(cameras)


def _extent(recording: Recording) -> tuple[Array, float]:
    """Return the point to look at (m) and the size of the cell (m): 1.2 times the largest reach that was recorded."""
    numbers = np.unique(np.linspace(0, len(recording) - 1, _SAMPLES).astype(int))
    bases: dict[str, Array] = {}
    reach = 0.4
    for number in numbers:
        places = recording.snapshot(int(number)).places
        for arm in recording.arms:
            base, flange = places.get(f"{arm}/base"), places.get(f"{arm}/{FLANGE}")
            if base is None or flange is None:
                continue
            bases[arm] = base[:3, 3]
            reach = max(reach, float(np.linalg.norm(flange[:3, 3] - base[:3, 3])))
    middle = np.mean(list(bases.values()), axis=0) if bases else np.zeros(3)
    size = 1.2 * reach
    return middle + size * np.array((0.25, 0.0, 0.36)), size
