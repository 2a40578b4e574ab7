"""Settings of an ABB controller."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cellkit.devices.wired import DriverConfig, is_loopback
from cellkit.transport.tls import ANY_CERTIFICATE
from cellkit_abb.protocol.dialect import Dialect, Rws1, Rws2

OMNICORE = ("gofa",)
"""Models whose usual controller is OmniCore; the others have an IRC5."""


class AbbConfig(DriverConfig):
    """``user`` and ``password`` are the maker's public defaults.

    ``certificate`` says which certificate an OmniCore may show: its SHA-256 fingerprint, ``any``, or ``system`` for
    one that an authority of this machine vouches for. By default that is ``system``, and ``any`` on loopback.
    """

    http_port: int = 80
    https_port: int = 443
    egm_port: int = 6510
    user: str = "Default User"
    password: str = "robotics"  # noqa: S105  (the maker's public default)
    controller: Literal["auto", "irc5", "omnicore"] = "auto"
    certificate: str | None = Field(default=None, pattern="^(any|system|([0-9A-Fa-f]{2}:?){32})$")

    def dialect(self, model: str) -> Dialect:
        """The generation of Robot Web Services that the controller of a model speaks."""
        if self.controller == "auto":
            return dialect_of(model)
        return Rws2() if self.controller == "omnicore" else Rws1()

    def port(self, dialect: Dialect) -> int:
        """Where its HTTP server is."""
        return self.https_port if dialect.scheme == "https" else self.http_port

    def trusted(self) -> str | None:
        """The ``certificate`` that ``tls_client`` is to accept."""
        if self.certificate is None:
            return ANY_CERTIFICATE if is_loopback(self.host) else None
        return None if self.certificate == "system" else self.certificate


def dialect_of(model: str) -> Dialect:
    """The generation that a model usually has."""
    return Rws2() if model in OMNICORE else Rws1()
