"""A recording is read by the Rerun SDK's importer, whole or cut off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellkit.recording import Recording, record_run
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions

pytestmark = pytest.mark.clients
Client = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rerun") / "run.mcap"
    run = Run(read_scenario("pick_and_place"), RunOptions(quantity=1))
    record_run(run, file, image_rate=2.0)
    assert run.execute().success
    return file


def test_all_of_a_recording_is_there(client: Client, file: Path) -> None:
    told = client("rerun", "drive_rerun.py", file, "whole")
    with Recording.open(file) as recording:
        counts = {topic: recording.count(topic) for topic in recording.topics}
        last = recording.snapshot(-1)
        log = [line.text for line in recording.log]
        frames = sum(len(message.transforms) for _, message in recording.messages("/transforms"))
    entities = told["entities"]
    assert told["messages"] == sum(counts.values())
    for topic in ("/events", "/hand/width", "/robot/joints", "/robot/wrench", "/scene", "/vision/image"):
        assert entities[topic] == counts[topic], topic
    assert entities["/transforms"] == frames, "one row a frame"
    assert {"Pinhole:image_from_camera", "EncodedImage:blob", "Transform3D:quaternion"} <= set(told["components"])
    assert told["log"] == log
    for name, place in last.places.items():
        assert np.allclose(told["places"][name], place[:3, 3], atol=1e-6), name
    for topic, rows in entities.items():
        assert told["imported"][topic] == rows, topic


def test_a_recording_that_was_cut_off_is_there_as_far_as_it_goes(client: Client, file: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mcap"
    whole = file.read_bytes()
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    told = client("rerun", "drive_rerun.py", cut)
    with Recording.open(cut) as recording:
        assert not recording.complete
        assert told["entities"]["/robot/joints"] == recording.count("/robot/joints") > 10
