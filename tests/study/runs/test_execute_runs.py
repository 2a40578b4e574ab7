"""The runs of a study: stored runs are not repeated, unfinished ones are not stored, changed inputs are detected."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
from runs_rig import DIES, copied, job, timeless

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.study.runs.execute import CheckedJob, execute_runs
from cellkit.study.runs.job import Observation, StudyJob
from cellkit.study.runs.software import software
from cellkit.study.runs.store import RunStore


def test_a_stored_run_is_not_repeated_and_a_lost_one_is(tmp_path: Path) -> None:
    """A mark that no run makes distinguishes the stored run from a new one."""
    killer = copied(tmp_path / "killer")
    (killer.parent / "program.py").write_text(DIES, encoding="utf-8")
    known, new, dies = job(seed=1), job(seed=2), job(killer)
    same = replace(new, concept=replace(new.concept, layout="by another name"))
    jobs = [new, known, dies, same]
    reported: list[int] = []
    with RunStore(tmp_path / "runs.sqlite") as store:
        marked = known.failed("the mark")
        store.put(known.key(), known, marked)
        found = execute_runs(jobs, store, on_result=lambda number, observation: reported.append(number))
        assert reported == [1, 0, 3, 2], "first the stored run, then in the order of the jobs, equal jobs together"
        assert found[1] == marked
        assert found[0] is found[3]
        assert timeless(found[0]) == timeless(new.carry_out())
        assert found[2].unfinished == "lost"
        assert found[2].record.failure is not None
        assert found[2].record.failure.what == "its process died (SIGKILL: is there too little memory?)"
        assert (len(store), store.get(new.key()), store.get(dies.key())) == (2, found[0], None)
        assert execute_runs([known, new, same], store) == [found[1], found[0], found[3]]


def test_nothing_to_do() -> None:
    assert execute_runs([]) == []


def test_invalid_input_is_reported_before_any_run(tmp_path: Path) -> None:
    with RunStore() as store, pytest.raises(ConfigError, match="unknown scenario"):
        execute_runs([job(), job("nonsense")], store, on_result=lambda *_: pytest.fail("something was run"))


def test_a_cell_that_cannot_be_built_is_not_stored(tmp_path: Path) -> None:
    """The cell lacks a plate between arm and gripper."""
    scenario = copied(tmp_path / "task")
    cell = scenario.parent / "cell.yaml"
    text = cell.read_text(encoding="utf-8").replace(", adapter: {thickness: 0.010, mass: 0.12}", "")
    cell.write_text(text, encoding="utf-8")
    found = job(scenario, arm="gp7").carry_out()
    assert found.unfinished == "impossible"
    assert found.record.failure is not None
    assert "name the plate between them" in found.record.failure.what
    assert (found.record.success, found.activities, found.power) == (False, [], None)


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_files_that_change_give_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """Otherwise the run of a new text would be stored under the key of the old one."""
    one = job(copied(tmp_path / "task"))
    program = tmp_path / "task" / "program.py"
    task = CheckedJob.of(one)
    assert task.carry_out().record.success

    def edit() -> None:
        program.write_text(program.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")

    if when == "before":
        edit()
    else:
        run = StudyJob.carry_out

        def edited_meanwhile(job: StudyJob) -> Observation:
            edit()
            return run(job)

        monkeypatch.setattr(StudyJob, "carry_out", edited_meanwhile)
    found = task.carry_out()
    assert found.unfinished == "lost"
    assert found.record.failure is not None
    assert (
        found.record.failure.what
        == {
            "before": "files changed since the runs began: program.py",
            "meanwhile": "files changed during the run: program.py",
        }[when]
    )
    program.unlink()
    assert task.carry_out().unfinished == "lost"


def test_another_software_gives_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    task = CheckedJob.of(job())
    changed = software().model_copy(update={"source": "0" * 64})
    monkeypatch.setattr("cellkit.study.runs.execute.software", lambda: changed)
    found = task.carry_out()
    assert found.unfinished == "lost"
    assert found.record.failure is not None
    assert found.record.failure.what.startswith("the software is not that of the process that began the runs")


def test_a_mistake_in_this_software_costs_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(*_: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("cellkit.study.runs.job.activities", mistaken)
    found = job().carry_out()
    assert found.unfinished == "lost"
    assert found.record.failure is not None
    assert found.record.failure.what == "ZeroDivisionError: by nothing"


def test_programs_that_import_packages_of_one_name_do_not_mix(tmp_path: Path) -> None:
    """Run them in one process, one after the other: each scenario gets its own module or package."""
    for name in ("one", "two", "three"):
        folder = copied(tmp_path / name).parent
        package = folder / "tools"
        (package / "inner").mkdir(parents=True)
        if name != "three":  # one package without __init__.py, and others with it
            (package / "__init__.py").write_text("", encoding="utf-8")
        (package / "inner" / "names.py").write_text(f"NAME = '{name}'\n", encoding="utf-8")
        program = folder / "program.py"
        text = program.read_text(encoding="utf-8")
        check = f"from tools.inner.names import NAME\nassert NAME == '{name}', NAME\n"
        future = "from __future__ import annotations\n"
        program.write_text(future + check + text.replace(future, ""), encoding="utf-8")
        found = job(folder / "scenario.yaml").carry_out()
        assert found.record.success, found.record.failure


def test_a_model_that_was_edited_is_read_again(tmp_path: Path) -> None:
    """A worker of a cluster may run for a long time."""
    scenario = copied(tmp_path / "task")
    cell, hand = scenario.parent / "cell.yaml", tmp_path / "task" / "hand.yaml"
    text = registry.model_files()["2f-85"].read_text(encoding="utf-8")
    hand.write_text(text, encoding="utf-8")
    cell.write_text(cell.read_text(encoding="utf-8").replace("model: 2f-85", "model: hand.yaml"), encoding="utf-8")
    one = replace(job(scenario), concept=replace(job(scenario).concept, gripper=""))
    first = one.carry_out()
    assert first.record.gripper == "2f-85"
    hand.write_text(text.replace("id: 2f-85", "id: another"), encoding="utf-8")
    assert one.carry_out().record.gripper == "another"


@pytest.mark.long
def test_ctrl_c_ends_the_processes_and_finished_runs_are_stored(tmp_path: Path) -> None:
    jobs = [job(seed=seed) for seed in range(1, 13)]
    file = tmp_path / "runs.sqlite"

    def interrupted(number: int, observation: Observation) -> None:
        if number == 5:
            raise KeyboardInterrupt

    with RunStore(file) as store, pytest.raises(KeyboardInterrupt):
        execute_runs(jobs, store, places=2, on_result=interrupted)
    assert multiprocessing.active_children() == []
    reported: list[int] = []
    with RunStore(file) as store:
        before = len(store)
        assert 5 <= before < 12
        kept = {key: store.get(key) for key in (one.key() for one in jobs)}
        found = execute_runs(jobs, store, places=2, on_result=lambda number, _: reported.append(number))
        assert sorted(reported) == list(range(12))
        assert len(store) == 12
    assert [timeless(one) for one in found] == [timeless(one.carry_out()) for one in jobs]
    assert [one for one in found if one in kept.values()] == [one for one in kept.values() if one is not None]
