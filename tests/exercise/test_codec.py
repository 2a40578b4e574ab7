"""Values pass between the two processes unchanged; everything else is refused."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellkit import devices, errors
from cellkit.devices import Execution, GripResult, JointMotion, Lifecycle, LocatedPart, OperationalMode, Tool, Workpiece
from cellkit.devices.gripper import Grip
from cellkit.errors import CellkitError, DeviceFault, ProtocolError
from cellkit.exercise.codec import (
    ERRORS,
    TYPES,
    CodecError,
    decode,
    decode_error,
    encode,
    encode_error,
    pack,
    unpack,
)
from cellkit.geometry import Pose
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.models.load import load_arm, load_gripper

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner) | st.binary().map(bytes)
    ),
    max_leaves=12,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | st.fixed_dictionaries(
            {
                "$": st.sampled_from([*TYPES, "tuple", "dict", "array", "bytes", "ArmModel", "os", "Exception"]),
                "v": inner,
            }
        )
    ),
    max_leaves=8,
)


def through(value: Any) -> Any:
    return decode(unpack(pack(encode(value))[4:]))


@given(PLAIN)
@settings(max_examples=60, deadline=None)
def test_plain_values_come_back(value: Any) -> None:
    assert through(value) == value


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_no_message_does_harm(message: Any) -> None:
    with contextlib.suppress(CodecError):
        decode(json.loads(json.dumps(message)))


@pytest.mark.parametrize("value", [Execution.ACTIVE, Lifecycle.LOST, OperationalMode.AUTOMATIC, Grip.NO_PART])
def test_enumerations_keep_their_type(value: Any) -> None:
    assert through(value) is value


def test_poses_arrays_and_their_containers() -> None:
    pose = Pose.from_rpy((0.1, -0.2, 0.3), (0.4, 0.5, 0.6), frame="world")
    back = through(pose)
    assert back.frame == "world"
    assert np.array_equal(back.matrix, pose.matrix)
    assert not back.matrix.flags.writeable
    for array in (
        np.arange(6.0).reshape(2, 3),
        np.zeros((0, 3)),
        np.array([True, False]),
        np.arange(4, dtype=np.uint8),
    ):
        found = through(array)
        assert found.dtype == array.dtype
        assert np.array_equal(found, array)
    part = through([LocatedPart("a", pose)])[0]
    assert (part.name, part.pose.frame) == ("a", "world")
    tool = through(Tool("t", pose, Load(0.5), "50"))
    assert (tool.name, tool.load.mass, tool.flange_code) == ("t", 0.5, "50")
    assert through(GripResult(Grip.PART, 0.04)) == GripResult(Grip.PART, 0.04)
    assert through(Workpiece("p", "box", (0.1, 0.2, 0.3), 1.0, 0.6)).size == (0.1, 0.2, 0.3)
    assert np.array_equal(through(JointMotion(np.zeros(6), 1.0, 1.0)).joints, np.zeros(6))


def test_models_come_back_whole() -> None:
    for model in (load_arm("ur5e"), load_arm("fr3"), load_gripper("2f-85"), load_gripper("vg10")):
        assert through(model) == model


def test_every_public_type_of_the_interfaces_is_known() -> None:
    for name in devices.__all__:
        kind = getattr(devices, name)
        if isinstance(kind, type) and hasattr(kind, "__dataclass_fields__"):
            assert TYPES[name] is kind
    tree = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, CellkitError)}
    assert tree <= set(ERRORS)


def test_errors_keep_their_fields() -> None:
    fault = DeviceFault("robot", "too hot", code="E7", recoverable=False, state="standing")
    back = decode_error(unpack(pack(encode_error(fault))[4:]))
    assert type(back) is DeviceFault
    assert str(back) == str(fault)
    assert vars(back) == vars(fault)
    wrong = decode_error(encode_error(ProtocolError("robot", "nonsense", data=b"\x00\xff")))
    assert isinstance(wrong, ProtocolError)
    assert wrong.data == b"\x00\xff"


def test_errors_that_the_other_side_does_not_know_keep_their_name() -> None:
    class Odd(Exception):
        pass

    back = decode_error(encode_error(Odd("why")))
    assert type(back) is RuntimeError
    assert str(back) == "Odd: why"


@pytest.mark.parametrize(
    "value", [object(), print, {1}, lambda: None, np.array([object()]), CellkitError("x"), ArmModel]
)
def test_values_that_are_not_data_are_refused(value: Any) -> None:
    with pytest.raises(CodecError):
        encode(value)


@pytest.mark.parametrize(
    "message",
    [
        {"$": "system", "v": "true"},
        {"$": "Pose", "v": {}},
        {"$": "Pose", "v": {"matrix": [[1, 2], [3, 4]]}},
        {"$": "array", "of": "object", "shape": [1], "v": ""},
        {"$": "array", "of": "float64", "shape": [10**9], "v": ""},
        {"$": "Grip", "v": "no such"},
        {"$": "ArmModel", "v": {"id": "x"}},
        {"no tag": 1},
    ],
)
def test_invalid_messages_are_refused(message: Any) -> None:
    with pytest.raises(CodecError):
        decode(message)
