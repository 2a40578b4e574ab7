"""The store: observations are read back unchanged, other files are refused, a killed writer costs nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from runs_rig import job

from cellkit.errors import ConfigError
from cellkit.study.energy.meter import ArmLog, PowerLog
from cellkit.study.runs.job import Observation
from cellkit.study.runs.store import SCHEMA, RunStore


@pytest.fixture(scope="module")
def observed() -> Observation:
    """Return a real run with a motor log that contains figures of every size."""
    figures = [0.1 + 0.2, 1e-300, 123456.789, 0.0]
    arm = ArmLog(
        model="ur5e", work=1 / 3, torques_known=True, driving=figures, braking=figures, load=figures, rubbing=figures
    )
    power = PowerLog(start=0.008, interval=1 / 120, arms={"robot": arm})
    return job().carry_out().model_copy(update={"power": power})


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_an_observation_is_read_back_unchanged(tmp_path: Path, observed: Observation) -> None:
    assert observed.record.success
    assert observed.activities
    file = tmp_path / "runs.sqlite"
    with RunStore(file) as store:
        assert store.get("k") is None
        store.put("k", job(), observed)
        store.put("k", job(), observed)
        assert (store.get("k"), len(store)) == (observed, 1)
        with RunStore(file) as reader:
            assert reader.get("k") == observed, "while another connection has it open"
    with RunStore(file) as store:
        assert store.get("k") == observed
    assert [one.name for one in tmp_path.iterdir()] == ["runs.sqlite"], "a closed store is one file"
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT concept, seed, world, record ->> '$.success' FROM runs"
        assert connection.execute(query).fetchall() == [("ur5e · 2f-85", 1, "kinematic", 1)]


def test_a_store_in_memory_leaves_no_file(
    tmp_path: Path, observed: Observation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (None, ":memory:"):
        with RunStore(name) as store:
            store.put("k", job(), observed)
            assert len(store) == 1
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_refused_and_left_unchanged(tmp_path: Path) -> None:
    text, other, newer, empty = (tmp_path / name for name in ("a.txt", "b.sqlite", "c.sqlite", "d.sqlite"))
    text.write_text("a report of last year\n" * 100, encoding="utf-8")
    execute(other, "CREATE TABLE orders (number INTEGER)")
    RunStore(newer).close()
    execute(newer, f"PRAGMA user_version = {SCHEMA + 1}")
    empty.touch()
    for file, why in (
        (text, "is not a store of runs: file is not a database"),
        (other, "is an SQLite file, but not a store of runs"),
        (newer, f"is a store of runs of schema {SCHEMA + 1}, this cellkit has schema {SCHEMA}; name another file"),
        (tmp_path, "the store of runs cannot be used: unable to open database file"),
        (tmp_path / "missing" / "runs.sqlite", "the store of runs cannot be used: unable to open database file"),
    ):
        before = file.read_bytes() if file.is_file() else b""
        with pytest.raises(ConfigError, match=why) as caught:
            RunStore(file)
        assert "\n" not in str(caught.value)
        assert str(file) in str(caught.value)
        assert (file.read_bytes() if file.is_file() else b"") == before
    with RunStore(empty) as store:
        assert len(store) == 0


@pytest.mark.parametrize("damage", ["record = '{'", "record = '{}'", "record = '[]'", "details = x'00'", "details = 7"])
def test_a_damaged_run_is_reported(tmp_path: Path, observed: Observation, damage: str) -> None:
    file = tmp_path / "runs.sqlite"
    with RunStore(file) as store:
        store.put("k", job(), observed)
        execute(file, f"UPDATE runs SET {damage}")
        with pytest.raises(ConfigError, match="the run k in it cannot be read") as caught:
            store.get("k")
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_reported(tmp_path: Path, observed: Observation) -> None:
    with RunStore(tmp_path / "runs.sqlite") as store:
        store._connection.execute("PRAGMA max_page_count = 4")

        def fill() -> None:
            for number in range(100):
                store.put(f"k{number}", job(), observed)

        with pytest.raises(ConfigError, match="the store of runs cannot be used: database or disk is full"):
            fill()
        kept = len(store)
    with RunStore(tmp_path / "runs.sqlite") as store:
        assert len(store) == kept


WRITER = """
import os, signal, sys
from runs_rig import job
from cellkit.study.runs.job import Observation
from cellkit.study.runs.store import RunStore
observation = job().failed("for a test")
store = RunStore(sys.argv[1])
for number in range(20):
    store.put(f"k{number}", job(), observation)
store._connection.execute("BEGIN")
store._connection.execute("DELETE FROM runs")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_loses_no_finished_run(tmp_path: Path) -> None:
    """The writer dies during a transaction, with its log beside the file."""
    file = tmp_path / "runs.sqlite"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path}
    ran = subprocess.run([sys.executable, "-c", WRITER, str(file)], env=environment, check=False)
    assert ran.returncode == -signal.SIGKILL
    assert (tmp_path / "runs.sqlite-wal").exists()
    with RunStore(file) as store:
        assert len(store) == 20
        assert store.get("k19") == job().failed("for a test")
        assert store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
