"""The file of users, passwords, and who has to wait."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cellkit.access import passwords
from cellkit.access.audit import AuditFailed, AuditLog
from cellkit.access.caller import Caller, Role
from cellkit.access.lockout import Lockout
from cellkit.access.passwords import PasswordChecker, TooManyChecks, check_password, hash_password
from cellkit.access.settings import LoginLimits, state_folder
from cellkit.access.users import UserDirectory
from cellkit.errors import ConfigError
from cellkit.opcua.security.settings import SecuritySettings, ServerLimits

GOOD = "correct horse battery"


@pytest.fixture
def users(tmp_path: Path) -> UserDirectory:
    return UserDirectory(tmp_path / "users.json")


def test_a_user_is_kept_without_the_password(users: UserDirectory) -> None:
    users.add("otto", "Operator", password=GOOD)
    assert GOOD not in users.file.read_text()
    assert "$argon2id$" in users.file.read_text()
    assert users.file.stat().st_mode & 0o777 == 0o600
    again = UserDirectory(users.file)
    found = again.find("otto")
    assert found is not None
    assert found.rank == Role.OPERATOR
    assert check_password(found.password, GOOD)
    assert not check_password(found.password, GOOD + "x")


def test_nobody_is_nobody() -> None:
    assert not check_password(None, GOOD)
    assert not check_password(
        None, "the password of nobody, checked so that an unknown name takes as long as a known one"
    )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda one: one | {"role": "boss"}, "roles are observer, operator, engineer, admin"),
        (lambda one: one | {"password": GOOD}, "is not an argon2id hash"),
        (lambda one: one | {"password": None}, "both a password and a certificate, or neither"),
        (lambda one: one | {"certificate": "a" * 64}, "both a password and a certificate"),
        (lambda one: one | {"name": "otto\nadmin"}, "users.0.name"),
        (lambda one: one | {"groups": []}, "users.0.groups"),
        (lambda one: [one, one], "has two users 'otto'"),
    ],
)
def test_a_wrong_entry_is_named(users: UserDirectory, change: object, complaint: str) -> None:
    users.add("otto", "operator", password=GOOD)
    (entry,) = json.loads(users.file.read_text())["users"]
    changed = change(entry)  # type: ignore[operator]
    users.file.write_text(json.dumps({"users": changed if isinstance(changed, list) else [changed]}))
    with pytest.raises(ConfigError) as wrong:
        UserDirectory(users.file)
    assert complaint in str(wrong.value)
    assert str(users.file) in str(wrong.value)
    assert "$argon2" not in str(wrong.value)
    assert GOOD not in str(wrong.value)


def test_a_file_that_others_read_is_refused(users: UserDirectory) -> None:
    users.add("otto", "operator", password=GOOD)
    users.file.chmod(0o644)
    with pytest.raises(ConfigError, match=f"chmod 600 {users.file}"):
        UserDirectory(users.file)


def test_a_line_that_is_not_json_is_named(users: UserDirectory) -> None:
    users.file.write_text('{"users": [\n}\n')
    users.file.chmod(0o600)
    with pytest.raises(ConfigError, match=r"users\.json:2: is not JSON"):
        UserDirectory(users.file)


def test_users_are_replaced_on_request_only(users: UserDirectory) -> None:
    users.add("otto", "operator", password=GOOD)
    with pytest.raises(ConfigError, match="--replace"):
        users.add("otto", "admin", password=GOOD)
    users.add("otto", "admin", password=GOOD, replace=True)
    found = users.find("otto")
    assert found is not None
    assert found.rank == Role.ADMIN


def test_one_certificate_is_one_user(users: UserDirectory) -> None:
    users.add("robot", "operator", certificate="a" * 64)
    with pytest.raises(ConfigError, match="belongs to the user 'robot'"):
        users.add("other", "admin", certificate="a" * 64)
    assert users.find("robot") is None, "no password, so no log-in by one"
    found = users.find_certificate("a" * 64)
    assert found is not None
    assert found.name == "robot"


def test_removal_and_reload(users: UserDirectory) -> None:
    users.add("otto", "operator", password=GOOD)
    running = UserDirectory(users.file)
    assert not running.reload()
    users.remove("otto")
    assert running.reload()
    assert running.find("otto") is None
    with pytest.raises(ConfigError, match="users are: none"):
        users.remove("otto")


@pytest.mark.parametrize(("password", "complaint"), [("short", "at least 10"), ("x" * 300, "longer than 200")])
def test_bad_passwords(password: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as refused:
        hash_password(password)
    assert password not in str(refused.value)


def test_checks_do_not_stop_the_loop_and_do_not_pile_up() -> None:
    async def work() -> None:
        checker = PasswordChecker()
        hashed = hash_password(GOOD)
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0)
                ticks += 1

        ticking = asyncio.create_task(tick())
        assert await checker.check(hashed, GOOD)
        assert ticks > 10
        ticking.cancel()
        many = [checker.check(hashed, "wrong") for _ in range(passwords.WAITING + 5)]
        results = await asyncio.gather(*many, return_exceptions=True)
        assert sum(isinstance(result, TooManyChecks) for result in results) == 5
        checker.close()

    asyncio.run(work())


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_waiting_grows_and_ends() -> None:
    clock = Clock()
    lockout = Lockout(LoginLimits(failures=5, first_wait=10.0, longest_wait=900.0), clock=clock)
    waits = []
    for _ in range(14):
        waits.append(lockout.failed("otto", "10.0.0.1"))
        clock.now += waits[-1]
    assert waits == [0, 0, 0, 0, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
    assert not lockout.locked("otto", "10.0.0.1"), "the time is over"
    lockout.failed("otto", "10.0.0.1")
    assert lockout.locked("otto", "10.0.0.1")
    assert not lockout.locked("otto", "10.0.0.2"), "at another address nobody guessed"
    assert not lockout.locked("emma", "10.0.0.1")
    clock.now += 901
    lockout.succeeded("otto", "10.0.0.1")
    assert lockout.failed("otto", "10.0.0.1") == 0


def test_guessing_with_many_names_forgets_nothing_needed() -> None:
    lockout = Lockout(LoginLimits(failures=1))
    for number in range(20_000):
        lockout.failed(f"name{number}", "10.0.0.1")
    assert lockout.locked("name19999", "10.0.0.1")
    assert lockout.remembered() == 10_000


def test_all_log_ins_together_are_limited() -> None:
    clock = Clock()
    lockout = Lockout(LoginLimits(per_second=2.0, burst=3), clock=clock)
    assert [lockout.admit() for _ in range(4)] == [True, True, True, False]
    clock.now += 1.0
    assert [lockout.admit() for _ in range(3)] == [True, True, False]


OTTO = Caller("otto", Role.OPERATOR, "ns=1;g=1", "127.0.0.1:1", None)


def test_the_log_is_one_object_a_line(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path / "deep" / "audit.jsonl")
    audit.record("call", OTTO, arguments=["a\nb", float("nan"), b"\xff", "x" * 2000, list(range(1000))])
    audit.record("call", OTTO, arguments=["\ud800"])
    lines = audit.file.read_text().splitlines()
    assert len(lines) == 2
    first = json.loads(lines[0], parse_constant=lambda text: pytest.fail(f"{text} is not JSON"))
    assert first["user"] == "otto"
    assert len(lines[0]) < 2000
    assert audit.file.stat().st_mode & 0o777 == 0o600


def test_the_log_goes_on_after_it_was_moved_away(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path / "audit.jsonl")
    audit.record("one")
    audit.file.rename(tmp_path / "audit.1")
    audit.record("two")
    assert "one" in (tmp_path / "audit.1").read_text()
    assert "two" in audit.file.read_text()


def test_a_log_is_never_shortened(tmp_path: Path) -> None:
    for word in ("one", "two"):
        audit = AuditLog(tmp_path / "audit.jsonl")
        audit.record(word)
        audit.close()
    assert [json.loads(line)["what"] for line in (tmp_path / "audit.jsonl").read_text().splitlines()] == ["one", "two"]


def test_a_log_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="the audit log cannot be written"):
        AuditLog(tmp_path / "file" / "audit.jsonl")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with pytest.raises(ConfigError, match="the audit log cannot be written"):
        AuditLog(tmp_path / "link")


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    audit = AuditLog(tmp_path / "audit.jsonl")
    monkeypatch.setattr("cellkit.access.audit.os.write", lambda *_: 3)
    with pytest.raises(AuditFailed, match="the disk is full"):
        audit.record("call", OTTO)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"host": "0.0.0.0", "insecure_loopback": True}, r"serves 127\.0\.0\.1 only"),
        ({"host": "localhost", "insecure_loopback": True}, r"serves 127\.0\.0\.1 only"),
        ({"application_uri": "no uri"}, "is not a URI"),
        ({"policies": ("Basic128Rsa15",)}, "Basic128Rsa15; the known policies are Aes256"),
        ({"policies": ()}, "no security policy is given; the known policies are"),
        ({"port": 70_000}, "port 70000"),
    ],
)
def test_unsafe_settings_are_refused(wrong: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        SecuritySettings(**({"application_uri": "urn:x"} | wrong))  # type: ignore[arg-type]


def test_addresses_for_clients() -> None:
    assert SecuritySettings("urn:x", host="192.0.2.1").endpoint_url == "opc.tcp://192.0.2.1:4840"
    assert SecuritySettings("urn:x", host="::1").endpoint_url == "opc.tcp://[::1]:4840"
    assert "0.0.0.0" not in SecuritySettings("urn:x", host="0.0.0.0").endpoint_url
    assert ServerLimits().sessions == 50


def test_the_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "cellkit/gateway"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", "/home/x")
    assert state_folder() == Path("/home/x/.config/cellkit/gateway")
    assert state_folder(tmp_path) == tmp_path
