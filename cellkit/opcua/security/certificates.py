"""X.509 certificates of OPC UA applications: making one's own and validating those of others."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

KEY_BITS = 3072
VALID_DAYS = 5 * 365
WARN_DAYS = 30
CHAIN_LENGTH = 5
GOOD_HASHES = ("sha256", "sha384", "sha512")


class CertificateFlaw(Enum):
    """The reason why a certificate is refused, as the name of an OPC UA status code."""

    INVALID = "BadCertificateInvalid"
    POLICY = "BadCertificatePolicyCheckFailed"
    TIME = "BadCertificateTimeInvalid"
    ISSUER_TIME = "BadCertificateIssuerTimeInvalid"
    URI = "BadCertificateUriInvalid"
    USE = "BadCertificateUseNotAllowed"
    UNTRUSTED = "BadCertificateUntrusted"
    INCOMPLETE = "BadCertificateChainIncomplete"
    REVOKED = "BadCertificateRevoked"
    ISSUER_REVOKED = "BadCertificateIssuerRevoked"
    REVOCATION_UNKNOWN = "BadCertificateRevocationUnknown"


class CertificateRefused(Exception):
    """A certificate failed validation; ``flaw`` and ``reason`` state why, ``der`` is the certificate."""

    def __init__(self, flaw: CertificateFlaw, reason: str, der: bytes = b"") -> None:
        super().__init__(reason)
        self.flaw = flaw
        self.reason = reason
        self.der = der


def thumbprint(der: bytes) -> str:
    """Return the SHA-256 of a certificate, in hexadecimal."""
    return hashlib.sha256(der).hexdigest()


def der_of(certificate: x509.Certificate) -> bytes:
    """Return the certificate in DER."""
    return certificate.public_bytes(Encoding.DER)


def split_chain(data: bytes | None) -> list[bytes]:
    """Split a chain of certificates, the sender's own first. Raises ``CertificateRefused``."""
    certificates: list[bytes] = []
    rest = data or b""
    while rest:
        if len(rest) < 4 or rest[0] != 0x30 or rest[1] != 0x82:  # length in two bytes: 256 bytes to 64 KiB
            raise CertificateRefused(CertificateFlaw.INVALID, "the sent data is not a certificate")
        size = 4 + int.from_bytes(rest[2:4], "big")
        if size > len(rest) or len(certificates) == CHAIN_LENGTH:
            raise CertificateRefused(CertificateFlaw.INVALID, "the chain of certificates is cut off or too long")
        certificates.append(rest[:size])
        rest = rest[size:]
    if not certificates:
        raise CertificateRefused(CertificateFlaw.INVALID, "no certificate was sent")
    return certificates


def parse_certificate(der: bytes) -> x509.Certificate:
    """Parse a certificate in DER. Raises ``CertificateRefused``."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.extensions
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise CertificateRefused(CertificateFlaw.INVALID, f"it is not a certificate: {error}", der) from None
    return certificate


def application_uris(certificate: x509.Certificate) -> list[str]:
    """Return the URIs among the subject alternative names."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)


def common_name(certificate: x509.Certificate) -> str:
    """Return the common name, or "unnamed"."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else "unnamed"


def make_certificate(
    key: rsa.RSAPrivateKey, name: str, uri: str, hosts: Iterable[str], days: int = VALID_DAYS
) -> x509.Certificate:
    """Make a self-signed certificate, valid for ``days``, of an application that is a server and a client."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    alternatives: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri)]
    for host in dict.fromkeys(hosts):
        try:
            alternatives.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            alternatives.append(x509.DNSName(host))
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=True,
                data_encipherment=True,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


@dataclass(frozen=True, slots=True)
class TrustList:
    """The trusted certificates, and the issuers and revocation lists for validating other certificates."""

    trusted: tuple[x509.Certificate, ...] = ()
    issuers: tuple[x509.Certificate, ...] = ()
    """Known issuers; a certificate of theirs is trusted only if they, or an issuer above them, are in ``trusted``."""
    revocations: tuple[x509.CertificateRevocationList, ...] = ()

    def validate(self, chain: list[bytes], now: datetime | None = None) -> x509.Certificate:
        """Return the application's certificate if it is valid now and trusted. Raises ``CertificateRefused``.

        Issuers that the client sent are ignored; only those in the folders ``trusted`` and ``issuers`` count.
        """
        now = now or datetime.now(UTC)
        try:
            certificate = parse_certificate(chain[0])
            check_application(certificate, now)
            self._check_trust(certificate, now)
        except CertificateRefused as refused:
            raise CertificateRefused(refused.flaw, refused.reason, chain[0]) from None
        return certificate

    def _check_trust(self, certificate: x509.Certificate, now: datetime) -> None:
        pinned = certificate in self.trusted
        links = self._links(certificate)
        for place, (child, issuer) in enumerate(links):
            if not _valid_at(issuer, now):
                raise CertificateRefused(CertificateFlaw.ISSUER_TIME, f"its issuer {common_name(issuer)} has expired")
            lists = [crl for crl in self.revocations if _signed_list(crl, issuer)]
            if any(crl.get_revoked_certificate_by_serial_number(child.serial_number) is not None for crl in lists):
                raise CertificateRefused(
                    CertificateFlaw.ISSUER_REVOKED if place else CertificateFlaw.REVOKED,
                    f"{common_name(child)} was revoked",
                )
            if not lists and not pinned:
                raise CertificateRefused(
                    CertificateFlaw.REVOCATION_UNKNOWN,
                    f"no revocation list (crl) of its issuer {common_name(issuer)} exists",
                )
        if pinned:
            return
        issuers = [issuer for _, issuer in links]
        if not any(issuer in self.trusted for issuer in issuers):
            raise CertificateRefused(CertificateFlaw.UNTRUSTED, "it is not trusted here")
        if not _self_issued(issuers[-1]):
            raise CertificateRefused(
                CertificateFlaw.INCOMPLETE, f"the issuer of {common_name(issuers[-1])} is not known"
            )

    def _links(self, certificate: x509.Certificate) -> list[tuple[x509.Certificate, x509.Certificate]]:
        """Return pairs of a certificate and its issuer, upwards as far as the issuers are known."""
        links: list[tuple[x509.Certificate, x509.Certificate]] = []
        child = certificate
        while not _self_issued(child) and len(links) < CHAIN_LENGTH:
            issuer = next((known for known in (*self.trusted, *self.issuers) if _issued(child, known)), None)
            if issuer is None:
                break
            links.append((child, issuer))
            child = issuer
        return links


def check_application(certificate: x509.Certificate, now: datetime) -> None:
    """Check a client's certificate, not its trust: key, hash, validity, usage, URI. Raises ``CertificateRefused``."""
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or not 2048 <= key.key_size <= 4096:
        raise CertificateRefused(CertificateFlaw.POLICY, "its key is not RSA of 2048 to 4096 bits")
    check_signature_hash(certificate)
    if not _valid_at(certificate, now):
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        raise CertificateRefused(CertificateFlaw.TIME, f"it is valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        raise CertificateRefused(CertificateFlaw.USE, "it does not state its key usage") from None
    if not (usage.digital_signature and usage.key_encipherment and usage.data_encipherment):
        raise CertificateRefused(CertificateFlaw.USE, "its key usage lacks digital signature, key or data encipherment")
    try:
        extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        extended = None
    if extended is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in extended:
        raise CertificateRefused(CertificateFlaw.USE, "its extended key usage lacks client authentication")
    if len(application_uris(certificate)) != 1:
        raise CertificateRefused(CertificateFlaw.URI, "it does not name exactly one application URI")


def check_signature_hash(certificate: x509.Certificate) -> None:
    """Check that the certificate is signed with SHA-2. Raises ``CertificateRefused``."""
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    if algorithm is None or algorithm.name not in GOOD_HASHES:
        raise CertificateRefused(CertificateFlaw.POLICY, "it is not signed with SHA-256 or better")


def _valid_at(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _self_issued(certificate: x509.Certificate) -> bool:
    return certificate.subject == certificate.issuer


def _issued(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether the issuer signed the child and may sign certificates."""
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        if not constraints.ca or not usage.key_cert_sign:
            return False
        check_signature_hash(child)
        child.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound, CertificateRefused):
        return False
    return True


def _signed_list(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Return whether the revocation list has the issuer's name and a valid signature."""
    if crl.issuer != issuer.subject:
        return False
    try:
        return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (TypeError, UnsupportedAlgorithm):
        return False
