"""A kind of device names a part for every layer; a part of a wrong type is one clear error."""

from __future__ import annotations

import pytest

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.supervision.kinds.supervised_kind import SupervisedKind


def test_a_part_of_a_wrong_type_is_reported_with_its_kind_and_reference() -> None:
    wrong = registry.kind("arm").cell
    with pytest.raises(ConfigError) as error:
        registry.load_part("arm", wrong, SupervisedKind)
    assert str(error.value) == f"kind 'arm': {wrong} is not a SupervisedKind"


def test_a_part_of_the_right_type_is_returned() -> None:
    assert isinstance(registry.load_part("arm", registry.kind("arm").supervision, SupervisedKind), SupervisedKind)
