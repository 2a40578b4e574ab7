"""The secure channel: the client's certificate is checked when the channel opens, before any session."""

from __future__ import annotations

import logging
import time
from typing import Any

from asyncua import ua
from asyncua.crypto import security_policies
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.access.audit import AuditFailed, AuditLog
from cellkit.access.settings import state_folder
from cellkit.errors import ConfigError
from cellkit.opcua.security.certificates import CertificateFlaw, CertificateRefused, split_chain, thumbprint
from cellkit.opcua.security.pki import Pki

log = logging.getLogger(__name__)

REPORTS_PER_MINUTE = 30
"""Refused certificates that are logged and stored in one minute at most."""
REMEMBERED = 1000
"""Thumbprints of reported certificates that are remembered at most."""

POLICY_TYPES = {
    "Basic256Sha256": ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    "Aes128_Sha256_RsaOaep": ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
    "Aes256_Sha256_RsaPss": ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
}


class ClientCertificateValidator:
    """Validates clients' certificates, stores the refused ones and logs how to trust them."""

    def __init__(self, pki: Pki, audit: AuditLog | None) -> None:
        self._pki = pki
        self._audit = audit
        self._reported: set[str] = set()
        self._minute = time.monotonic()
        self._reported_this_minute = 0

    def validate(self, sent: bytes | None) -> bytes:
        """Return the client's own certificate from the chain it sent. Raises ``UaStatusCodeError``."""
        try:
            chain = split_chain(sent)
            self._pki.trust.validate(chain)
        except CertificateRefused as refused:
            self._refuse(refused)
            # The exact reason is logged here; an untrusted client must not learn it.
            raise UaStatusCodeError(ua.StatusCodes.BadSecurityChecksFailed) from None
        return chain[0]

    def trusts(self, der: bytes) -> bool:
        """Return whether a channel with this certificate may stay open."""
        try:
            self._pki.trust.validate([der])
        except CertificateRefused:
            return False
        return True

    def _refuse(self, refused: CertificateRefused) -> None:
        mark = thumbprint(refused.der) if refused.der else "none"
        if mark in self._reported or not self._may_report():
            return
        self._reported.add(mark)
        advice = (
            f"; to let it in: {self._command(mark)}"
            if refused.der and refused.flaw in (CertificateFlaw.UNTRUSTED, CertificateFlaw.INCOMPLETE)
            else ""
        )
        log.warning("a client's certificate %s was refused: %s%s", mark[:12], refused.reason, advice)
        try:
            if refused.der:
                self._pki.keep_rejected(refused.der)
            if self._audit is not None:
                self._audit.record("certificate refused", thumbprint=mark, result=refused.flaw.value)
        except (ConfigError, OSError, AuditFailed) as failed:
            log.error("%s", failed)  # noqa: TRY400 - one line, no traceback

    def _command(self, mark: str) -> str:
        """Return the command line that trusts a certificate."""
        state = self._pki.folder.parent
        where = "" if state == state_folder() else f" --state {state}"
        return f"cellkit certs trust {mark[:12]}{where}"

    def _may_report(self) -> bool:
        """Return whether a refusal may be reported now.

        The rate is limited, because a client with a new certificate each time must not fill the disk.
        """
        now = time.monotonic()
        if now - self._minute > 60.0:
            self._minute, self._reported_this_minute = now, 0
        self._reported_this_minute += 1
        if len(self._reported) >= REMEMBERED:
            self._reported.clear()
        return self._reported_this_minute <= REPORTS_PER_MINUTE

    def clear_reported(self) -> None:
        """Report refused certificates again, after the folders changed."""
        self._reported.clear()


class TrustedPolicyFactory(security_policies.SecurityPolicyFactory):
    """Makes the cryptography of a channel only for certificates that the validator accepts."""

    def __init__(
        self, validator: ClientCertificateValidator, policy_type: ua.SecurityPolicyType, certificate: Any, key: Any
    ) -> None:
        policy, mode, _ = security_policies.SECURITY_POLICY_TYPE_MAP[policy_type]
        super().__init__(policy, mode, certificate, key)
        self._validator = validator

    def create(self, peer_certificate: bytes | None) -> Any:
        """Make the security policy of a channel. Raises ``UaStatusCodeError`` for a refused certificate."""
        return super().create(self._validator.validate(peer_certificate))
