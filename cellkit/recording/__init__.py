"""Recordings of runs: MCAP files that Foxglove, Rerun and others open, and reading them back."""

from cellkit.recording.reader import JointTrack, Picture, Recording, Track
from cellkit.recording.recorder import McapRecorder, record_run

__all__ = ["JointTrack", "McapRecorder", "Picture", "Recording", "Track", "record_run"]
