"""The client's own certificate, the check of the server's certificate, and the user's credentials."""

from __future__ import annotations

import os
import socket
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from cellkit.errors import ConfigError
from cellkit.opcua.client.settings import ClientSettings
from cellkit.opcua.security.certificates import CertificateRefused, der_of, parse_certificate, split_chain, thumbprint
from cellkit.opcua.security.pki import Pki, read_certificate

_CLOCK_TOLERANCE = timedelta(minutes=5)  # between the clocks of two machines


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """The client's certificate (DER) and key (PEM), its application URI, and their folder."""

    pki: Pki
    certificate: bytes
    key: bytes
    uri: str


def own_identity(folder: Path) -> ClientIdentity:
    """Return this client's certificate and key; make missing ones, which takes a second. Raises ``ConfigError``."""
    folder = folder.expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot be used for certificates: {error.strerror}", file=folder) from None
    pki, host = Pki(folder), socket.gethostname()
    uri = f"urn:{host}:cellkit:client"
    certificate, key = pki.own_certificate(f"cellkit client on {host}", uri, "localhost")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return ClientIdentity(pki, der_of(certificate), pem, uri)


def require_trusted(sent: bytes, settings: ClientSettings, pki: Pki) -> bytes:
    """Return the server's certificate if it is trusted and valid now.

    Otherwise store an untrusted certificate among the rejected ones and raise ``ConfigError`` with its thumbprint and
    how to trust it.
    """
    try:
        der = split_chain(sent)[0]
        certificate = parse_certificate(der)
    except CertificateRefused as refused:
        raise ConfigError(f"the server's certificate: {refused.reason}") from None
    if not _trusted(certificate, settings, pki):
        pki.keep_rejected(der)
        sha1 = certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - other tools show it
        raise ConfigError(
            f"the server's certificate ({certificate.subject.rfc4514_string()}) is not trusted. Compare its thumbprint "
            f"with the one shown at the server (SHA-1 {sha1}); if they are equal, write "
            f"`server_thumbprint: {thumbprint(der)}` (its SHA-256)"
        )
    begin, end, now = certificate.not_valid_before_utc, certificate.not_valid_after_utc, datetime.now(UTC)
    if now > end:
        raise ConfigError(f"the server's certificate has expired on {end:%Y-%m-%d}")
    if now < begin - _CLOCK_TOLERANCE:
        raise ConfigError(f"the server's certificate is valid from {begin:%Y-%m-%d} on; check this machine's clock")
    return der


def _trusted(certificate: x509.Certificate, settings: ClientSettings, pki: Pki) -> bool:
    if settings.server_certificate is not None:
        return read_certificate(settings.server_certificate.expanduser()) == certificate
    if settings.server_thumbprint is not None:
        return settings.server_thumbprint.replace(":", "").lower() == thumbprint(der_of(certificate))
    return certificate in pki.trust.trusted


def password(settings: ClientSettings) -> str:
    """Read the user's password from the file or variable of the settings; "" without one. Raises ``ConfigError``."""
    if settings.password_file is not None:
        return read_secret(settings.password_file, "a password").decode("utf-8").rstrip("\r\n")
    if settings.password_env is not None:
        value = os.environ.get(settings.password_env)
        if value is None:
            raise ConfigError(f"the environment variable {settings.password_env} for the password is not set")
        return value
    return ""


def read_secret(file: Path, kind: str) -> bytes:
    """Read a file that only its owner can read. Raises ``ConfigError``, also if other users can read it."""
    file = file.expanduser()
    try:
        with open(file, "rb") as stream:
            if os.fstat(stream.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigError(f"holds {kind} and other users can read it; chmod 600 it", file=file)
            return stream.read()
    except OSError as error:
        raise ConfigError(f"{kind} cannot be read: {error.strerror}", file=file) from None
