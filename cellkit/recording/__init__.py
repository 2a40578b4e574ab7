"""Recordings of runs as MCAP files, which Foxglove, Rerun and others open: writing, reading, comparing, plotting."""

from cellkit.recording.reader import Recording
from cellkit.recording.recorder import McapRecorder, record_run
from cellkit.recording.torques import motor_torques
from cellkit.recording.tracks import JointTrack, Picture, Track

__all__ = ["JointTrack", "McapRecorder", "Picture", "Recording", "Track", "motor_torques", "record_run"]
