"""Certificates of clients, good and bad, as files that any client reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.opcua.gateway_rig import CLIENT_URI

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Card:
    """A certificate with its key, in two files of a folder."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    folder: Path

    @property
    def files(self) -> dict[str, str]:
        """Return the files that a client needs."""
        name = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        certificate, key = self.folder / f"{name}.der", self.folder / f"{name}.pem"
        certificate.write_bytes(self.certificate.public_bytes(Encoding.DER))
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return {"certificate": str(certificate), "key": str(key)}

    def revocations(self, *cards: Card) -> bytes:
        """An authority's list of what it takes back."""
        now = datetime.now(UTC)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        builder = builder.last_update(now - DAY).next_update(now + 30 * DAY)
        for card in cards:
            revoked = x509.RevokedCertificateBuilder().serial_number(card.certificate.serial_number)
            builder = builder.add_revoked_certificate(revoked.revocation_date(now - DAY).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def make_card(
    folder: Path,
    name: str,
    issuer: Card | None = None,
    *,
    uri: str = CLIENT_URI,
    authority: bool = False,
    from_day: int = -2,
    to_day: int = 30,
) -> Card:
    """A certificate that is valid between two days from now; without ``issuer`` it signs itself."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=authority or issuer is None,  # node-opcua asks it of what signs itself
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    names = [x509.UniformResourceIdentifier(uri), x509.DNSName("localhost")]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + from_day * DAY)
        .not_valid_after(now + to_day * DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )
    return Card(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key, folder)


@dataclass(frozen=True)
class Cards:
    """All credentials, good and bad, that a client can present to the gateway."""

    trusted: Card
    issued: Card
    """By an authority that is trusted."""
    tools: Card
    """Trusted, with the application URI of asyncua's command line tools, which accept no other URI."""
    untrusted: Card
    expired: Card
    """Trusted all the same, as is the one of tomorrow."""
    tomorrow: Card
    revoked: Card
    """By the authority that is trusted."""
    known: Card
    """By an authority that is known, and not trusted."""


def make_cards(folder: Path, pki: Path) -> Cards:
    """Make them, and let the gateway's folder trust whom it should."""
    authority = make_card(folder, "authority", authority=True)
    other = make_card(folder, "known authority", authority=True)
    cards = Cards(
        trusted=make_card(folder, "trusted"),
        issued=make_card(folder, "issued", authority),
        tools=make_card(folder, "tools", uri="urn:example.org:FreeOpcUa:opcua-asyncio"),
        untrusted=make_card(folder, "untrusted"),
        expired=make_card(folder, "expired", from_day=-30, to_day=-1),
        tomorrow=make_card(folder, "tomorrow", from_day=1),
        revoked=make_card(folder, "revoked", authority),
        known=make_card(folder, "known", other),
    )
    for number, card in enumerate((authority, cards.trusted, cards.tools, cards.expired, cards.tomorrow)):
        (pki / f"trusted/certs/{number}.der").write_bytes(card.certificate.public_bytes(Encoding.DER))
    (pki / "trusted/crl/authority.crl").write_bytes(authority.revocations(cards.revoked))
    (pki / "issuers/certs/other.der").write_bytes(other.certificate.public_bytes(Encoding.DER))
    (pki / "issuers/crl/other.crl").write_bytes(other.revocations())
    return cards
