"""How a server is reached, and who this client is. No password is in here: only where it stands."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

STRONGEST = "strongest"
POLICIES = ("Aes256Sha256RsaPss", "Basic256Sha256", "Aes128Sha256RsaOaep")
"""The security policies that are used, the strongest first."""


def default_pki() -> Path:
    """Where this user's own certificate and key are kept."""
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "cellkit" / "opcua-client"


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Times in s of wall time. ``policy``: one of ``POLICIES``, or the strongest that the server offers.

    ``server_certificate`` (a file) or ``server_thumbprint`` (SHA-256, hexadecimal) says which server is trusted.
    ``user`` has its password in ``password_file`` or in the environment variable ``password_env``, or proves himself
    with ``user_certificate`` and ``user_key``; without any of them the client is anonymous. ``insecure``: no
    encryption, no certificates. ``publishing``: s between two reports of the server. ``silence``: s without a sign of
    life after which it counts as gone.
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
