"""The check of a user identity token, which yields a user and a role."""

from __future__ import annotations

import hmac
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
from cellkit.access.settings import LoginLimits
from cellkit.access.users import UserDirectory
from cellkit.opcua.security.certificates import (
    CertificateRefused,
    check_signature_hash,
    parse_certificate,
    split_chain,
    thumbprint,
)

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


class UserAccessDenied(UaStatusCodeError):
    """The error for a wrong name, password or certificate, and for a locked-out user; all look alike to a client."""

    def __init__(self, reason: str, user: str = "") -> None:
        super().__init__(ua.StatusCodes.BadUserAccessDenied)
        self.reason = reason
        """The reason, for the log only."""
        self.user = user


@dataclass(frozen=True, slots=True)
class UserIdentity:
    """An authenticated user with the role."""

    user: str
    role: Role


@dataclass(frozen=True, slots=True)
class TokenContext:
    """The data of the secure channel and the session that an identity token is bound to."""

    policy_uri: str
    nonce: bytes
    """The server's last nonce of this session."""
    server_certificate: bytes
    server_key: Any
    peer: str
    """The client's address, without the port."""


class Authenticator:
    """Checks identity tokens. Without a directory of users every client is an anonymous observer."""

    def __init__(self, users: UserDirectory | None, login: LoginLimits, lockout_file: Path | None = None) -> None:
        self.users = users
        self._login = PasswordLogin(users, login, lockout_file)

    def close(self) -> None:
        """End the thread that checks passwords, and close the lockout file."""
        self._login.close()

    async def identify(self, token: Any, signature: ua.SignatureData, context: TokenContext) -> UserIdentity:
        """Authenticate a user.

        Raises ``UaStatusCodeError``: BadIdentityTokenInvalid for a malformed token, else :class:`UserAccessDenied`.
        """
        if isinstance(token, ua.ExtensionObject) and token.TypeId == ua.NodeId(ua.ObjectIds.Null):
            token = ua.AnonymousIdentityToken()  # no token means anonymous
        if self.users is None:
            if isinstance(token, ua.AnonymousIdentityToken):
                return UserIdentity(ANONYMOUS, Role.OBSERVER)
            raise UaStatusCodeError(ua.StatusCodes.BadIdentityTokenRejected)
        if not isinstance(token, ua.UserNameIdentityToken | ua.X509IdentityToken):
            raise UaStatusCodeError(ua.StatusCodes.BadIdentityTokenRejected)
        try:
            self._login.admit()
            if isinstance(token, ua.X509IdentityToken):
                return self._by_certificate(self.users, token, signature, context)
            return await self._by_password(token, context)
        except LoginRefused as refused:
            raise UserAccessDenied(refused.reason, refused.user) from None
        except LockoutFailed as failed:
            raise UserAccessDenied(str(failed)) from None

    async def _by_password(self, token: ua.UserNameIdentityToken, context: TokenContext) -> UserIdentity:
        name = token.UserName or ""
        if not isinstance(name, str) or not 0 < len(name) <= 64:
            raise UaStatusCodeError(ua.StatusCodes.BadIdentityTokenInvalid)
        password = _decrypt(token, context)
        user = await self._login.check(name, password, context.peer)
        return UserIdentity(user.name, user.rank)

    def _by_certificate(
        self, users: UserDirectory, token: ua.X509IdentityToken, signature: ua.SignatureData, context: TokenContext
    ) -> UserIdentity:
        certificate, mark = _user_certificate(token)
        name = f"certificate {mark[:12]}"
        lockout = self._login.lockout
        if lockout.locked(name, context.peer):
            raise UserAccessDenied("must wait after wrong signatures", name)
        verify = _VERIFY.get(context.policy_uri)
        uri = getattr(_policy(context.policy_uri), "AsymmetricSignatureURI", None)
        if verify is None or signature.Algorithm != uri or not signature.Signature:
            raise UaStatusCodeError(ua.StatusCodes.BadUserSignatureInvalid)
        try:
            verify(certificate, context.server_certificate + context.nonce, signature.Signature)
        except (InvalidSignature, ValueError, TypeError, AttributeError):
            lockout.failed(name, context.peer)
            raise UaStatusCodeError(ua.StatusCodes.BadUserSignatureInvalid) from None
        user = users.find_certificate(mark)
        if user is None:
            raise UserAccessDenied("the certificate belongs to no user", name)
        if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
            raise UserAccessDenied("the certificate is not valid now", user.name)
        lockout.succeeded(name, context.peer)
        return UserIdentity(user.name, user.rank)


def _user_certificate(token: ua.X509IdentityToken) -> tuple[x509.Certificate, str]:
    try:
        der = split_chain(token.CertificateData)[0]
        certificate = parse_certificate(der)
        check_signature_hash(certificate)
    except CertificateRefused:
        raise UaStatusCodeError(ua.StatusCodes.BadIdentityTokenInvalid) from None
    return certificate, thumbprint(der)


def _policy(uri: str) -> Any:
    return next(
        (policy for policy, _, _ in security_policies.SECURITY_POLICY_TYPE_MAP.values() if uri == policy.URI), None
    )


def _decrypt(token: ua.UserNameIdentityToken, context: TokenContext) -> str:
    """Decrypt the password from the secret, which must contain the server's last nonce."""
    algorithm, decrypt = _DECRYPT.get(context.policy_uri, (None, None))
    if decrypt is None or token.EncryptionAlgorithm != algorithm or not token.Password:
        raise UaStatusCodeError(ua.StatusCodes.BadIdentityTokenInvalid)  # refuses plain text and RSA 1.5 too
    try:
        secret = decrypt(context.server_key, token.Password)
        (length,) = struct.unpack_from("<I", secret)
        content, padding = secret[4 : 4 + length], secret[4 + length :]  # open62541 fills the block with zeros
        password, nonce = content[: -len(context.nonce)], content[-len(context.nonce) :]
        fits = length == len(content) and not any(padding) and hmac.compare_digest(nonce, context.nonce)
        text = password.decode("utf-8")
    except (ValueError, struct.error, TypeError):
        fits, text = False, ""
    if not fits:
        raise UaStatusCodeError(ua.StatusCodes.BadIdentityTokenInvalid)
    return str(text)
