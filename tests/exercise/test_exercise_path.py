"""Which exercise a reference names."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellkit import registry
from cellkit.exercise.config import exercise_path


def test_a_students_folder_does_not_hide_the_exercise_it_is_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, file in registry.exercise_files().items():
        (tmp_path / name).mkdir()  # as `exercise start` does
        assert exercise_path(name) == file
        assert exercise_path(f"./{name}") == Path(name) / "exercise.yaml"
    (tmp_path / "mine").mkdir()
    assert exercise_path("mine") == Path("mine/exercise.yaml")
