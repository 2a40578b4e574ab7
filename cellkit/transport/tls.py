"""TLS over any ``ByteStream``: in memory and on sockets alike. What passes here in clear is what enters a trace."""

from __future__ import annotations

import hashlib
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typing_extensions import override

from cellkit.errors import TransportError
from cellkit.transport.network import ByteStream

ANY_CERTIFICATE = "any"
_CHUNK = 65536
# Fixed, so that no clock is asked: a pretended controller's certificate is as good as its process lives.
_VALID = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Identity:
    """A server's certificate and key. ``fingerprint`` is the SHA-256 of the certificate, 64 hex digits."""

    context: ssl.SSLContext
    fingerprint: str


def self_signed(name: str) -> Identity:
    """A new key and a certificate that vouches for itself, as controllers ship with. Neither is kept on disk."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID[0])
        .not_valid_after(_VALID[1])
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Python's ssl reads keys from files alone, so there is one, readable by this user, for this moment.
    with tempfile.NamedTemporaryFile() as file:
        file.write(certificate.public_bytes(serialization.Encoding.PEM) + secret)
        file.flush()
        context.load_cert_chain(Path(file.name))
    return Identity(context, hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest())


class TlsStream(ByteStream):
    """The clear side of a TLS connection (a ``ByteStream``). Make one with ``tls_client`` or ``tls_server``."""

    def __init__(self, inner: ByteStream, context: ssl.SSLContext, server_side: bool, host: str | None = None) -> None:
        self._inner = inner
        self.local, self.peer = inner.local, inner.peer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side, host)
        self._ended = False

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the peer's certificate, 64 hex digits; empty when it showed none."""
        shown = self._tls.getpeercert(binary_form=True)
        return hashlib.sha256(shown).hexdigest() if shown else ""

    async def handshake(self) -> None:
        """Agree on keys. Raises ``TransportError``."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                if not await self._more():
                    raise TransportError(f"{self._where()} closed the connection during the TLS handshake") from None
            except ssl.SSLError as error:
                raise self._failed(error) from None
            else:
                self._flush()
                return

    @override
    async def read(self) -> bytes:
        while True:
            try:
                data = self._tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                self._flush()
                if self._ended or not await self._more():
                    return b""
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""
            except ssl.SSLError as error:
                raise self._failed(error) from None
            else:
                return data

    @override
    def write(self, data: bytes) -> None:
        if data:
            try:
                self._tls.write(data)
            except ssl.SSLError as error:
                raise self._failed(error) from None
            self._flush()

    @override
    async def drain(self) -> None:
        await self._inner.drain()

    @override
    def close(self) -> None:
        self._inner.close()

    async def _more(self) -> bool:
        data = await self._inner.read()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
            self._ended = True
        return bool(data)

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._inner.write(self._outgoing.read())

    def _where(self) -> str:
        return f"{self.peer[0]}:{self.peer[1]}"

    def _failed(self, error: ssl.SSLError) -> TransportError:
        return TransportError(f"{self._where()}: TLS: {(error.reason or str(error)).lower().replace('_', ' ')}")


async def tls_server(stream: ByteStream, identity: Identity) -> TlsStream:
    """The server's end. Raises ``TransportError`` when the handshake fails; the stream is then closed."""
    return await _shaken(TlsStream(stream, identity.context, server_side=True))


async def tls_client(stream: ByteStream, host: str, certificate: str | None = None) -> TlsStream:
    """The client's end; whom to trust is ``certificate``: a SHA-256 fingerprint (64 hex digits), ``"any"``, or None.

    None asks the authorities that this machine trusts. Raises ``TransportError``, with the fingerprint that was
    shown, when it is another one; the stream is then closed.
    """
    if certificate is None:
        context = ssl.create_default_context()
    else:  # self-signed, as controllers ship: the fingerprint says whether it is the right one
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    tls = await _shaken(TlsStream(stream, context, False, host))
    wanted = None if certificate in (None, ANY_CERTIFICATE) else str(certificate).replace(":", "").lower()
    if wanted is not None and tls.fingerprint != wanted:
        tls.close()
        raise TransportError(f"{host} shows a certificate with the SHA-256 fingerprint {tls.fingerprint}, not {wanted}")
    return tls


async def _shaken(tls: TlsStream) -> TlsStream:
    try:
        await tls.handshake()
    except BaseException:
        tls.close()
        raise
    return tls
