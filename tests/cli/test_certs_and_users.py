"""``cellkit certs`` and ``cellkit users`` as typed in a terminal."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_rig import Call
from cryptography.hazmat.primitives.asymmetric import rsa

from cellkit.access.audit import AuditLog
from cellkit.access.passwords import check_password
from cellkit.access.users import UserDirectory
from cellkit.opcua.security.certificates import der_of, make_certificate, thumbprint
from cellkit.opcua.security.pki import Pki

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def client_certificate() -> bytes:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    return der_of(make_certificate(key, "HMI of line 4", "urn:hmi", ["localhost"]))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_rejected_client_is_trusted_by_its_thumbprint(cellkit: Call, state: Path, client_certificate: bytes) -> None:
    Pki(state / "pki").keep_rejected(client_certificate)
    mark = thumbprint(client_certificate)
    listed = cellkit("certs", "list", "--state", state)
    assert "rejected" in listed.out
    assert mark[:16] in listed.out
    done = cellkit("certs", "trust", mark[:12].upper(), "--state", state)
    assert done.code == 0
    assert f"trusted: HMI of line 4 (urn:hmi), {mark}" in done.out
    shown = json.loads(cellkit("certs", "list", "--json", "-", "--state", state).out)
    assert [(one["place"], one["thumbprint"], one["uri"]) for one in shown["certificates"]] == [
        ("trusted", mark, "urn:hmi")
    ]
    assert cellkit("certs", "reject", mark[:8], "--state", state).code == 0
    shown = json.loads(cellkit("certs", "list", "--json", "-", "--state", state).out)
    assert [one["place"] for one in shown["certificates"]] == ["rejected"]


def test_a_file_is_trusted_and_rejected(cellkit: Call, state: Path, client_certificate: bytes, tmp_path: Path) -> None:
    file = tmp_path / "client.der"
    file.write_bytes(client_certificate)
    assert cellkit("certs", "trust", file, "--state", state).code == 0
    assert [entry.place for entry in Pki(state / "pki").entries()] == ["trusted"]
    assert cellkit("certs", "reject", file, "--state", state).code == 0
    assert [entry.place for entry in Pki(state / "pki").entries()] == ["rejected"]


@pytest.mark.parametrize(
    ("which", "complaint"),
    [
        ("0000", "no certificate in rejected or trusted has a thumbprint that begins with 0000"),
        ("00", "neither a file nor the beginning (4 digits or more) of a thumbprint"),
        ("nonsense.der", "neither a file nor the beginning"),
    ],
)
def test_what_is_not_there_is_said(cellkit: Call, state: Path, which: str, complaint: str) -> None:
    assert complaint in cellkit("certs", "trust", which, "--state", state).complaint()


def test_a_file_that_is_no_certificate_is_said(cellkit: Call, state: Path, tmp_path: Path) -> None:
    (tmp_path / "x.der").write_text("no")
    assert "is not a certificate" in cellkit("certs", "trust", tmp_path / "x.der", "--state", state).complaint()


def test_users_come_and_go(cellkit: Call, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "`cellkit users add NAME` adds one" in cellkit("users", "list", "--state", state).out
    typed(monkeypatch, PASSWORD + "\n")
    done = cellkit("users", "add", "otto", "--role", "operator", "--password-stdin", "--state", state)
    assert (done.code, done.out) == (0, "otto: operator, logs in by password\n")
    file = state / "users.json"
    found = UserDirectory(file).find("otto")
    assert found is not None
    assert check_password(found.password, PASSWORD)
    shown = json.loads(cellkit("users", "list", "--json", "-", "--state", state).out)
    assert shown["users"] == [{"name": "otto", "role": "operator", "logs_in_by": "password"}]
    assert "otto" in cellkit("users", "list", "--state", state).out
    typed(monkeypatch, PASSWORD + "\n")
    again = cellkit("users", "add", "otto", "--role", "admin", "--password-stdin", "--state", state)
    assert "give --replace to change it" in again.complaint()
    assert cellkit("users", "remove", "otto", "--state", state).code == 0
    assert "the user 'otto' does not exist" in cellkit("users", "remove", "otto", "--state", state).complaint()


def test_a_password_is_asked_for_twice(cellkit: Call, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    answers = iter([PASSWORD, PASSWORD, PASSWORD, "another password"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))
    assert cellkit("users", "add", "emma", "--role", "engineer", "--state", state).code == 0
    differ = cellkit("users", "add", "anna", "--role", "admin", "--state", state)
    assert differ.complaint() == "the two passwords differ"


@pytest.mark.parametrize(
    ("name", "role", "password", "complaint"),
    [
        ("otto", "operator", "short", "at least 10 are needed"),
        ("otto", "boss", PASSWORD, "roles are observer, operator, engineer, admin"),
        ("ot to", "operator", PASSWORD, "name: "),
    ],
)
def test_bad_users_are_refused(
    cellkit: Call, state: Path, monkeypatch: pytest.MonkeyPatch, name: str, role: str, password: str, complaint: str
) -> None:
    typed(monkeypatch, password + "\n")
    refused = cellkit("users", "add", name, "--role", role, "--password-stdin", "--state", state).complaint()
    assert complaint in refused
    assert password not in refused
    assert not (state / "users.json").exists()


def test_nobody_types_a_password_into_a_pipe(cellkit: Call, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "")
    refused = cellkit("users", "add", "otto", "--role", "operator", "--state", state)
    assert "--password-stdin" in refused.complaint()


def test_a_password_is_no_argument(cellkit: Call, state: Path) -> None:
    assert cellkit("users", "add", "otto", PASSWORD, "--role", "operator", "--state", state).code == 2
    assert cellkit("users", "add", "otto", "--password", PASSWORD, "--role", "operator", "--state", state).code == 2


def test_a_user_with_a_certificate(cellkit: Call, state: Path, client_certificate: bytes, tmp_path: Path) -> None:
    file = tmp_path / "robot.der"
    file.write_bytes(client_certificate)
    done = cellkit("users", "add", "robot", "--role", "operator", "--certificate", file, "--state", state)
    assert done.code == 0
    assert f"certificate {thumbprint(client_certificate)[:16]}" in done.out
    assert UserDirectory(state / "users.json").find_certificate(thumbprint(client_certificate)) is not None


def test_they_cost_nothing_of_the_server() -> None:
    program = "import cellkit.cli.certs, cellkit.cli.users, sys; print('asyncua' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_audit_log_is_checked(cellkit: Call, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert "does not exist" in cellkit("audit", "check", "--state", state).complaint()
    log = AuditLog(state / "audit.jsonl")
    for _ in range(3):
        log.record("call")
    log.close()
    done = cellkit("audit", "check", "--state", state)
    assert (done.code, "whole up to line 3" in done.out) == (0, True)
    log.file.write_text(log.file.read_text().replace("call", "stop", 1))
    done = cellkit("audit", "check", log.file)
    assert (done.code, "audit.jsonl, line 1: was changed" in done.out) == (1, True)
