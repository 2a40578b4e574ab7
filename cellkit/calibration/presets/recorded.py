"""Recordings of cellkit (MCAP), of a simulated or a live run, and of others with Foxglove's joint states."""

from __future__ import annotations

import hashlib

from cellkit.calibration.log import Log
from cellkit.calibration.presets.preset import Candidate, Preset
from cellkit.errors import ConfigError
from cellkit.recording.reader import Recording

_MAGIC = b"\x89MCAP"
_PIECE = 1 << 20


def _fits(candidate: Candidate) -> bool:
    return candidate.head.startswith(_MAGIC)


def _read(candidate: Candidate, dof: int) -> Log:
    with Recording.open(candidate.file) as recording:
        fitting = [track for track in map(recording.joints, recording.arms) if len(track.names) == dof]
        if len(fitting) != 1:
            found = "no arm" if not fitting else f"{len(fitting)} arms"
            raise ConfigError(f"holds {found} with {dof} joints, expected one", file=candidate.file)
    track = fitting[0]
    digest = hashlib.sha256()
    with candidate.file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return Log(
        candidate.file.name,
        "mcap",
        digest.hexdigest(),
        1,
        track.times,
        track.position,
        track.velocity,
        torque=track.effort,
    )


RECORDED = Preset("mcap", "recording of a run, made by cellkit or another tool (Foxglove's joint states)", _fits, _read)
