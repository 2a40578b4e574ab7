"""A certificate authority for the tests, honest or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from secure_rig import CLIENT_URI, Card, key

NOW = datetime.now(UTC)


def name_of(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage(**changes: bool) -> x509.KeyUsage:
    bits = {
        "digital_signature": True,
        "content_commitment": True,
        "key_encipherment": True,
        "data_encipherment": True,
        "key_agreement": False,
        "key_cert_sign": False,
        "crl_sign": False,
        "encipher_only": False,
        "decipher_only": False,
    }
    return x509.KeyUsage(**(bits | changes))


@dataclass
class Authority:
    """Issues certificates and revocation lists."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @classmethod
    def make(cls, name: str = "authority", above: Authority | None = None, *, ca: bool = True) -> Authority:
        own = key(hash(("authority", name)))
        builder = (
            x509.CertificateBuilder()
            .subject_name(name_of(name))
            .issuer_name(above.certificate.subject if above else name_of(name))
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=1))
            .not_valid_after(NOW + timedelta(days=100))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(usage(key_cert_sign=ca, crl_sign=ca), critical=True)
        )
        return cls(builder.sign(above.key if above else own, hashes.SHA256()), own)

    def issue(self, name: str = "client", **how: Any) -> Card:
        return issue(name, self.certificate.subject, self.key, **how)

    def revoke(self, *cards: Card, signed_by: rsa.RSAPrivateKey | None = None) -> x509.CertificateRevocationList:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(NOW - timedelta(hours=1))
            .next_update(NOW + timedelta(days=30))
        )
        for card in cards:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(card.certificate.serial_number)
                .revocation_date(NOW)
                .build()
            )
        return builder.sign(signed_by or self.key, hashes.SHA256())


def issue(
    name: str,
    issuer: x509.Name,
    issuer_key: rsa.RSAPrivateKey | None = None,
    *,
    uris: tuple[str, ...] = (CLIENT_URI,),
    begins: timedelta = timedelta(days=-1),
    ends: timedelta = timedelta(days=30),
    key_usage: x509.KeyUsage | None = None,
    extended: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.CLIENT_AUTH,),
    serial: int | None = None,
    own: rsa.RSAPrivateKey | None = None,
) -> Card:
    """A client's certificate; without ``issuer_key`` it signs itself."""
    own = own or key(hash(("issued", name)))
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(name))
        .issuer_name(issuer)
        .public_key(own.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + ends)
        .add_extension(usage() if key_usage is None else key_usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage(list(extended)), critical=False)
    )
    if uris:
        names = [x509.UniformResourceIdentifier(uri) for uri in uris]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Card(builder.sign(issuer_key or own, hashes.SHA256()), own)


def self_signed(name: str = "lonely", **how: Any) -> Card:
    return issue(name, name_of(name), None, **how)
