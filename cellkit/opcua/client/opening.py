"""The opening of a connection: endpoints, the strongest policy, the server's certificate, channel and session."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from asyncua import ua
from asyncua.client.client import Client
from asyncua.crypto import security_policies, uacrypto
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.errors import ConfigError, ConnectionFailed
from cellkit.opcua.client.identity import (
    ClientIdentity,
    own_identity,
    password,
    read_secret,
    require_trusted,
)
from cellkit.opcua.client.settings import POLICIES, STRONGEST, ClientSettings, default_pki
from cellkit.opcua.security.pki import read_certificate

FOREVER = 1e6  # s: asyncua's own limit is not used, because the caller of each request sets one
SESSION = 60.0  # s without a request after which the server closes the session
_ENCRYPTED = ua.MessageSecurityMode.SignAndEncrypt

# This client raises an error for every failure; asyncua would log each a second time, with a traceback.
for _name in ("asyncua.client", "asyncua.common", "asyncua.crypto", "asyncua.uaprotocol"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


async def open_client(name: str, settings: ClientSettings, limit: float) -> Client:
    """Return a client with an activated session. Raises ``ConnectionFailed``.

    ``limit``: the time limit of each step, s of cell time.
    """
    own: ClientIdentity | None = None
    try:
        if not settings.insecure:
            own = await asyncio.to_thread(own_identity, settings.pki or default_pki())
        client = await _secured(name, settings, own, limit)
        secret = await _identify(client, settings)
    except ConfigError as error:
        raise ConnectionFailed(name, str(error)) from None
    step = f"no OPC UA server at {settings.url}"
    try:
        async with asyncio.timeout(limit):
            await client.connect_socket()
            await client.send_hello()
        step = "the server does not open a channel"
        if own is not None:
            step += f"; it must trust {own.pki.certificate_file} (at another cell: `cellkit certs trust`)"
        async with asyncio.timeout(limit):
            await client.open_secure_channel()
            await client.create_session()
        user = "anonymous clients" if settings.user is None else f"the user {settings.user!r}"
        step = f"the server refuses {user}"
        async with asyncio.timeout(limit):
            await client.activate_session(settings.user, secret, client.user_certificate)
    except BaseException as error:
        await abort_connection(client)
        if isinstance(error, Exception):
            raise ConnectionFailed(name, f"{step} ({error_text(error)})") from None
        raise
    return client


async def abort_connection(client: Client) -> None:
    """Close the connection without a message to the server, and end its tasks."""
    publishing = client.uaclient.session._publish_task
    if publishing is not None:
        publishing.cancel()
        await asyncio.wait({publishing})
    protocol = client.uaclient.protocol
    transport = None if protocol is None else protocol.transport
    client.disconnect_socket()
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0)  # asyncio notifies the protocol in the next iteration


async def _secured(name: str, settings: ClientSettings, own: ClientIdentity | None, limit: float) -> Client:
    """Return a client with its security settings and the trusted server's certificate, not connected yet."""
    client = _client(settings)
    if own is None:
        return client
    try:
        async with asyncio.timeout(limit):
            endpoints = await client.connect_and_get_server_endpoints()
    except Exception as error:
        await abort_connection(client)
        raise ConnectionFailed(name, f"no OPC UA server at {settings.url} ({error_text(error)})") from None
    policy, server = _choose(endpoints, settings)
    certificate = require_trusted(server, settings, own.pki)
    client = _client(settings)
    client.application_uri = own.uri
    kind: type[security_policies.SecurityPolicy] = getattr(security_policies, f"SecurityPolicy{policy}")
    await client.set_security(
        kind,
        uacrypto.CertProperties(own.certificate, "der"),
        uacrypto.CertProperties(own.key, "pem"),
        server_certificate=uacrypto.CertProperties(certificate, "der"),
        mode=_ENCRYPTED,
    )
    return client


def _client(settings: ClientSettings) -> Client:
    client = Client(settings.url, timeout=FOREVER)
    client.name = client.description = "cellkit"
    client.session_timeout = int(SESSION * 1000)
    return client


def _choose(endpoints: Sequence[ua.EndpointDescription], settings: ClientSettings) -> tuple[str, bytes]:
    """Return the policy to use and the server's certificate. Raises ``ConfigError``."""
    offered: dict[str, bytes] = {}
    for end in endpoints:
        for policy in POLICIES:
            uri = getattr(security_policies, f"SecurityPolicy{policy}").URI
            if end.SecurityMode == _ENCRYPTED and end.SecurityPolicyUri == uri and end.ServerCertificate:
                offered[policy] = end.ServerCertificate
    accepted = POLICIES if settings.policy == STRONGEST else (settings.policy,)
    for policy in accepted:
        if policy in offered:
            return policy, offered[policy]
    shown = ", ".join(
        sorted({f"{end.SecurityPolicyUri.rpartition('#')[2]} ({end.SecurityMode.name})" for end in endpoints})
    )
    raise ConfigError(f"the server offers no encryption by {' or '.join(accepted)}; it offers {shown or 'nothing'}")


async def _identify(client: Client, settings: ClientSettings) -> str | None:
    """Set the client's user certificate and key; return the user's password, or None. Raises ``ConfigError``."""
    if settings.user_certificate is not None and settings.user_key is not None:
        client.user_certificate = read_certificate(settings.user_certificate.expanduser())
        key = read_secret(settings.user_key, "a private key")
        try:
            client.user_private_key = await uacrypto.load_private_key(key, None, "pem")
        except (ValueError, TypeError):
            raise ConfigError("is not a private key in PEM without a password", file=settings.user_key) from None
    return None if settings.user is None else password(settings)


def error_text(error: BaseException) -> str:
    """Return a short text of an error of the OPC UA stack."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, UaStatusCodeError):
        return type(error).__name__
    if isinstance(error, OSError):
        return (error.strerror or str(error) or type(error).__name__).lower()
    return str(error) or type(error).__name__
