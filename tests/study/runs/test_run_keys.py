"""The key of a run changes with everything that determines its result, and with nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from runs_rig import copied, job

from cellkit import registry
from cellkit.errors import ConfigError, DriverNotFound
from cellkit.study.runs import software as software_module
from cellkit.study.runs.inputs import with_neighbours
from cellkit.study.runs.software import software, source_files

HELPED = """
import helper
import json  # from elsewhere

async def main(cell):
    from tools.grips import FORCE
    open("poses.json")
"""


def appended(file: Path, text: str) -> None:
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_options_are_part_of_the_key() -> None:
    one = job()
    others = [
        job(seed=2),
        job(speed=0.5),
        job(arm="gp7"),
        job(gripper="2f-140"),
        job("feeder_pick"),
        replace(one, world="physics"),
        replace(one, quantity=2),
        replace(one, path="wire"),
    ]
    keys = [one.key(), *(other.key() for other in others)]
    assert len(set(keys)) == len(keys)
    assert keys[0] == job().key()


def test_the_key_depends_on_contents_not_on_folders(tmp_path: Path) -> None:
    key = job(copied(tmp_path / "a")).key()
    assert job(copied(tmp_path / "elsewhere" / "b")).key() == key
    appended(copied(tmp_path / "c"), "\n# a remark\n")
    assert job(tmp_path / "c" / "scenario.yaml").key() != key


def test_every_file_of_a_run_is_part_of_the_key(tmp_path: Path) -> None:
    """Each file is found, each change of one is detected, and unused files do not count."""
    scenario = copied(tmp_path / "task")
    folder = scenario.parent
    (folder / "program.py").write_text(HELPED, encoding="utf-8")
    (folder / "helper.py").write_text("import deeper\n", encoding="utf-8")
    (folder / "deeper.py").write_text("X = 1\n", encoding="utf-8")
    (folder / "tools").mkdir()
    (folder / "tools" / "grips.py").write_text("FORCE = 1\n", encoding="utf-8")
    (folder / "poses.json").write_text("[]", encoding="utf-8")
    arm, shapes = folder / "arm.yaml", folder / "arm.urdf"
    text = registry.model_files()["ur5e"].read_text(encoding="utf-8")
    arm.write_text(f"{text}\nurdf: arm.urdf\n", encoding="utf-8")
    shapes.write_text('<robot><mesh filename="package://made/meshes/link.stl"/></robot>', encoding="utf-8")
    (folder / "meshes").mkdir()
    (folder / "meshes" / "link.stl").write_text("solid", encoding="utf-8")

    one = job(scenario, arm=str(arm))
    files = [
        "scenario.yaml", "cell.yaml", "program.py", "helper.py", "deeper.py", "tools/grips.py", "poses.json",
        "arm.yaml", "arm.urdf", "meshes/link.stl",
    ]  # fmt: skip
    seen = {one.key()}
    for number, name in enumerate(files, start=2):
        appended(folder / name, "\n" if name.endswith((".json", ".urdf", ".stl")) else "\n# a remark\n")
        seen.add(one.key())
        assert len(seen) == number, f"a change of {name} goes unseen"
    assert {name.rpartition(": ")[2] for name in one.inputs().hashes} == {*files, "2f-85.yaml"}
    (folder / "study.yaml").write_text("title: another file\n", encoding="utf-8")
    (folder / "alone.py").write_text("X = 2\n", encoding="utf-8")
    assert one.key() in seen


def test_a_program_that_python_cannot_read_has_no_neighbours(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import helper\ndef", encoding="utf-8")
    (tmp_path / "helper.py").write_text("", encoding="utf-8")
    assert with_neighbours(program) == [program]


def test_missing_files_are_reported(tmp_path: Path) -> None:
    scenario = copied(tmp_path / "task")
    with pytest.raises(ConfigError, match="unknown scenario 'pick_and_plac'"):
        job("pick_and_plac").key()
    with pytest.raises(DriverNotFound, match="unknown model 'ur5'"):
        job(scenario, arm="ur5").key()
    with pytest.raises(ConfigError, match="no gripper in role 'claw'"):
        job(scenario, gripper="claw=2f-85").key()
    one = job(scenario)
    one.key()
    (scenario.parent / "program.py").unlink()
    with pytest.raises(ConfigError, match="no such file"):
        one.key()


def test_another_software_is_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    key = job().key()
    changed = software().model_copy(update={"source": "0" * 64})
    monkeypatch.setattr("cellkit.study.runs.job.software", lambda: changed)
    assert job().key() != key


def test_the_source_is_read_from_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    digest = software_module._digest
    first = digest({"a.py": tmp_path / "a.py"})
    (tmp_path / "a.py").write_text("x = 2\n", encoding="utf-8")
    assert digest({"a.py": tmp_path / "a.py"}) != first
    names = set(source_files())
    assert {"cellkit/timing/virtual_loop.py", "cellkit_sim/physics.py", "cellkit_ur/models/ur5e.yaml"} <= names
    assert not [name for name in names if name.endswith(".pyc") or name.startswith("cellkit/cli")]


@pytest.mark.long
def test_a_run_imports_nothing_that_is_not_part_of_the_source() -> None:
    """Run in a separate process: every module of cellkit loaded at the end is part of the hash, by wire too."""
    script = """
import sys
from dataclasses import replace
from pathlib import Path
from runs_rig import job
from cellkit.study.runs.software import source_files
one = replace(job(), path="wire")
assert one.carry_out().record.success
hashed = set(source_files().values())
loaded = {name: Path(found) for name, module in sys.modules.items()
          if name.partition("_")[0].partition(".")[0] == "cellkit" and (found := getattr(module, "__file__", None))}
assert len(loaded) > 100
aside = ("cellkit_program", "cellkit_scenarios")  # files of the scenario, and the package of the shipped ones
print(sorted(name for name, file in loaded.items() if file not in hashed and not name.startswith(aside)))
"""
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "[]\n"), ran.stdout + ran.stderr
