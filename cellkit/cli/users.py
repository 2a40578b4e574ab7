"""The command ``cellkit users``: the users of the gateway and their roles."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from rich.table import Table

from cellkit.access.caller import Role
from cellkit.access.settings import state_folder
from cellkit.access.users import User, UserDirectory, users_file
from cellkit.cli.output import check_writable, out, prints_tables, titled_table, write_json
from cellkit.errors import ConfigError
from cellkit.opcua.security.certificates import der_of, thumbprint
from cellkit.opcua.security.pki import read_certificate


def directory_of(state: Path | None) -> UserDirectory:
    """Return the users of a state folder."""
    return UserDirectory(users_file(state_folder(state)))


def list_command(state: Path | None, json: Path | None) -> int:
    """List the users with their roles, without secrets."""
    check_writable(json)
    directory = directory_of(state)
    users = directory.users()
    if json is not None:
        shown = [{"name": user.name, "role": user.role, "logs_in_by": _login(user)} for user in users]
        write_json({"file": str(directory.file), "users": shown}, json)
    if prints_tables(json):
        empty = f"no users in {directory.file}; `cellkit users add NAME` adds one"
        out().print(_table(users) if users else empty, soft_wrap=not users)
    return 0


def add_command(
    name: str, role: str, certificate: Path | None, from_stdin: bool, replace: bool, state: Path | None
) -> int:
    """Add a user with a password, asked for twice or read from standard input, or with a certificate."""
    directory = directory_of(state)
    try:
        Role.from_name(role)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    if certificate is not None and from_stdin:
        raise ConfigError("a user logs in with a password or with a certificate; give one of the two")
    if certificate is not None:
        mark = thumbprint(der_of(read_certificate(certificate)))
        user = directory.add(name, role, certificate=mark, replace=replace)
    else:
        user = directory.add(name, role, password=_password(name, from_stdin), replace=replace)
    out().print(f"{user.name}: {user.role}, logs in by {_login(user)}", soft_wrap=True)
    return 0


def remove_command(name: str, state: Path | None) -> int:
    """Remove a user; a running gateway ends the user's sessions."""
    directory_of(state).remove(name)
    out().print(f"{name} is removed; a running gateway ends the user's sessions within seconds", soft_wrap=True)
    return 0


def _password(name: str, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise ConfigError("standard input is no terminal, so no password can be typed; use --password-stdin")
    password = getpass.getpass(f"password of {name}: ")
    if getpass.getpass("once more: ") != password:
        raise ConfigError("the two passwords differ")
    return password


def _login(user: User) -> str:
    return "password" if user.certificate is None else f"certificate {user.certificate[:16]}"


def _table(users: list[User]) -> Table:
    table = titled_table("users", ("name", "role", "logs in by"))
    for user in users:
        table.add_row(user.name, user.role, _login(user))
    return table
