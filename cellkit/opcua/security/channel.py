"""The secure channel: who may open one is decided when it opens, before any session."""

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
from cellkit.opcua.security.certificates import CertificateRefused, Flaw, split_chain, thumbprint
from cellkit.opcua.security.pki import Pki

log = logging.getLogger(__name__)

TOLD_A_MINUTE = 30
REMEMBERED = 1000

POLICY_TYPES = {
    "Basic256Sha256": ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    "Aes128_Sha256_RsaOaep": ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
    "Aes256_Sha256_RsaPss": ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
}


class Gatekeeper:
    """Judges clients' certificates, keeps the refused ones and says what to do about them."""

    def __init__(self, pki: Pki, audit: AuditLog | None) -> None:
        self._pki = pki
        self._audit = audit
        self._told: set[str] = set()
        self._minute = time.monotonic()
        self._told_now = 0

    def judge(self, sent: bytes | None) -> bytes:
        """The client's own certificate out of what it sent. Raises ``UaStatusCodeError``."""
        try:
            chain = split_chain(sent)
            self._pki.trust.judge(chain)
        except CertificateRefused as refused:
            self._refuse(refused)
            # Which of the reasons it was is for our log, not for a stranger.
            raise UaStatusCodeError(ua.StatusCodes.BadSecurityChecksFailed) from None
        return chain[0]

    def trusts(self, der: bytes) -> bool:
        """Whether a channel of this certificate may go on."""
        try:
            self._pki.trust.judge([der])
        except CertificateRefused:
            return False
        return True

    def _refuse(self, refused: CertificateRefused) -> None:
        mark = thumbprint(refused.der) if refused.der else "none"
        if mark in self._told or not self._may_tell():
            return
        self._told.add(mark)
        advice = (
            f"; to let it in: {self._command(mark)}"
            if refused.der and refused.flaw in (Flaw.UNTRUSTED, Flaw.INCOMPLETE)
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
        """What to type to trust a certificate."""
        state = self._pki.folder.parent
        where = "" if state == state_folder() else f" --state {state}"
        return f"cellkit certs trust {mark[:12]}{where}"

    def _may_tell(self) -> bool:
        """A stranger with a new certificate each time must not fill the disk: so many a minute are told."""
        now = time.monotonic()
        if now - self._minute > 60.0:
            self._minute, self._told_now = now, 0
        self._told_now += 1
        if len(self._told) >= REMEMBERED:
            self._told.clear()
        return self._told_now <= TOLD_A_MINUTE

    def forget(self) -> None:
        """The folders changed: say again what is refused."""
        self._told.clear()


class TrustedPolicyFactory(security_policies.SecurityPolicyFactory):
    """Makes the cryptography of a channel only for certificates that the gatekeeper lets in."""

    def __init__(self, gatekeeper: Gatekeeper, policy_type: ua.SecurityPolicyType, certificate: Any, key: Any) -> None:
        policy, mode, _ = security_policies.SECURITY_POLICY_TYPE_MAP[policy_type]
        super().__init__(policy, mode, certificate, key)
        self._gatekeeper = gatekeeper

    def create(self, peer_certificate: bytes | None) -> Any:
        """Raises ``UaStatusCodeError``."""
        return super().create(self._gatekeeper.judge(peer_certificate))
