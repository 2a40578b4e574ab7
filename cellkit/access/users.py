"""The file of users: names, roles, and password hashes or certificates; JSON that only its owner can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from cellkit.access.caller import Role
from cellkit.access.passwords import hash_password, is_hash
from cellkit.access.private_file import write_private
from cellkit.errors import ConfigError

UserName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@-]{1,64}$")]
Thumbprint = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class User(BaseModel):
    """One user with either a password hash or the thumbprint of a certificate."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: UserName
    role: str
    password: str | None = None
    certificate: Thumbprint | None = None

    @field_validator("role")
    @classmethod
    def _known_role(cls, role: str) -> str:
        return Role.from_name(role).label

    @field_validator("password")
    @classmethod
    def _only_hashes(cls, password: str | None) -> str | None:
        if password is not None and not is_hash(password):
            raise ValueError("is not an argon2id hash; set it with `cellkit users add`")
        return password

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.password is None) == (self.certificate is None):
            raise ValueError("has both a password and a certificate, or neither")
        return self

    @property
    def rank(self) -> Role:
        """The role as a comparable value."""
        return Role.from_name(self.role)


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    users: list[User] = []


class UserDirectory:
    """The users of one file; a missing file has no users. Raises ``ConfigError``."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._stamp: tuple[int, int, int] | None = None
        self._users: dict[str, User] = {}
        self.reload()

    def reload(self) -> bool:
        """Read the file again if it changed; return whether it had changed."""
        try:
            status = self.file.stat()
        except FileNotFoundError:
            changed, self._stamp, self._users = bool(self._users), None, {}
            return changed
        if status.st_mode & 0o077:
            raise ConfigError(f"other users can read it; chmod 600 {self.file}", file=self.file)
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if stamp == self._stamp:
            return False
        users = _read(self.file)
        self._stamp, self._users = stamp, users
        return True

    def users(self) -> list[User]:
        """Return all users, sorted by name."""
        return sorted(self._users.values(), key=lambda user: user.name)

    def find(self, name: str) -> User | None:
        """Return the user of that name if the user logs in with a password, else None."""
        user = self._users.get(name)
        return user if user is not None and user.password is not None else None

    def current(self, name: str) -> User | None:
        """Return the user of that name, or None."""
        return self._users.get(name)

    def find_certificate(self, thumbprint: str) -> User | None:
        """Return the user with the certificate of this thumbprint (SHA-256), or None."""
        return next((user for user in self._users.values() if user.certificate == thumbprint), None)

    def add(
        self,
        name: str,
        role: str,
        *,
        password: str | None = None,
        certificate: str | None = None,
        replace: bool = False,
    ) -> User:
        """Add a user and write the file. Raises ``ConfigError``."""
        if name in self._users and not replace:
            raise ConfigError(f"the user {name!r} exists already; give --replace to change it", file=self.file)
        hashed = None if password is None else hash_password(password)
        try:
            user = User(name=name, role=role, password=hashed, certificate=certificate)
        except ValidationError as error:
            raise ConfigError(_first_error(error)) from None
        if certificate is not None:
            other = self.find_certificate(certificate)
            if other is not None and other.name != name:
                raise ConfigError(f"this certificate belongs to the user {other.name!r} already", file=self.file)
        self._write({**self._users, name: user})
        return user

    def remove(self, name: str) -> None:
        """Remove a user and write the file. Raises ``ConfigError``."""
        if name not in self._users:
            known = ", ".join(sorted(self._users)) or "none"
            raise ConfigError(f"the user {name!r} does not exist; users are: {known}", file=self.file)
        self._write({key: user for key, user in self._users.items() if key != name})

    def _write(self, users: dict[str, User]) -> None:
        content = {"users": [user.model_dump(exclude_none=True) for user in users.values()]}
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_private(self.file, (json.dumps(content, indent=2) + "\n").encode())
        except OSError as error:
            raise ConfigError(f"cannot be written: {error.strerror}", file=self.file) from None
        self.reload()


def _read(file: Path) -> dict[str, User]:
    try:
        content = _Content.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise ConfigError(f"is not JSON: {error.msg}", file=file, line=error.lineno) from None
    except ValidationError as error:
        raise ConfigError(_first_error(error), file=file) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {getattr(error, 'strerror', 'it is not UTF-8')}", file=file) from None
    users: dict[str, User] = {}
    for user in content.users:
        if user.name in users:
            raise ConfigError(f"has two users {user.name!r}", file=file)
        users[user.name] = user
    return users


def _first_error(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg'].removeprefix('Value error, ')}".removeprefix(": ")


def users_file(state: Path) -> Path:
    """Return the path of the file of users."""
    return state / "users.json"
