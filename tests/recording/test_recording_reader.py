"""Reading recordings back: snapshots, tracks, texts; of files that are complete, cut off, damaged or foreign."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from foxglove_schemas_protobuf.FrameTransforms_pb2 import FrameTransforms
from foxglove_schemas_protobuf.JointStates_pb2 import JointStates
from mcap_protobuf.writer import Writer
from recording_rig import Recorded

from cellkit.controller.drawing import Drawn, Solid
from cellkit.errors import ConfigError
from cellkit.recording import Recording
from cellkit.recording.scene import drawn_of, scene_update
from cellkit.scenario.observers import Snapshot


def same(one: Snapshot, other: Snapshot) -> None:
    """Check that two snapshots are equal."""
    assert one.time == pytest.approx(other.time, abs=1e-9)
    assert one.places.keys() == other.places.keys()
    for name, place in one.places.items():
        assert place == pytest.approx(other.places[name], abs=1e-9), name
    for arm, state in one.joints.items():
        assert state.position.tolist() == other.joints[arm].position.tolist()
        assert state.velocity.tolist() == other.joints[arm].velocity.tolist()
    for arm, wrench in one.wrenches.items():
        assert wrench.force.tolist() == other.wrenches[arm].force.tolist()
        assert wrench.torque.tolist() == other.wrenches[arm].torque.tolist()
    for key in ("measured", "collisions"):
        assert getattr(one, key) == getattr(other, key), key


@pytest.mark.parametrize("which", ["physics", "feeder"])
def test_every_snapshot_comes_back(which: str, request: pytest.FixtureRequest) -> None:
    run: Recorded = request.getfixturevalue(which)
    with Recording.open(run.file) as recording:
        assert recording.own
        assert recording.complete
        assert len(recording) == len(run.seen.snapshots)
        for number, snapshot in enumerate(run.seen.snapshots):
            if number % 5 == 0 or number == len(recording) - 1:
                same(recording.snapshot(number), snapshot)
        same(recording.snapshot(-1), run.seen.snapshots[-1])
        assert recording.events == run.seen.events
        assert recording.result == run.record


def test_snapshots_by_time_and_between(physics: Recorded) -> None:
    with Recording.open(physics.file) as recording:
        names = [name for name in physics.seen.snapshots[0].places if name.startswith("robot/link")]
        number = len(recording) // 2
        early, late = recording.times[number], recording.times[number + 1]
        same(recording.at(early), physics.seen.snapshots[number])
        same(recording.at((early + late) / 2), physics.seen.snapshots[number])
        same(recording.at(-1.0), physics.seen.snapshots[0])
        same(recording.at(1e6), physics.seen.snapshots[-1])
        between = recording.at((early + late) / 2, interpolate=True)
        one, other = physics.seen.snapshots[number : number + 2]
        moved = 0.0
        for name in names:
            middle = (one.places[name][:3, 3] + other.places[name][:3, 3]) / 2
            assert between.places[name][:3, 3] == pytest.approx(middle, abs=1e-9)
            rotation = between.places[name][:3, :3]
            assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-9)
            moved = max(moved, float(np.linalg.norm(other.places[name][:3, 3] - one.places[name][:3, 3])))
        assert moved > 1e-4


def test_drawn_bodies_come_back(physics: Recorded) -> None:
    built = physics.seen.built
    assert built is not None
    with Recording.open(physics.file) as recording:
        drawn = {one.name: one for one in recording.drawn(0.0)}
        assert drawn["part_1"].loose
        assert drawn["robot/link_1"].owner == "robot"
        assert drawn["robot/link_2"].solids
        assert recording.drawn(-5.0) == recording.drawn(0.0)


def test_solids_of_every_kind_come_back() -> None:
    from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate

    blue, tilt, at = (0.1, 0.2, 0.9), (0.3, -0.7, 1.1), (0.4, -0.2, 1.0)
    solids = (
        Solid("capsule", (0.1, 0.1, 0.5), at, tilt, blue),
        Solid("cylinder", (0.2, 0.2, 0.05), at, tilt, blue),
        Solid("sphere", (0.3, 0.3, 0.3), at, (0.0, 0.0, 0.0), blue),
        Solid("box", (0.1, 0.2, 0.3), at, tilt, blue),
    )
    update = SceneUpdate.FromString(scene_update(7, [Drawn("one", "robot", solids, True)], ["gone"]))
    assert [one.id for one in update.deletions] == ["gone"]
    back = drawn_of(update.entities[0])
    assert (back.name, back.owner, back.loose) == ("one", "robot", True)
    for solid, other in zip(solids, back.solids, strict=True):
        assert solid.kind == other.kind
        for key in ("size", "xyz", "rpy", "colour"):
            assert getattr(other, key) == pytest.approx(getattr(solid, key), abs=1e-9), (solid.kind, key)
    ends = [one.pose.position for one in update.entities[0].spheres[:2]]
    length = np.linalg.norm([ends[0].x - ends[1].x, ends[0].y - ends[1].y, ends[0].z - ends[1].z])
    assert length == pytest.approx(0.4), "the distance of a capsule's spheres is its height minus its diameter"


def test_tracks(physics: Recorded) -> None:
    snapshots = physics.seen.snapshots
    with Recording.open(physics.file) as recording:
        joints, limits = recording.joints("robot"), recording.limits("robot")
        assert limits is not None
        assert joints.names == limits.names
        assert joints.position == pytest.approx(np.array([one.joints["robot"].position for one in snapshots]))
        assert (np.abs(joints.velocity) <= limits.velocity * 1.01).all()
        assert np.abs(joints.velocity).max() > 0.5 * limits.velocity.max()
        assert recording.width("hand").values.min() == pytest.approx(0.04, abs=2e-3), "the part is 40 mm wide"
        assert recording.wrench("robot").values.shape == (len(snapshots), 6)
        path = recording.path("part_1")
        assert path.values[-1] == pytest.approx(snapshots[-1].places["part_1"], abs=1e-9)
        assert {key for _, values in recording.signals("station") for key, on in values.items() if on} >= {"tray_ready"}
        assert recording.cameras == ("vision",)
        assert recording.image("vision", -1).time == recording.image_times("vision")[-1]
        assert "async def main(cell" in recording.texts["program.py"]
        assert recording.log[-1].text == "success"
        with pytest.raises(ConfigError, match="the recording has no width of 'robot'; it has those of hand"):
            recording.width("robot")


def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes(feeder: Recorded, tmp_path: Path) -> None:
    whole = feeder.file.read_bytes()
    shares = [*(number / 25 for number in range(25)), 1.0]
    file, lengths = tmp_path / "cut.mcap", []
    for share in shares:
        size = 8 + int(share * (len(whole) - 9))
        file.write_bytes(whole[:size])
        with Recording.open(file) as recording:
            assert not recording.complete, "only the last byte is missing"
            lengths.append(len(recording))
            if len(recording):
                same(recording.snapshot(-1), feeder.seen.snapshots[len(recording) - 1])
    assert lengths == sorted(lengths)
    assert lengths[0] == 0
    assert lengths[-1] == len(feeder.seen.snapshots)
    assert len(set(lengths)) > 3


def test_damage_is_one_error_or_none(feeder: Recorded, tmp_path: Path) -> None:
    whole, draw = feeder.file.read_bytes(), random.Random(7)
    file, refused = tmp_path / "bad.mcap", list[str]()
    for _ in range(30):
        bad = bytearray(whole)
        for _ in range(draw.choice((1, 8, 64))):
            bad[draw.randrange(len(bad))] = draw.randrange(256)
        file.write_bytes(bad)
        try:
            with Recording.open(file) as recording:
                if len(recording):
                    recording.snapshot(-1)
                _ = recording.events, recording.log, recording.topics, recording.texts
                recording.drawn(1.0)
        except ConfigError as error:
            refused.append(str(error))
    assert len(refused) < 30, "most damage leaves something to read"
    assert not any("\n" in line for line in refused)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, "no such file"),
        (b"", "not an MCAP file"),
        (b"schema: cellkit/scenario/1\n", "not an MCAP file"),
    ],
)
def test_other_files_are_an_error(tmp_path: Path, content: bytes | None, error: str) -> None:
    file = tmp_path / "some.mcap"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=error):
        Recording.open(file)
    with pytest.raises(ConfigError, match="is a folder, expected a recording"):
        Recording.open(tmp_path)


def test_a_foreign_recording_is_read_as_far_as_its_schemas_are_known(tmp_path: Path) -> None:
    file = tmp_path / "other.mcap"
    with file.open("wb") as stream, Writer(stream) as writer:
        for number in range(5):
            joints, transforms = JointStates(), FrameTransforms()
            for name in ("a", "b"):
                joints.joints.add(name=name, position=0.1 * number, velocity=1.0)
            transforms.transforms.add(parent_frame_id="map", child_frame_id="tool")
            writer.write_message("/joint_states", joints, number * 10**9, number * 10**9)
            writer.write_message("/tf", transforms, number * 10**9, number * 10**9)
    with Recording.open(file) as recording:
        assert (recording.own, recording.complete, len(recording)) == (False, True, 0)
        assert recording.arms == ("/joint_states",)
        track = recording.joints("/joint_states")
        assert track.names == ("a", "b")
        assert track.position[:, 0] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])
        assert track.effort is None
        assert recording.limits("/joint_states") is None
        assert recording.result is None
        assert recording.span == (0.0, 4.0)
        assert recording.drawn(1.0) == []
        with pytest.raises(ConfigError, match="the file holds no snapshots"):
            recording.at(1.0)
        with pytest.raises(ConfigError, match="the recording has no joints of 'robot'; it has those of /joint_states"):
            recording.joints("robot")
