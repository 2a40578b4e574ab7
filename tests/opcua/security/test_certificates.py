"""Whom the trust list lets in, certificate by certificate; no server is needed for that."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from asyncua import ua
from asyncua.ua.uaerrors import UaStatusCodeError
from authority import Authority, issue, name_of, self_signed, usage
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st
from secure_rig import SERVER_URI, Card, card, server_card

from cellkit.access.audit import AuditLog
from cellkit.errors import ConfigError
from cellkit.opcua.security import channel
from cellkit.opcua.security import pki as pki_module
from cellkit.opcua.security.certificates import CertificateFlaw, CertificateRefused, TrustList, split_chain, thumbprint
from cellkit.opcua.security.pki import Pki, file_name


def verdict(trust: TrustList, *chain: Card | Authority) -> CertificateFlaw | None:
    """Why the first certificate is refused, or None."""
    try:
        trust.validate([each.certificate.public_bytes(serialization.Encoding.DER) for each in chain])
    except CertificateRefused as refused:
        return refused.flaw
    return None


def pinned(*cards: Card, **more: tuple[x509.CertificateRevocationList, ...]) -> TrustList:
    return TrustList(trusted=tuple(each.certificate for each in cards), **more)


def test_a_pinned_certificate_is_let_in() -> None:
    assert verdict(pinned(card()), card()) is None


def test_one_with_the_same_name_and_address_is_not() -> None:
    assert verdict(pinned(card()), card("stranger")) == CertificateFlaw.UNTRUSTED


def test_it_does_not_help_to_send_a_trusted_one_along() -> None:
    assert verdict(pinned(card()), card("stranger"), card()) == CertificateFlaw.UNTRUSTED


@pytest.mark.parametrize(
    ("made", "flaw"),
    [
        (lambda: self_signed("old", begins=timedelta(days=-9), ends=timedelta(days=-1)), CertificateFlaw.TIME),
        (lambda: self_signed("early", begins=timedelta(days=1)), CertificateFlaw.TIME),
        (lambda: self_signed("nameless", uris=()), CertificateFlaw.URI),
        (lambda: self_signed("two names", uris=("urn:a", "urn:b")), CertificateFlaw.URI),
        (lambda: self_signed("signs only", key_usage=usage(key_encipherment=False)), CertificateFlaw.USE),
        (lambda: self_signed("cannot sign", key_usage=usage(digital_signature=False)), CertificateFlaw.USE),
        (lambda: self_signed("serves only", extended=(ExtendedKeyUsageOID.SERVER_AUTH,)), CertificateFlaw.USE),
        (
            lambda: self_signed("short", own=rsa.generate_private_key(public_exponent=65_537, key_size=1024)),
            CertificateFlaw.POLICY,
        ),
    ],
)
def test_even_a_pinned_one_must_be_sound(made: object, flaw: CertificateFlaw) -> None:
    one = made()  # type: ignore[operator]
    assert verdict(pinned(one), one) == flaw


class TestAuthorities:
    ca = Authority.make()

    def trust(self, *lists: x509.CertificateRevocationList, pinned: tuple[Card, ...] = ()) -> TrustList:
        return TrustList((self.ca.certificate, *(each.certificate for each in pinned)), (), lists)

    def test_what_a_trusted_one_issued_is_let_in(self) -> None:
        assert verdict(self.trust(self.ca.revoke()), self.ca.issue()) is None

    def test_not_without_a_revocation_list(self) -> None:
        assert verdict(self.trust(), self.ca.issue()) == CertificateFlaw.REVOCATION_UNKNOWN

    def test_not_when_revoked(self) -> None:
        client = self.ca.issue()
        assert verdict(self.trust(self.ca.revoke(client)), client) == CertificateFlaw.REVOKED

    def test_not_even_pinned_when_revoked(self) -> None:
        client = self.ca.issue()
        assert verdict(self.trust(self.ca.revoke(client), pinned=(client,)), client) == CertificateFlaw.REVOKED

    def test_anothers_list_revokes_nothing_of_ours(self) -> None:
        other, client = Authority.make("other"), self.ca.issue()
        same_serial = other.issue("theirs", serial=client.certificate.serial_number)
        assert verdict(self.trust(self.ca.revoke(), other.revoke(same_serial)), client) is None

    def test_a_forged_list_counts_for_nothing(self) -> None:
        client, forger = self.ca.issue(), card("forger")
        empty = self.ca.revoke(signed_by=forger.key)
        assert verdict(self.trust(empty), client) == CertificateFlaw.REVOCATION_UNKNOWN
        assert verdict(self.trust(empty, self.ca.revoke(client)), client) == CertificateFlaw.REVOKED

    def test_a_known_issuer_is_not_a_trusted_one(self) -> None:
        trust = TrustList((), (self.ca.certificate,), (self.ca.revoke(),))
        assert verdict(trust, self.ca.issue()) == CertificateFlaw.UNTRUSTED

    def test_the_chain_goes_up_over_known_issuers(self) -> None:
        middle = Authority.make("middle", self.ca)
        lists = (self.ca.revoke(), middle.revoke())
        client = middle.issue()
        assert verdict(TrustList((self.ca.certificate,), (middle.certificate,), lists), client) is None
        assert verdict(TrustList((self.ca.certificate,), (), lists), client) == CertificateFlaw.UNTRUSTED
        # One that the client brought along itself is not known.
        assert verdict(TrustList((self.ca.certificate,), (), lists), client, middle) == CertificateFlaw.UNTRUSTED

    def test_a_revoked_issuer_takes_its_clients_with_it(self) -> None:
        middle = Authority.make("fallen", self.ca)
        lists = (self.ca.revoke(Card(middle.certificate, middle.key)), middle.revoke())
        trust = TrustList((self.ca.certificate,), (middle.certificate,), lists)
        assert verdict(trust, middle.issue()) == CertificateFlaw.ISSUER_REVOKED

    def test_a_chain_without_its_root_is_incomplete(self) -> None:
        middle = Authority.make("orphan", self.ca)
        trust = TrustList((middle.certificate,), (), (middle.revoke(),))
        assert verdict(trust, middle.issue()) == CertificateFlaw.INCOMPLETE

    def test_a_client_is_no_authority(self) -> None:
        plain = Authority.make("plain", ca=False)
        trust = TrustList((plain.certificate,), (), (plain.revoke(),))
        assert verdict(trust, plain.issue()) == CertificateFlaw.UNTRUSTED

    def test_the_name_of_an_authority_is_not_enough(self) -> None:
        forged = issue("forged", self.ca.certificate.subject, card("forger").key)
        assert verdict(self.trust(self.ca.revoke()), forged) == CertificateFlaw.UNTRUSTED

    def test_pretending_to_be_self_signed_is_not_either(self) -> None:
        imitation = issue("authority", name_of("authority"), card("forger").key)
        assert verdict(self.trust(self.ca.revoke()), imitation) == CertificateFlaw.UNTRUSTED


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_anything_else_than_a_certificate_is_refused(data: bytes) -> None:
    for sent in (data, card().der[:-1] + data, b"\x30\x82" + data):
        try:
            chain = split_chain(sent)
            TrustList().validate(chain)
        except CertificateRefused:
            continue
        pytest.fail("it was let in")


def test_a_chain_is_cut_into_certificates() -> None:
    assert split_chain(card().der + server_card().der) == [card().der, server_card().der]
    with pytest.raises(CertificateRefused):
        split_chain(card().der * 6)


class TestFolder:
    def test_the_first_start_makes_a_key_that_only_its_owner_reads(self, tmp_path: Path) -> None:
        pki = Pki(tmp_path / "pki")
        certificate, key = pki.own_certificate("gateway", SERVER_URI, "192.0.2.7")
        assert pki.key_file.stat().st_mode & 0o777 == 0o600
        assert key.key_size == 3072
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.UniformResourceIdentifier) == [SERVER_URI]
        assert "192.0.2.7" in map(str, names.get_values_for_type(x509.IPAddress))
        again, _ = pki.own_certificate("gateway", SERVER_URI, "192.0.2.7")
        assert again == certificate

    def _own(self, folder: Path) -> Pki:
        pki = Pki(folder)
        pki.certificate_file.write_bytes(server_card().der)
        pki.key_file.write_bytes(server_card().pem_key)
        pki.key_file.chmod(0o600)
        return pki

    def test_a_key_that_others_read_is_refused(self, tmp_path: Path) -> None:
        pki = self._own(tmp_path)
        pki.key_file.chmod(0o640)
        with pytest.raises(ConfigError, match=f"chmod 600 .*{pki.key_file.name}"):
            pki.own_certificate("gateway", SERVER_URI, "127.0.0.1")

    def test_a_certificate_for_another_name_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="not for urn:else"):
            self._own(tmp_path).own_certificate("gateway", "urn:else", "127.0.0.1")

    def test_a_certificate_of_another_key_is_refused(self, tmp_path: Path) -> None:
        pki = self._own(tmp_path)
        pki.key_file.write_bytes(card().pem_key)
        with pytest.raises(ConfigError, match="does not belong to the key"):
            pki.own_certificate("gateway", SERVER_URI, "127.0.0.1")

    def test_it_warns_before_it_expires(self, tmp_path: Path) -> None:
        pki = self._own(tmp_path)
        assert pki.expiry_warning() is None
        pki.certificate_file.write_bytes(card("soon", days=29).der)
        assert "ends on" in str(pki.expiry_warning())

    def test_trust_and_reject_take_effect(self, tmp_path: Path) -> None:
        pki = Pki(tmp_path)
        pki.keep_rejected(card().der)
        entry = pki.find(thumbprint(card().der)[:8], "rejected")
        pki.trust_certificate(entry.certificate)
        assert pki.reload()
        assert not pki.reload(), "nothing changed"
        assert verdict(pki.trust, card()) is None
        assert [each.place for each in pki.entries()] == ["trusted"]
        pki.untrust(entry.certificate)
        assert pki.reload()
        assert verdict(pki.trust, card()) == CertificateFlaw.UNTRUSTED
        assert [each.place for each in pki.entries()] == ["rejected"]

    def test_only_the_newest_rejected_ones_are_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pki_module, "REJECTED_KEPT", 3)
        pki = Pki(tmp_path)
        for number in range(6):
            pki.keep_rejected(self_signed(f"c{number}", own=card().key).der)
        kept = [entry.name for entry in pki.entries()]
        assert len(kept) == 3
        assert "c5" in kept

    def test_a_name_stays_inside_the_folder(self) -> None:
        assert "/" not in file_name(self_signed("../../etc/passwd", own=card().key).certificate)
        assert file_name(self_signed("../x", own=card().key).certificate)[0] not in "./"

    def test_a_broken_file_is_named_and_changes_nothing(self, tmp_path: Path) -> None:
        pki = Pki(tmp_path)
        pki.trust_certificate(card().certificate)
        broken = tmp_path / "trusted/certs/broken.der"
        broken.write_bytes(b"not a certificate")
        (tmp_path / "trusted/crl/broken.crl").write_bytes(b"nor a list")
        pki.reload()
        assert verdict(pki.trust, card()) is None
        assert broken in pki.unreadable
        assert len(pki.unreadable) == 2


def test_strangers_do_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel, "REPORTS_PER_MINUTE", 3)
    pki, audit = Pki(tmp_path / "pki"), AuditLog(tmp_path / "audit.jsonl")
    validator = channel.ClientCertificateValidator(pki, audit)
    for number in range(10):
        stranger = self_signed(f"stranger {number}", own=card().key).der
        for _ in range(3):
            with pytest.raises(UaStatusCodeError) as refused:
                validator.validate(stranger)
            assert refused.value.code == ua.StatusCodes.BadSecurityChecksFailed, "why is not told to a stranger"
    assert len(audit.file.read_text().splitlines()) == 3
    assert len(pki.entries()) == 3
