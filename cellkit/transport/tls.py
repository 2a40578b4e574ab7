"""TLS over a ``ByteStream``, in memory and over sockets, by asyncio's own TLS. A trace holds the bytes in clear."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import tempfile
from asyncio.sslproto import SSLProtocol
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cellkit.errors import TransportError
from cellkit.timing.memory_transports import hand_over
from cellkit.transport.streams import ByteStream, Stream

ANY_CERTIFICATE = "any"
_CLOSED = "closed the connection during the TLS handshake"
# Fixed, so that no clock is read: a virtual controller's certificate is used as long as its process lives.
_VALID = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Identity:
    """A server's certificate and key. ``fingerprint`` is the SHA-256 of the certificate, 64 hex digits."""

    context: ssl.SSLContext
    fingerprint: str


def self_signed(name: str) -> Identity:
    """Make a new key and a self-signed certificate, as controllers ship with. Neither is kept on disk."""
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
    # Python's ssl reads keys from files alone: this one is readable by this user only and is deleted at once.
    with tempfile.NamedTemporaryFile() as file:
        file.write(certificate.public_bytes(serialization.Encoding.PEM) + secret)
        file.flush()
        context.load_cert_chain(Path(file.name))
    return Identity(context, hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest())


async def tls_server(stream: ByteStream, identity: Identity) -> Stream:
    """Encrypt the server's end and return it. Raises ``TransportError`` (the stream is then closed)."""
    return await _encrypted(stream, identity.context, None)


async def tls_client(stream: ByteStream, host: str, certificate: str | None = None) -> Stream:
    """Encrypt the client's end and return it.

    ``certificate`` chooses what is trusted: a SHA-256 fingerprint (64 hex digits), ``"any"``, or None for the
    authorities that this machine trusts. Raises ``TransportError``, with the fingerprint of the peer's certificate when
    that is not the one expected; the stream is then closed.
    """
    if certificate is None:
        context = ssl.create_default_context()
    else:  # self-signed, as controllers ship: the fingerprint decides
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    tls = await _encrypted(stream, context, host)
    wanted = None if certificate in (None, ANY_CERTIFICATE) else str(certificate).replace(":", "").lower()
    if wanted is not None and (shown := fingerprint(tls)) != wanted:
        tls.close()
        raise TransportError(f"{host} shows a certificate with the SHA-256 fingerprint {shown}, not {wanted}")
    return tls


def fingerprint(stream: Stream) -> str:
    """Return the SHA-256 of the peer's certificate, 64 hex digits; empty when it showed none."""
    tls = stream.transport.get_extra_info("ssl_object")
    shown = None if tls is None else tls.getpeercert(binary_form=True)
    return hashlib.sha256(shown).hexdigest() if shown else ""


async def _encrypted(stream: ByteStream, context: ssl.SSLContext, host: str | None) -> Stream:
    """Do what ``loop.start_tls`` does, with the bytes that the stream has already received: a client does not wait."""
    assert isinstance(stream, Stream)
    loop = asyncio.get_running_loop()
    below, ready = stream.transport, loop.create_future()
    make: Any = SSLProtocol
    try:
        if below.is_closing():
            raise ConnectionResetError(_CLOSED)
        tls = make(loop, stream, context, ready, host is None, host, call_connection_made=False)
        early = stream.take()
        below.set_protocol(tls)
        tls.connection_made(below)
        if early:
            hand_over(tls, early)
        if stream.ended:
            tls.eof_received()
        await ready
    except ssl.SSLError as error:
        below.abort()
        raise TransportError(
            f"{_where(stream)}: TLS: {(error.reason or str(error)).lower().replace('_', ' ')}"
        ) from None
    except OSError as error:
        below.abort()
        why = _CLOSED if isinstance(error, ConnectionResetError) else str(error)
        raise TransportError(f"{_where(stream)} {why}") from None
    except BaseException:
        below.abort()
        raise
    stream.use(tls._get_app_transport())
    return stream


def _where(stream: Stream) -> str:
    return f"{stream.peer[0]}:{stream.peer[1]}"
