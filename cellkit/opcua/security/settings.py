"""What the gateway's server allows: address, policies and limits."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path

from cellkit.access.settings import Login
from cellkit.errors import ConfigError

POLICIES = ("Aes256_Sha256_RsaPss", "Aes128_Sha256_RsaOaep", "Basic256Sha256")
"""Security policies by strength; each only with signed and encrypted messages."""

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Limits:
    """What clients may take, sized for one cell. Over a limit a client is told so; nothing is cut silently."""

    connections: int = 100
    pending_connections: int = 40
    """Connections without an active session."""
    pending_connections_per_peer: int = 25
    pending_seconds: float = 30.0
    """A connection without an active session is closed after this time."""
    stalled_seconds: float = 20.0
    """A client that reads nothing of what was sent for so long is dropped."""
    sessions: int = 50
    sessions_per_user: int = 25
    session_timeout: tuple[float, float] = (5.0, 600.0)
    """Shortest and longest, s."""
    channel_lifetime: tuple[float, float] = (5.0, 3600.0)
    """Shortest and longest, s; a client renews its channel before it ends."""
    subscriptions: int = 100
    subscriptions_per_session: int = 25
    publishing_interval: tuple[float, float] = (50.0, 60_000.0)
    """Shortest and longest, ms."""
    lifetime_count: int = 3000
    keep_alive_count: int = 1000
    publish_requests_per_session: int = 50
    monitored_items_per_session: int = 5000
    monitored_item_queue: int = 500
    queued_notifications: int = 20_000
    """Waiting in one subscription, over all its items."""
    notifications_per_publish: int = 5000
    unacknowledged_messages: int = 50
    nodes_per_request: int = 2000
    """Of read, write, browse, translate, register, and of monitored items."""
    methods_per_call: int = 100
    pending_calls: int = 20
    """Calls, writes and history reads of one connection that have not been answered yet."""
    history_nodes_per_request: int = 100
    history_values: int = 20_000
    """In one answer, over all its nodes; the rest is fetched with continuation points."""
    browse_references: int = 1000
    """References of one node in one answer; the rest is fetched by BrowseNext."""
    continuation_points: int = 20
    """Of one session."""
    message_size: int = 1024 * 1024
    response_size: int = 8 * 1024 * 1024
    chunk_size: int = 65_535
    string_length: int = 65_536
    array_length: int = 65_536


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """How the server presents itself and whom it lets in. Raises ``ConfigError`` for what would be unsafe."""

    application_uri: str
    name: str = "cellkit gateway"
    host: str = LOOPBACK
    """Address to listen on."""
    port: int = 4840
    """0: any free port; ``GatewayServer.port`` tells which."""
    insecure_loopback: bool = False
    """No encryption, anybody, read-only, on 127.0.0.1 alone."""
    policies: tuple[str, ...] = POLICIES
    limits: Limits = field(default_factory=Limits)
    login: Login = field(default_factory=Login)
    lockout_file: Path | None = None
    """Where wrong passwords are counted, together with others who let people in; None: here alone."""
    reload_seconds: float = 2.0
    """How often the folders of certificates and the file of users are looked at."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"urn:\S+|https?://\S+", self.application_uri):
            raise ConfigError(f"the application URI {self.application_uri!r} is not a URI such as urn:plant:cell1")
        if self.insecure_loopback and self.host != LOOPBACK:
            raise ConfigError(
                f"without security the gateway serves {LOOPBACK} alone, not {self.host}; "
                f"leave out either --insecure-loopback or the address"
            )
        unknown = [policy for policy in self.policies if policy not in POLICIES]
        if unknown or not self.policies:
            named = ", ".join(unknown) or "none"
            raise ConfigError(f"security policies: {named}; there are {', '.join(POLICIES)}")
        if not 0 <= self.port <= 65_535:
            raise ConfigError(f"port {self.port} is not between 0 and 65535")

    @property
    def endpoint_url(self) -> str:
        """What clients are told, before the port is known if it is 0."""
        return self.url(self.port)

    def url(self, port: int) -> str:
        """The address for clients with this port."""
        host = self.host
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return f"opc.tcp://{host}:{port}"
        if address.is_unspecified:
            import socket

            return f"opc.tcp://{socket.gethostname()}:{port}"
        return f"opc.tcp://[{host}]:{port}" if address.version == 6 else f"opc.tcp://{host}:{port}"
