"""The audit log: its chain, its size, repeated refusals, and a full disk."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cellkit.access import audit as audit_module
from cellkit.access.audit import AuditFailed, AuditLog, files_of
from cellkit.access.caller import Caller, Role
from cellkit.access.chain import check
from cellkit.access.journal import Journal
from cellkit.cli.audit import check_command

OTTO = Caller("otto", Role.OPERATOR, "ns=1;g=1", "127.0.0.1:1", None)


def entries(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def log_of(folder: Path, count: int = 5) -> Path:
    audit = AuditLog(folder / "audit.jsonl")
    for number in range(count):
        audit.record("call", OTTO, number=number)
    audit.close()
    return audit.file


def test_the_chain_goes_on_after_a_restart_and_in_another_process(tmp_path: Path) -> None:
    file = log_of(tmp_path)
    first, second = AuditLog(file), AuditLog(file)
    for audit in (first, second, first, second):
        audit.record("call", OTTO)
    assert [entry["seq"] for entry in entries(file)] == list(range(1, 10))
    assert check(files_of(file))[1] is None


def test_processes_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from cellkit.access import audit; audit.MAX_SIZE = 5000\n"
        "log = audit.AuditLog(Path(sys.argv[1]))\nfor number in range(50): log.record('call', number=number)"
    )
    file = tmp_path / "audit.jsonl"
    running = [subprocess.Popen([sys.executable, "-c", script, str(file)]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    head, broken = check(files_of(file))
    assert (head.number, broken) == (150, None)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: [*lines[:2], lines[2].replace(b"otto", b"olga"), *lines[3:]], 3),
        (lambda lines: [*lines[:2], *lines[3:]], 3),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], 2),
        (lambda lines: [*lines[:4], lines[4][:30]], 5),
        (lambda lines: [*lines[:3], b"{}\n", *lines[3:]], 4),
        (lambda lines: [lines[0].replace(b"otto", b"olga"), *lines[1:]], 1),
    ],
)
def test_a_changed_log_is_found(tmp_path: Path, change: Any, line: int, capsys: pytest.CaptureFixture[str]) -> None:
    file = log_of(tmp_path)
    assert check_command(file, None) == 0
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(change(lines)))
    capsys.readouterr()
    assert check_command(file, None) == 1
    assert f"audit.jsonl, line {line}: " in capsys.readouterr().out


def test_a_log_of_an_older_version_goes_on_as_a_chain(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_text('{"time": "t", "what": "call"}\n')
    log_of(tmp_path)
    assert check(files_of(file))[1] is None
    assert check(files_of(file))[0].number == 5


@pytest.mark.parametrize("content", ["not a log\n", "7\n", "{}"], ids=["text", "number", "no end of line"])
def test_a_file_that_is_no_log_is_broken(tmp_path: Path, content: str) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_text(content)
    assert check([file])[1] == f"{file}, line 1: is not a whole line of the log"


def test_a_file_without_an_end_is_read_no_further_than_one_line() -> None:
    assert check([Path("/dev/zero")])[1] == "/dev/zero, line 1: is not a whole line of the log"


def test_a_full_file_is_renamed_and_the_oldest_deleted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(audit_module, "MAX_SIZE", 2000)
    monkeypatch.setattr(audit_module, "FILES", 3)
    file = log_of(tmp_path, 100)
    files = files_of(file)
    assert [path.name for path in files] == ["audit.jsonl.2", "audit.jsonl.1", "audit.jsonl"]
    assert all(path.stat().st_size <= 2000 for path in files)
    assert sorted(path.name for path in tmp_path.glob("audit*")) == sorted(path.name for path in files)
    head, broken = check(files)
    assert (head.number, broken) == (100, None)
    files[1].write_bytes(b"")
    assert check(files)[1] is not None, "a file of the middle is missing"


def test_repeated_refusals_are_one_line(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path / "audit.jsonl")
    journal = Journal(audit)
    for port in range(10_000):
        journal.session_event("log-in refused", None, "wrong password", user="otto", peer=f"127.0.0.1:{port}")
    assert len(entries(audit.file)) == 1
    journal.session_event("log-in refused", None, "wrong password", user="olga", peer="127.0.0.1:7")
    audit.close()
    first, other, total = entries(audit.file)
    assert (first["user"], other["user"]) == ("otto", "olga")
    assert (total["user"], total["repeated"], total["since"]) == ("otto", 9_999, first["time"])


def test_refusals_of_many_names_are_few_lines(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path / "audit.jsonl")
    for number in range(10_000):
        Journal(audit).session_event("login refused", None, "denied", user=f"user{number}", peer="127.0.0.1:1")
    audit.close()
    assert len(entries(audit.file)) <= 60
    assert sum(entry.get("repeated", 1) for entry in entries(audit.file)) == 10_000


class FullDisk:
    """A disk without space, until the reserve is given up."""

    def __init__(self, reserve: Path) -> None:
        self.reserve = reserve
        self.write = os.write

    def __call__(self, handle: int, data: bytes) -> int:
        if self.reserve.exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.write(handle, data)


def test_a_full_disk_has_space_for_a_stop_and_for_what_had_begun(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    audit = AuditLog(tmp_path / "audit.jsonl")
    journal = Journal(audit)
    reserve = tmp_path / ".audit.jsonl.reserve"
    assert reserve.stat().st_blocks * 512 >= audit_module.RESERVE, "taken from the disk, not only announced"
    journal.call_begins(OTTO, "Move", [], 1)
    monkeypatch.setattr("cellkit.access.audit.os.write", FullDisk(reserve))
    with pytest.raises(AuditFailed, match="the disk is full"):
        journal.call_begins(OTTO, "Move", [], 2)
    journal.call_begins(OTTO, "Stop", [], 3, stops=True)
    journal.call_ended(OTTO, "Move", [], "Good", 1)
    assert [(entry["what"], entry["number"]) for entry in entries(audit.file)] == [
        ("call", 1),
        ("call", 3),
        ("call ended", 1),
    ]
    assert check([audit.file])[1] is None


def test_a_line_that_is_cut_off_by_a_full_disk_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    audit = AuditLog(tmp_path / "audit.jsonl")
    audit.record("one")
    whole, write = audit.file.read_bytes(), os.write
    with monkeypatch.context() as full:
        full.setattr("cellkit.access.audit.os.write", lambda handle, data: write(handle, data[:20]))
        with pytest.raises(AuditFailed, match="the disk is full"):
            audit.record("two")
    assert audit.file.read_bytes() == whole
    audit.record("three")
    assert check([audit.file])[1] is None
