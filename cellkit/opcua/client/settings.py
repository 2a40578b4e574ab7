"""The settings of a client: address, security and user. They name where a password is stored, never the password."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

STRONGEST = "strongest"
POLICIES = ("Aes256Sha256RsaPss", "Basic256Sha256", "Aes128Sha256RsaOaep")
"""The supported security policies, the strongest first."""


def default_pki() -> Path:
    """Return the folder of this user's own certificate and key."""
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "cellkit" / "opcua-client"


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """The settings of one client; times are s of wall time.

    ``policy`` is one of ``POLICIES``, or the strongest that the server offers. ``server_certificate`` (a file) or
    ``server_thumbprint`` (SHA-256, hexadecimal) identifies the trusted server. The password of ``user`` is in
    ``password_file`` or in the environment variable ``password_env``; ``user_certificate`` and ``user_key`` identify a
    user without a password; without any of them the client is anonymous. ``insecure``: no encryption, no certificates.
    ``publishing``: the publishing interval. ``silence``: the time without a message after which the server counts as
    lost.
    """

    url: str
    policy: str = STRONGEST
    insecure: bool = False
    pki: Path | None = None
    server_certificate: Path | None = None
    server_thumbprint: str | None = None
    user: str | None = None
    password_file: Path | None = None
    password_env: str | None = None
    user_certificate: Path | None = None
    user_key: Path | None = None
    publishing: float = 0.05
    silence: float = 2.0

    @property
    def host(self) -> str:
        """The server's host."""
        return urlsplit(self.url).hostname or ""
