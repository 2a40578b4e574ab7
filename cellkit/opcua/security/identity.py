"""From an identity token to a user and a role."""

from __future__ import annotations

import hmac
import logging
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asyncua import ua
from asyncua.crypto import security_policies, uacrypto
from asyncua.ua.uaerrors import UaStatusCodeError
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from cellkit.access.caller import Role
from cellkit.access.lockout import LockoutFailed
from cellkit.access.login import LoginRefused, PasswordLogin
from cellkit.access.settings import Login
from cellkit.access.users import UserDirectory
from cellkit.opcua.security.certificates import CertificateRefused, check_signature_hash, parse, split_chain, thumbprint

log = logging.getLogger(__name__)

ANONYMOUS = "anonymous"

_OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep"
_OAEP_SHA256 = "http://opcfoundation.org/UA/security/rsa-oaep-sha2-256"
_DECRYPT = {
    security_policies.SecurityPolicyBasic256Sha256.URI: (_OAEP, uacrypto.decrypt_rsa_oaep),
    security_policies.SecurityPolicyAes128Sha256RsaOaep.URI: (_OAEP, uacrypto.decrypt_rsa_oaep),
    security_policies.SecurityPolicyAes256Sha256RsaPss.URI: (_OAEP_SHA256, uacrypto.decrypt_rsa_oaep_sha256),
}
_VERIFY = {
    security_policies.SecurityPolicyBasic256Sha256.URI: uacrypto.verify_sha256,
    security_policies.SecurityPolicyAes128Sha256RsaOaep.URI: uacrypto.verify_sha256,
    security_policies.SecurityPolicyAes256Sha256RsaPss.URI: uacrypto.verify_pss_sha256,
}


class Denied(UaStatusCodeError):
    """The answer to every wrong name, password, certificate, and to everybody who has to wait."""

    def __init__(self, reason: str, user: str = "") -> None:
        super().__init__(ua.StatusCodes.BadUserAccessDenied)
        self.reason = reason
        """For the log."""
        self.user = user


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody has proved to be."""

    user: str
    role: Role


@dataclass(frozen=True, slots=True)
class Proof:
    """What the secure channel and the session contribute."""

    policy_uri: str
    nonce: bytes
    """The server's last nonce of this session."""
    server_certificate: bytes
    server_key: Any
    peer: str
    """The client's address, without its port."""


class Authenticator:
    """Checks identity tokens. Without a directory everybody is an anonymous observer."""

    def __init__(self, users: UserDirectory | None, login: Login, lockout_file: Path | None = None) -> None:
        self.users = users
        self._login = PasswordLogin(users, login, lockout_file)

    def close(self) -> None:
        """End the thread that checks passwords."""
        self._login.close()

    async def identify(self, token: Any, signature: ua.SignatureData, proof: Proof) -> Identity:
        """Raises ``UaStatusCodeError``: BadIdentityTokenInvalid for a malformed token, else :class:`Denied`."""
        if isinstance(token, ua.ExtensionObject) and token.TypeId == ua.NodeId(ua.ObjectIds.Null):
            token = ua.AnonymousIdentityToken()  # none at all means anonymous
        if self.users is None:
            if isinstance(token, ua.AnonymousIdentityToken):
                return Identity(ANONYMOUS, Role.OBSERVER)
            raise UaStatusCodeError(ua.StatusCodes.BadIdentityTokenRejected)
        if not isinstance(token, ua.UserNameIdentityToken | ua.X509IdentityToken):
            raise UaStatusCodeError(ua.StatusCodes.BadIdentityTokenRejected)
        try:
            self._login.admit()
            if isinstance(token, ua.X509IdentityToken):
                return self._by_certificate(self.users, token, signature, proof)
            return await self._by_password(token, proof)
        except LoginRefused as refused:
            raise Denied(refused.reason, refused.user) from None
        except LockoutFailed as failed:
            raise Denied(str(failed)) from None

    async def _by_password(self, token: ua.UserNameIdentityToken, proof: Proof) -> Identity:
        name = token.UserName or ""
        if not isinstance(name, str) or not 0 < len(name) <= 64:
            raise UaStatusCodeError(ua.StatusCodes.BadIdentityTokenInvalid)
        password = _decrypt(token, proof)
        user = await self._login.check(name, password, proof.peer)
        return Identity(user.name, user.rank)

    def _by_certificate(
        self, users: UserDirectory, token: ua.X509IdentityToken, signature: ua.SignatureData, proof: Proof
    ) -> Identity:
        certificate, mark = _user_certificate(token)
        name = f"certificate {mark[:12]}"
        lockout = self._login.lockout
        if lockout.locked(name, proof.peer):
            raise Denied("has to wait after wrong signatures", name)
        verify = _VERIFY.get(proof.policy_uri)
        uri = getattr(_policy(proof.policy_uri), "AsymmetricSignatureURI", None)
        if verify is None or signature.Algorithm != uri or not signature.Signature:
            raise UaStatusCodeError(ua.StatusCodes.BadUserSignatureInvalid)
        try:
            verify(certificate, proof.server_certificate + proof.nonce, signature.Signature)
        except (InvalidSignature, ValueError, TypeError, AttributeError):
            lockout.failed(name, proof.peer)
            raise UaStatusCodeError(ua.StatusCodes.BadUserSignatureInvalid) from None
        user = users.find_certificate(mark)
        if user is None:
            raise Denied("nobody's certificate", name)
        if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
            raise Denied("the certificate is not valid now", user.name)
        lockout.succeeded(name, proof.peer)
        return Identity(user.name, user.rank)


def _user_certificate(token: ua.X509IdentityToken) -> tuple[x509.Certificate, str]:
    try:
        der = split_chain(token.CertificateData)[0]
        certificate = parse(der)
        check_signature_hash(certificate)
    except CertificateRefused:
        raise UaStatusCodeError(ua.StatusCodes.BadIdentityTokenInvalid) from None
    return certificate, thumbprint(der)


def _policy(uri: str) -> Any:
    return next(
        (policy for policy, _, _ in security_policies.SECURITY_POLICY_TYPE_MAP.values() if uri == policy.URI), None
    )


def _decrypt(token: ua.UserNameIdentityToken, proof: Proof) -> str:
    """The password out of the encrypted secret, which must hold the nonce that we sent last."""
    algorithm, decrypt = _DECRYPT.get(proof.policy_uri, (None, None))
    if decrypt is None or token.EncryptionAlgorithm != algorithm or not token.Password:
        raise UaStatusCodeError(ua.StatusCodes.BadIdentityTokenInvalid)  # plain text and RSA 1.5 among them
    try:
        secret = decrypt(proof.server_key, token.Password)
        (length,) = struct.unpack_from("<I", secret)
        content, padding = secret[4 : 4 + length], secret[4 + length :]  # open62541 fills the block with zeros
        password, nonce = content[: -len(proof.nonce)], content[-len(proof.nonce) :]
        fits = length == len(content) and not any(padding) and hmac.compare_digest(nonce, proof.nonce)
        text = password.decode("utf-8")
    except (ValueError, struct.error, TypeError):
        fits, text = False, ""
    if not fits:
        raise UaStatusCodeError(ua.StatusCodes.BadIdentityTokenInvalid)
    return str(text)
