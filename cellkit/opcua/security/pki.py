"""The folder of certificates: one's own, the trusted and the rejected ones.

::

    own/certs/cellkit.der  own/private/cellkit.pem     the gateway's own, made on the first start
    trusted/certs  trusted/crl                         trusted clients, and issuers whose certificates are trusted
    issuers/certs  issuers/crl                         issuers that are known but not trusted
    rejected/                                          certificates of refused clients, the newest ``REJECTED_KEPT``
"""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cellkit.access.private_file import write_private
from cellkit.errors import ConfigError
from cellkit.inputfile import read_input
from cellkit.opcua.security.certificates import (
    KEY_BITS,
    WARN_DAYS,
    CertificateRefused,
    TrustList,
    application_uris,
    common_name,
    der_of,
    make_certificate,
    split_chain,
    thumbprint,
)

REJECTED_KEPT = 50
FOLDERS = (
    "own/certs",
    "own/private",
    "trusted/certs",
    "trusted/crl",
    "issuers/certs",
    "issuers/crl",
    "rejected",
)
CERTIFICATE_ENDINGS = (".der", ".crt", ".cer", ".pem")


@dataclass(frozen=True, slots=True)
class CertificateEntry:
    """A certificate in one of the folders."""

    place: str
    """``own``, ``trusted``, ``issuers`` or ``rejected``."""
    file: Path
    certificate: x509.Certificate

    @property
    def thumbprint(self) -> str:
        """SHA-256 in hexadecimal."""
        return thumbprint(der_of(self.certificate))

    @property
    def name(self) -> str:
        """The common name."""
        return common_name(self.certificate)

    @property
    def uri(self) -> str:
        """The application URI, or an empty text."""
        return next(iter(application_uris(self.certificate)), "")


class Pki:
    """A folder of certificates and the content that was last read. Raises ``ConfigError`` if it cannot be used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            for name in FOLDERS:
                (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / "own/private").chmod(0o700)
        except OSError as error:
            raise ConfigError(f"cannot be used for certificates: {error.strerror}", file=folder) from None
        self._seen: tuple[tuple[str, int, int], ...] = ()
        self.unreadable: list[Path] = []
        """Files of the trusted and issuers folders that are neither certificates nor revocation lists."""
        self.trust = TrustList()
        self.reload()

    @property
    def certificate_file(self) -> Path:
        """The gateway's own certificate, for clients to trust."""
        return self.folder / "own/certs/cellkit.der"

    @property
    def key_file(self) -> Path:
        """The gateway's private key."""
        return self.folder / "own/private/cellkit.pem"

    def own_certificate(self, name: str, uri: str, host: str) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
        """Return the gateway's certificate and key, and make them if both are missing. Raises ``ConfigError``."""
        if not self.key_file.exists() and not self.certificate_file.exists():
            self._make_own(name, uri, host)
        mode = self.key_file.stat().st_mode if self.key_file.exists() else 0o600
        if mode & 0o077:
            raise ConfigError(
                f"other users can read the private key; chmod 600 {self.key_file} or, better, make a new one",
                file=self.key_file,
            )
        try:
            key = serialization.load_pem_private_key(self.key_file.read_bytes(), password=None)
        except (OSError, ValueError, TypeError):
            raise ConfigError("is not a private key (PEM, without a password)", file=self.key_file) from None
        try:
            certificate = x509.load_der_x509_certificate(self.certificate_file.read_bytes())
        except (OSError, ValueError):
            raise ConfigError("is not a certificate (DER)", file=self.certificate_file) from None
        if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
            raise ConfigError(f"does not belong to the key {self.key_file}", file=self.certificate_file)
        if application_uris(certificate) != [uri]:
            raise ConfigError(
                f"is for {', '.join(application_uris(certificate)) or 'no application'}, not for {uri}; "
                f"remove it and {self.key_file}: the next start makes new ones, which clients must trust again",
                file=self.certificate_file,
            )
        if certificate.not_valid_after_utc <= datetime.now(UTC):
            raise ConfigError(
                f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}; remove it and {self.key_file}: "
                f"the next start makes new ones, which clients must trust again",
                file=self.certificate_file,
            )
        return certificate, key

    def _make_own(self, name: str, uri: str, host: str) -> None:
        key = rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS)
        hosts = [socket.gethostname(), "localhost", "127.0.0.1"]
        if host not in {"0.0.0.0", "::"}:  # noqa: S104 - only compared, not bound
            hosts.insert(0, host)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(self.key_file, pem)
        self.certificate_file.write_bytes(der_of(make_certificate(key, name, uri, hosts)))

    def expiry_warning(self) -> str | None:
        """Return a warning from ``WARN_DAYS`` (30) days before the own certificate expires, else None."""
        if not self.certificate_file.exists():
            return None
        ends = x509.load_der_x509_certificate(self.certificate_file.read_bytes()).not_valid_after_utc
        if ends - datetime.now(UTC) > timedelta(days=WARN_DAYS):
            return None
        return f"the gateway's own certificate {self.certificate_file} ends on {ends:%Y-%m-%d}"

    def reload(self) -> bool:
        """Read the folders again if they changed; return whether they had changed."""
        seen = tuple(
            sorted(
                (str(file), file.stat().st_mtime_ns, file.stat().st_size)
                for place in ("trusted", "issuers")
                for file in (self.folder / place).glob("*/*")
                if file.is_file()
            )
        )
        if seen == self._seen:
            return False
        self._seen = seen
        self.unreadable = []
        self.trust = TrustList(
            trusted=tuple(entry.certificate for entry in self._read("trusted")),
            issuers=tuple(entry.certificate for entry in self._read("issuers")),
            revocations=self._revocations(),
        )
        return True

    def entries(self) -> list[CertificateEntry]:
        """Return every certificate in every folder."""
        return [entry for place in ("own", "trusted", "issuers", "rejected") for entry in self._read(place)]

    def _read(self, place: str) -> list[CertificateEntry]:
        folder = self.folder / place
        entries = []
        for file in sorted((folder if place == "rejected" else folder / "certs").iterdir()):
            if file.suffix.lower() not in CERTIFICATE_ENDINGS:
                continue
            try:
                entries.append(CertificateEntry(place, file, read_certificate(file)))
            except ConfigError:
                self.unreadable.append(file)
        return entries

    def _revocations(self) -> tuple[x509.CertificateRevocationList, ...]:
        revocations = []
        for place in ("trusted", "issuers"):
            for file in sorted((self.folder / place / "crl").iterdir()):
                data = file.read_bytes()
                try:
                    pem = data.lstrip().startswith(b"-----")
                    revocations.append(x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data))
                except ValueError:
                    self.unreadable.append(file)
        return tuple(revocations)

    def find(self, prefix: str, *places: str) -> CertificateEntry:
        """Find a certificate in these folders by the beginning of its thumbprint. Raises ``ConfigError``."""
        digits = prefix.lower().replace(":", "")
        found = [entry for entry in self.entries() if entry.place in places and entry.thumbprint.startswith(digits)]
        where = " or ".join(places)
        if len(digits) < 4 or not re.fullmatch("[0-9a-f]+", digits):
            raise ConfigError(f"{prefix!r} is neither a file nor the beginning (4 digits or more) of a thumbprint")
        if not found:
            raise ConfigError(f"no certificate in {where} has a thumbprint that begins with {prefix}", file=self.folder)
        if len({entry.thumbprint for entry in found}) > 1:
            raise ConfigError(f"{len(found)} certificates in {where} begin with {prefix}; give more digits")
        return found[0]

    def trust_certificate(self, certificate: x509.Certificate) -> Path:
        """Trust a client, or an issuer and its certificates; return the file in which the certificate is stored."""
        file = self.folder / "trusted/certs" / file_name(certificate)
        _write_whole(file, der_of(certificate))
        for entry in self._read("rejected"):
            if entry.certificate == certificate:
                entry.file.unlink(missing_ok=True)
        return file

    def untrust(self, certificate: x509.Certificate) -> None:
        """Move a certificate from ``trusted`` to ``rejected``."""
        for entry in self._read("trusted"):
            if entry.certificate == certificate:
                entry.file.unlink(missing_ok=True)
        self.keep_rejected(der_of(certificate))

    def keep_rejected(self, der: bytes) -> None:
        """Store a refused client's certificate; only the newest ``REJECTED_KEPT`` certificates are kept."""
        try:
            certificate = x509.load_der_x509_certificate(der)
        except ValueError:
            return
        folder = self.folder / "rejected"
        _write_whole(folder / file_name(certificate), der)
        files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns, reverse=True)
        for old in files[REJECTED_KEPT:]:
            old.unlink(missing_ok=True)


def file_name(certificate: x509.Certificate) -> str:
    """Return a file name from the common name (letters, digits, ``_`` and ``-`` only) and the thumbprint."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", common_name(certificate))[:40]
    return f"{plain} [{thumbprint(der_of(certificate))[:40]}].der"


MAX_CERTIFICATE = 1_000_000
"""Largest file of a certificate, in bytes."""


def read_certificate(file: Path) -> x509.Certificate:
    """Read one certificate, PEM or DER. Raises ``ConfigError``."""
    data = read_input(file, MAX_CERTIFICATE, "a certificate")
    try:
        if data.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(split_chain(data)[0])
    except (ValueError, CertificateRefused):
        raise ConfigError("is not a certificate (DER or PEM)", file=file) from None


def _write_whole(file: Path, data: bytes) -> None:
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(data)
        partial.replace(file)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", file=file) from None
