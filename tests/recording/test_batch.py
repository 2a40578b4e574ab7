"""Messages that are encoded together are those that protobuf encodes one by one; a recording does not show how."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from foxglove_schemas_protobuf.FrameTransforms_pb2 import FrameTransforms
from foxglove_schemas_protobuf.JointStates_pb2 import JointStates
from mcap.reader import make_reader

from cellkit.geometry import quaternion_from_rotation
from cellkit.recording import json_rows, messages, record_run
from cellkit.recording.messages import Joints, Transforms
from cellkit.recording.moment_encoder import MomentEncoder, Seen
from cellkit.scenario.config import read_scenario
from cellkit.scenario.observers import IdleSpan, Snapshot
from cellkit.scenario.runner import Run, RunOptions
from cellkit.timing.virtual_loop import VirtualLoop

TIMES = [0, 5, 300, 20_000_370, 999_999_999, 1_000_000_000, 3_020_000_370, 127_000_000_001, 90_000_300_000_000]
"""Cell times (ns) of several lengths in protobuf."""


def plain(schema: Any, data: bytes) -> bytes:
    """Decode a message and encode it by protobuf, which leaves out zeros."""
    encoded: bytes = schema.FromString(data).SerializeToString()
    return encoded


def rotations(count: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(1).normal(size=(count, 3, 3)))[0]


def test_transforms_of_many_moments_are_those_of_each_moment() -> None:
    names = ["robot/base", "robot/tool", "part_1"]
    places = np.zeros((len(TIMES), len(names), 4, 4))
    places[:] = np.eye(4)  # protobuf leaves out the zeros of its quaternion
    turns = rotations(len(TIMES))
    places[:, 1, :3, :3] = turns * np.linalg.det(turns)[:, None, None]
    places[:, 1:, :3, 3] = np.random.default_rng(2).normal(size=(len(TIMES), 2, 3))
    places[3, 2, :3, 3] = (0.0, -0.0, 1.0)
    encoded = Transforms().messages(TIMES, names, places)
    for time, moment, data in zip(TIMES, places, encoded, strict=True):
        numbers = [
            float(number) for place in moment for number in (*place[:3, 3], *quaternion_from_rotation(place[:3, :3]))
        ]
        assert plain(FrameTransforms, data) == messages._transforms(names, time, numbers)


@pytest.mark.parametrize("known", [True, False])
def test_joints_of_many_moments_are_those_of_each_moment(known: bool) -> None:
    names = ("one", "two")
    values = np.random.default_rng(3).normal(size=(len(TIMES), 3 if known else 2, 2))
    values[2, 1] = 0.0
    rows = values.reshape(len(TIMES), -1)
    encoded = Joints(names).messages(TIMES, rows)
    for time, row, data in zip(TIMES, rows, encoded, strict=True):
        assert plain(JointStates, data) == messages._joints(names, time, row.tolist())


def test_joints_whose_torques_are_known_for_a_while() -> None:
    still, moving = np.zeros((1, 2)), np.array([[1.0, 2.0, 3.0]])
    encoder = Joints(("one",))
    for time, row in ((1, still), (2, moving), (3, still)):
        assert plain(JointStates, encoder.messages([time], row)[0]) == messages._joints(["one"], time, row[0].tolist())


def test_json_of_many_moments_is_that_of_each_moment() -> None:
    times = [0.0, 0.02000037, 1e-9, 12345.678]
    numbers = np.array([[1.0, -0.0], [1.0, 0.0], [1 / 3, 1e300], [1 / 3, 1e300]])
    form = {"frame_id": "100 %s", "force": {"x": json_rows.NUMBER, "y": json_rows.NUMBER}}
    contents = [{"frame_id": "100 %s", "force": {"x": float(x), "y": float(y)}} for x, y in numbers]
    expected = [json_rows.message(time, one) for time, one in zip(times, contents, strict=True)]
    assert expected[0] == b'{"time":0.0,"frame_id":"100 %s","force":{"x":1.0,"y":-0.0}}'
    assert json_rows.NumberRows(form).rows(times, numbers) == expected
    assert json_rows.ValueRows().rows(times, contents) == expected
    assert json_rows.ValueRows().rows([1.5], [{}]) == [b'{"time":1.5}']
    with pytest.raises(ValueError, match="not a number"):
        json_rows.NumberRows(form).rows([0.0], np.array([[np.nan, 0.0]]))


def test_messages_of_many_moments_are_those_of_each_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encode all that a run sends at once and piece by piece: every message is the same, in the same order."""
    sent: list[Any] = []
    plain_messages = MomentEncoder.messages

    def messages(encoder: MomentEncoder, items: Sequence[Any]) -> Any:
        sent.extend(items)
        return plain_messages(encoder, items)

    monkeypatch.setattr(MomentEncoder, "messages", messages)
    run = Run(read_scenario("feeder_pick"), RunOptions(world="kinematic", quantity=2))
    record_run(run, tmp_path / "run.mcap")
    assert run.execute().success
    together, singly = MomentEncoder(), MomentEncoder()
    for encoder in (together, singly):
        encoder.add_arm("robot", [joint.name for joint in run.plan.arms["robot"].kinematics.joints])
    found = list(plain_messages(together, sent))
    assert found == [message for item in sent for message in plain_messages(singly, [item])]
    assert found == contents(tmp_path / "run.mcap")
    kinds = {type(item.seen) for item in sent if isinstance(item, Seen)}
    assert kinds == {Snapshot, IdleSpan}
    times = [time for _, time, _ in found]
    assert times == sorted(times)


def contents(file: Path) -> list[tuple[str, int, bytes]]:
    with file.open("rb") as stream:
        reader = make_reader(stream, validate_crcs=True)
        found = [
            (channel.topic, one.log_time, one.data) for _, channel, one in reader.iter_messages(log_time_order=False)
        ]
        summary = reader.get_summary()
        assert summary is not None
        assert summary.statistics is not None
        assert summary.statistics.message_count == len(found)
        assert summary.statistics.message_end_time == max(time for _, time, _ in found)
        topics = {channel.topic for channel in summary.channels.values()}
        assert topics == {topic for topic, _, _ in found}
        by_index = [one.data for _, _, one in reader.iter_messages(topics=["/transforms"])]
        assert by_index == [data for topic, _, data in found if topic == "/transforms"]
    return found


@pytest.mark.parametrize("scenario", ["feeder_pick", "palletise"])
def test_snapshots_while_nothing_acts_are_those_of_the_loop(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Record the same run with and without a round of the loop for each snapshot: every byte is the same."""

    def run(name: str) -> tuple[str, list[tuple[str, int, bytes]]]:
        run = Run(read_scenario(scenario), RunOptions(world="kinematic", quantity=2))
        record_run(run, tmp_path / name)
        return run.execute().trace_sha256, contents(tmp_path / name)

    skips: list[bool] = []
    skip_to = VirtualLoop.skip_to

    def counted(loop: VirtualLoop, moment: float) -> bool:
        skips.append(skip_to(loop, moment))
        return skips[-1]

    monkeypatch.setattr(VirtualLoop, "skip_to", counted)
    skipped = run("skipped.mcap")
    assert sum(skips) > 80
    monkeypatch.setattr(VirtualLoop, "skip_to", lambda loop, moment: False)
    assert run("looped.mcap") == skipped
