"""A recording read with the plain `mcap` library, as programs without cellkit read it."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf.unknown_fields import UnknownFieldSet
from mcap.reader import make_reader
from mcap_protobuf.decoder import DecoderFactory
from recording_rig import Recorded, recorded

from cellkit import __version__
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import CommandPath, Run, RunOptions

MARK = 1.2345e-300
"""A number that no recording holds."""


def as_written(content: Any) -> bytes:
    """Encode a message by protobuf, except that the zeros of transforms are written too, which protobuf leaves out."""
    if content.DESCRIPTOR.full_name == "foxglove.FrameTransforms":
        for part in content.transforms:
            for vector in (part.translation, part.rotation):
                for field in vector.DESCRIPTOR.fields:
                    if str(getattr(vector, field.name)) == "0.0":
                        setattr(vector, field.name, MARK)
    data: bytes = content.SerializeToString()
    return data.replace(struct.pack("<d", MARK), struct.pack("<d", 0.0))


def decoded(file: Path) -> list[tuple[str, str, int, Any]]:
    """Return topic, schema name, time and content of every message; JSON is validated, without further keys."""
    import jsonschema  # imported by the only test process that needs it: it takes seconds

    found = []
    with file.open("rb") as stream:
        reader = make_reader(stream, validate_crcs=True)
        factory, validators, decoders = DecoderFactory(), {}, {}
        for schema, channel, message in reader.iter_messages(log_time_order=False):
            assert schema is not None
            if schema.encoding == "jsonschema":
                assert channel.message_encoding == "json"
                if schema.id not in validators:
                    text = json.loads(schema.data)
                    jsonschema.Draft202012Validator.check_schema(text)
                    validators[schema.id] = jsonschema.Draft202012Validator(text)
                content = json.loads(message.data)
                validators[schema.id].validate(content)
            else:
                assert (schema.encoding, channel.message_encoding) == ("protobuf", "protobuf")
                decoder = decoders.setdefault(schema.id, factory.decoder_for(channel.message_encoding, schema))
                content = decoder(message.data)
                assert len(UnknownFieldSet(content)) == 0
                assert as_written(decoder(message.data)) == message.data
            found.append((channel.topic, schema.name, message.log_time, content))
    return found


def test_every_message_decodes_against_its_schema_and_time_never_goes_back(physics: Recorded) -> None:
    found = decoded(physics.file)
    schemas = {topic: name for topic, name, _, _ in found}
    assert schemas == {
        "/collisions": "cellkit.Collisions",
        "/events": "cellkit.Event",
        "/frames": "foxglove.FrameTransforms",
        "/hand/width": "cellkit.Width",
        "/log": "foxglove.Log",
        "/program": "cellkit.ProgramLines",
        "/robot/joints": "foxglove.JointStates",
        "/robot/status": "cellkit.ArmStatus",
        "/robot/tcp": "cellkit.Tcp",
        "/robot/wrench": "cellkit.Wrench",
        "/scene": "foxglove.SceneUpdate",
        "/station/signals": "cellkit.Signals.station",
        "/transforms": "foxglove.FrameTransforms",
        "/transforms/fixed": "foxglove.FrameTransforms",
        "/vision/calibration": "foxglove.CameraCalibration",
        "/vision/image": "foxglove.CompressedImage",
    }
    for topic in schemas:
        times = [time for one, _, time, _ in found if one == topic]
        assert times == sorted(times)
    seen = [round(one.time * 1e9) for one in physics.seen.snapshots]
    for topic in ("/transforms", "/robot/joints", "/robot/wrench", "/hand/width"):
        assert [time for one, _, time, _ in found if one == topic] == seen
    assert physics.problems == []


def test_transforms_are_those_of_the_snapshots(physics: Recorded) -> None:
    """Check the transforms as every reader uses them: the last transform of a frame holds."""
    now: dict[str, Any] = {}
    snapshots = iter(physics.seen.snapshots)
    compared = 0
    for topic, _, _, content in decoded(physics.file):
        if topic not in ("/transforms", "/transforms/fixed"):
            continue
        for one in content.transforms:
            assert one.parent_frame_id == "world"
            now[one.child_frame_id] = one
        if topic == "/transforms":
            snapshot = next(snapshots)
            for name, place in snapshot.places.items():
                to, turn = now[name].translation, now[name].rotation
                assert np.array([to.x, to.y, to.z]) == pytest.approx(place[:3, 3], abs=1e-12)
                x_axis = [1 - 2 * (turn.y**2 + turn.z**2), 2 * (turn.x * turn.y + turn.z * turn.w)]
                assert x_axis == pytest.approx(place[:2, 0], abs=1e-9)
                compared += 1
    assert compared == sum(len(one.places) for one in physics.seen.snapshots)
    first, last = (physics.seen.snapshots[number].places["part_1"] for number in (0, -1))
    assert np.linalg.norm(first[:3, 3] - last[:3, 3]) > 0.2, "a part was carried"


def test_metadata_describe_the_run_and_not_the_computer(physics: Recorded) -> None:
    scenario = read_scenario("pick_and_place")
    with physics.file.open("rb") as stream:
        reader = make_reader(stream)
        facts = {one.name: one.metadata for one in reader.iter_metadata()}
        attached = {one.name: one.data for one in reader.iter_attachments()}
    assert facts["cellkit"]["schema"] == "cellkit/recording/1"
    assert facts["cellkit"]["cellkit"] == __version__
    assert facts["cellkit"]["times"].startswith("cell time in ns")
    assert "utc_start" not in facts["cellkit"]
    run = facts["run"]
    assert (run["scenario"], run["seed"], run["path"], run["world"]) == ("pick_and_place", "1", "direct", "physics")
    assert facts["models"] == {"robot": "ur5e", "hand": "2f-85"}
    assert json.loads(facts["limits/robot"]["velocity_rad_s"]) == pytest.approx([3.141593] * 6)
    assert json.loads(facts["result"]["record"])["trace_sha256"] == physics.record.trace_sha256
    assert attached["program.py"] == scenario.program_file.read_bytes()
    assert attached["cell.yaml"] == scenario.cell_file.read_bytes()
    assert facts["files"] == {name: hashlib.sha256(data).hexdigest() for name, data in attached.items()}
    assert facts["files"]["program.py"] == physics.record.program_sha256
    everything = repr((facts, [content for _, _, _, content in decoded(physics.file)]))
    for private in (str(Path.home()), str(Path.cwd()), str(physics.file.parent), socket.gethostname()):
        assert private not in everything


def test_pictures_are_those_of_the_program_and_of_the_rate(physics: Recorded) -> None:
    import io

    from PIL import Image

    pictures = [(time, one) for topic, _, time, one in decoded(physics.file) if topic == "/vision/image"]
    asked = [one["t"] for one in physics.seen.events if one["source"] == "vision" and one["what"] == "command"]
    assert len(asked) == 1
    assert len(pictures) == len(asked) + int(physics.record.simulated_time) + 1
    picture = Image.open(io.BytesIO(pictures[-1][1].data))
    camera = physics.seen.built.cameras["vision"].geometry  # type: ignore[union-attr]
    assert (picture.format, picture.size) == ("JPEG", (camera.width, camera.height))
    assert np.asarray(picture).std() > 10.0, "the picture is not empty"
    assert pictures[0][1].frame_id == "vision/camera"


@pytest.mark.parametrize(
    ("name", "world", "path"),
    [("pick_and_place", "kinematic", "direct"), ("pick_and_place", "kinematic", "wire")],
)
def test_recording_changes_nothing(tmp_path: Path, name: str, world: str, path: CommandPath) -> None:
    plain = Run(read_scenario(name), RunOptions(world=world, path=path, quantity=1)).execute()
    run = recorded(tmp_path / "run.mcap", name, world, path)
    assert run.recorder.problem is None
    assert run.record.trace_sha256 == plain.trace_sha256


def test_recording_with_pictures_changes_nothing_in_the_physics_world(physics: Recorded) -> None:
    plain = Run(read_scenario("pick_and_place"), RunOptions(world="physics", quantity=1)).execute()
    assert physics.record.trace_sha256 == plain.trace_sha256


@pytest.mark.long
@pytest.mark.parametrize("name", ["conveyor_pick", "machine_tending", "palletise", "polishing", "shared_workspace"])
@pytest.mark.parametrize("path", ["direct", "wire"])
def test_other_scenarios_are_recorded_and_not_changed(tmp_path: Path, name: str, path: CommandPath) -> None:
    scenario = read_scenario(name)
    world = "kinematic" if "kinematic" in (scenario.file.worlds or ["kinematic"]) else "physics"
    plain = Run(scenario, RunOptions(world=world, path=path, quantity=1)).execute()
    run = recorded(tmp_path / "run.mcap", name, world, path)
    assert run.problems == []
    assert run.record.trace_sha256 == plain.trace_sha256
    assert decoded(run.file)


def test_every_scene_message_is_complete(feeder: Recorded) -> None:
    there: set[str] = set()
    scenes = 0
    for topic, _, _, content in decoded(feeder.file):
        if topic == "/scene":
            scenes += 1
            there -= {one.id for one in content.deletions}
            entities = {one.id for one in content.entities}
            assert there <= entities, "every message holds all bodies"
            there = entities
    assert scenes > 3
    assert there == set(feeder.seen.snapshots[-1].places)
