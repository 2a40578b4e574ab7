"""The settings of the gateway's server: address, security policies and limits."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path

from cellkit.access.settings import LoginLimits
from cellkit.errors import ConfigError

POLICIES = ("Aes256_Sha256_RsaPss", "Aes128_Sha256_RsaOaep", "Basic256Sha256")
"""The security policies, the strongest first; each is used with signed and encrypted messages only."""

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """The limits of clients, sized for one cell. A client above a limit gets an error; no data is cut silently."""

    connections: int = 100
    pending_connections: int = 40
    """The maximum of connections without an active session."""
    pending_connections_per_peer: int = 25
    channel_seconds: float = 10.0
    """The time after which a connection without a secure channel is closed."""
    pending_seconds: float = 30.0
    """The time after which a connection without an active session is closed."""
    stalled_seconds: float = 20.0
    """The time after which a client that does not read the sent data is disconnected."""
    sessions: int = 50
    """The maximum with a user."""
    sessions_per_user: int = 25
    sessions_for_operators: int = 10
    """The places of ``sessions`` that observers cannot take."""
    sessions_to_stop: int = 4
    """The places beside ``sessions`` from which an operator can read and stop when no other place is free; the oldest
    session of them makes room for the next."""
    session_timeout: tuple[float, float] = (5.0, 600.0)
    """The shortest and the longest, s."""
    channel_lifetime: tuple[float, float] = (5.0, 3600.0)
    """The shortest and the longest, s; a client renews its channel before the lifetime ends."""
    subscriptions: int = 100
    subscriptions_per_session: int = 25
    subscriptions_per_user: int = 50
    subscriptions_for_operators: int = 25
    """The places of ``subscriptions`` that observers cannot take."""
    publishing_interval: tuple[float, float] = (50.0, 60_000.0)
    """The shortest and the longest, ms."""
    lifetime_count: int = 3000
    keep_alive_count: int = 1000
    publish_requests_per_session: int = 50
    monitored_items_per_session: int = 10_000
    monitored_items_per_user: int = 20_000
    monitored_item_queue: int = 500
    queued_notifications: int = 20_000
    """The maximum that waits in one subscription, over all its items."""
    notifications_per_publish: int = 5000
    unacknowledged_messages: int = 50
    nodes_per_request: int = 2000
    """The limit of Read, Write, Browse, TranslateBrowsePaths, RegisterNodes and of monitored items."""
    methods_per_call: int = 100
    pending_calls: int = 20
    """The maximum of unanswered calls, writes and history reads of one connection."""
    history_nodes_per_request: int = 100
    history_values: int = 20_000
    """The maximum in one response, over all its nodes; continuation points lead to the rest."""
    browse_references: int = 1000
    """The maximum of references of one node in one response; BrowseNext returns the rest."""
    continuation_points: int = 20
    """The maximum of one session."""
    message_size: int = 1024 * 1024
    response_size: int = 8 * 1024 * 1024
    chunk_size: int = 65_535
    string_length: int = 65_536
    array_length: int = 65_536


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """The server's identity and access settings. Raises ``ConfigError`` for invalid or insecure combinations."""

    application_uri: str
    name: str = "cellkit gateway"
    host: str = LOOPBACK
    """The address to listen on."""
    port: int = 4840
    """0: any free port; ``GatewayServer.port`` is the chosen one."""
    insecure_loopback: bool = False
    """Whether the server has no encryption and no log-in; it is then read-only, on 127.0.0.1 only."""
    policies: tuple[str, ...] = POLICIES
    limits: ServerLimits = field(default_factory=ServerLimits)
    login: LoginLimits = field(default_factory=LoginLimits)
    lockout_file: Path | None = None
    """The file that counts wrong passwords, shared with other front ends; None: this server counts alone."""
    reload_seconds: float = 2.0
    """The interval, s, at which the folders of certificates and the file of users are checked for changes."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"urn:\S+|https?://\S+", self.application_uri):
            raise ConfigError(f"the application URI {self.application_uri!r} is not a URI such as urn:plant:cell1")
        if self.insecure_loopback and self.host != LOOPBACK:
            raise ConfigError(
                f"without security the gateway serves {LOOPBACK} only, not {self.host}; "
                f"leave out either --insecure-loopback or the address"
            )
        unknown = [policy for policy in self.policies if policy not in POLICIES]
        if unknown or not self.policies:
            problem = f"unknown security policy {', '.join(unknown)}" if unknown else "no security policy is given"
            raise ConfigError(f"{problem}; the known policies are {', '.join(POLICIES)}")
        if not 0 <= self.port <= 65_535:
            raise ConfigError(f"port {self.port} is not between 0 and 65535")

    @property
    def endpoint_url(self) -> str:
        """The address for clients; its port may be 0, until the server listens."""
        return self.url(self.port)

    def url(self, port: int) -> str:
        """Return the address for clients with this port."""
        host = self.host
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return f"opc.tcp://{host}:{port}"
        if address.is_unspecified:
            import socket

            return f"opc.tcp://{socket.gethostname()}:{port}"
        return f"opc.tcp://[{host}]:{port}" if address.version == 6 else f"opc.tcp://{host}:{port}"
