"""Who is who: the client's own certificate, the server that is trusted, and where a user's password stands."""

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
from cellkit.opcua.security.certificates import CertificateRefused, der_of, parse, split_chain, thumbprint
from cellkit.opcua.security.pki import Pki, read_certificate

_APART = timedelta(minutes=5)  # clocks of two machines differ


@dataclass(frozen=True, slots=True)
class Identity:
    """The client's certificate (DER) and key (PEM), its application URI, and the folder in which they are."""

    pki: Pki
    certificate: bytes
    key: bytes
    uri: str


def own_identity(folder: Path) -> Identity:
    """This client's certificate and key; made when there are none, which takes a second. Raises ``ConfigError``."""
    folder = folder.expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot be used for certificates: {error.strerror}", file=folder) from None
    pki, host = Pki(folder), socket.gethostname()
    uri = f"urn:{host}:cellkit:client"
    certificate, key = pki.own(f"cellkit client on {host}", uri, "localhost")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Identity(pki, der_of(certificate), pem, uri)


def require_trusted(sent: bytes, settings: ClientSettings, pki: Pki) -> bytes:
    """The server's certificate, if it is one that is trusted, and valid now.

    Raises ``ConfigError`` otherwise, with the thumbprint, and how to trust it; it is kept among the rejected then.
    """
    try:
        der = split_chain(sent)[0]
        found = parse(der)
    except CertificateRefused as refused:
        raise ConfigError(f"the server's certificate: {refused.reason}") from None
    if not _trusted(found, settings, pki):
        pki.keep_rejected(der)
        sha1 = found.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - only shown: it is what other tools show
        raise ConfigError(
            f"the server's certificate ({found.subject.rfc4514_string()}) is not trusted. Compare its thumbprint with "
            f"the one shown at the server (SHA-1 {sha1}); if it is the same, write "
            f"`server_thumbprint: {thumbprint(der)}` (that is its SHA-256)"
        )
    begin, end, now = found.not_valid_before_utc, found.not_valid_after_utc, datetime.now(UTC)
    if now > end:
        raise ConfigError(f"the server's certificate has expired on {end:%Y-%m-%d}")
    if now < begin - _APART:
        raise ConfigError(f"the server's certificate is valid from {begin:%Y-%m-%d} on: is this machine's clock right?")
    return der


def _trusted(found: x509.Certificate, settings: ClientSettings, pki: Pki) -> bool:
    if settings.server_certificate is not None:
        return read_certificate(settings.server_certificate.expanduser()) == found
    if settings.server_thumbprint is not None:
        return settings.server_thumbprint.replace(":", "").lower() == thumbprint(der_of(found))
    return found in pki.trust.trusted


def read_user_certificate(file: Path) -> x509.Certificate:
    """The certificate by which a user proves himself. Raises ``ConfigError``."""
    return read_certificate(file.expanduser())


def read_user_key(file: Path) -> bytes:
    """Its private key, in PEM. Raises ``ConfigError``, also when others may read it."""
    return _secret(file, "a private key")


def password(settings: ClientSettings) -> str:
    """The user's password, from where the settings say that it stands; "": nowhere. Raises ``ConfigError``."""
    if settings.password_file is not None:
        return _secret(settings.password_file, "a password").decode("utf-8").rstrip("\r\n")
    if settings.password_env is not None:
        found = os.environ.get(settings.password_env)
        if found is None:
            raise ConfigError(f"the environment variable {settings.password_env}, which holds a password, is not set")
        return found
    return ""


def _secret(file: Path, what: str) -> bytes:
    file = file.expanduser()
    try:
        with open(file, "rb") as stream:
            if os.fstat(stream.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigError(f"holds {what} and others may read it; chmod 600 it", file=file)
            return stream.read()
    except OSError as error:
        raise ConfigError(f"{what} cannot be read: {error.strerror}", file=file) from None
