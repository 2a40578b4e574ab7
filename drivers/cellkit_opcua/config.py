"""The address of a server, the identity of this client, and the certificate of the trusted server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator, model_validator
from typing_extensions import override

from cellkit.devices.wired import DriverConfig, is_loopback
from cellkit.models.arm import Triple
from cellkit.opcua.client.settings import ClientSettings

Policy = Literal["strongest", "Aes256Sha256RsaPss", "Basic256Sha256", "Aes128Sha256RsaOaep"]
FileName = Annotated[str, Field(min_length=1)]
_DIGITS = 64  # hexadecimal, of a SHA-256


class OpcuaConfig(DriverConfig):
    """A connection to a server. The connection is encrypted, and the server's certificate must be trusted.

    Paths may begin with ``~``; others are relative to the folder in which cellkit was started. A cell file holds no
    password: it is in a file of its own, or in an environment variable.
    """

    url: str = Field(description="opc.tcp://HOST:PORT")
    policy: Policy = Field(
        default="strongest", description="security policy; strongest: the strongest that the server offers"
    )
    pki: FileName | None = Field(
        default=None, description="folder of certificates; this client's own is made there (~/.config/cellkit/…)"
    )
    server_certificate: FileName | None = Field(default=None, description="file: certificate of the trusted server")
    server_thumbprint: str | None = Field(default=None, description="SHA-256 of the trusted certificate")
    user: Annotated[str, Field(min_length=1)] | None = None
    password_file: FileName | None = Field(default=None, description="readable by its owner alone")
    password_env: FileName | None = Field(default=None, description="environment variable that holds the password")
    user_certificate: FileName | None = Field(default=None, description="file: certificate of the user")
    user_key: FileName | None = Field(default=None, description="its private key (PEM)")
    insecure: bool = Field(default=False, description="no encryption at all; for servers on this machine only")
    publishing: Annotated[float, Field(ge=0.01, le=10)] = Field(default=0.05, description="s between two reports")
    silence: Annotated[float, Field(ge=0.5, le=60)] = Field(
        default=2.0, description="s without any message after which the server counts as lost"
    )
    max_age: Annotated[float, Field(gt=0, le=3600)] | None = Field(
        default=None,
        description="s after which a value is too old; null: an unchanged value is not sent again",
    )

    @field_validator("url")
    @classmethod
    def _of_a_server(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            sound = parts.scheme == "opc.tcp" and bool(parts.hostname) and bool(parts.port)
        except ValueError:
            sound = False
        if not sound:
            raise ValueError("write opc.tcp://HOST:PORT, for example opc.tcp://192.168.0.5:4840")
        return url

    @field_validator("server_thumbprint")
    @classmethod
    def _of_sha_256(cls, given: str | None) -> str | None:
        if given is not None:
            digits = given.replace(":", "").lower()
            if len(digits) != _DIGITS or not set(digits) <= set("0123456789abcdef"):
                raise ValueError("is no SHA-256 thumbprint (64 hexadecimal digits)")
        return given

    @field_validator("insecure")
    @classmethod
    def _only_here(cls, insecure: bool, info: ValidationInfo) -> bool:
        host = urlsplit(info.data.get("url", "")).hostname or ""
        if insecure and not is_loopback(host):
            raise ValueError(f"{host} is not on this machine; without encryption, others could read and command")
        return insecure

    @model_validator(mode="after")
    def _consistent(self) -> OpcuaConfig:
        for name in ("host", "local_host"):
            if name in self.model_fields_set:
                raise ValueError(f"{name}: write url: opc.tcp://HOST:PORT")
        if "@" in urlsplit(self.url).netloc:  # a model validator: pydantic shows the input of a field's own validator
            raise ValueError("a user does not belong into the address; write user: and password_file:")
        if self.server_certificate is not None and self.server_thumbprint is not None:
            raise ValueError("server_certificate or server_thumbprint, not both")
        password = [name for name in ("password_file", "password_env") if getattr(self, name) is not None]
        if len(password) > 1:
            raise ValueError("password_file or password_env, not both")
        if (self.user_certificate is None) != (self.user_key is None):
            raise ValueError("user_certificate and user_key belong together")
        if self.user_certificate is not None and (self.user is not None or password):
            raise ValueError("a user with a certificate has no name and password here")
        if (self.user is None) != (not password):
            raise ValueError("a user needs a password_file or password_env, and these need a user")
        return self

    @property
    @override
    def far(self) -> str | None:
        host = urlsplit(self.url).hostname or ""
        return None if is_loopback(host) else host

    @property
    @override
    def place_missing(self) -> str | None:
        """Return the missing setting: a server needs its ``url``."""
        return None

    def client(self) -> ClientSettings:
        """Return the settings of the client."""
        return ClientSettings(
            self.url,
            self.policy,
            self.insecure,
            _path(self.pki),
            _path(self.server_certificate),
            self.server_thumbprint,
            self.user,
            _path(self.password_file),
            self.password_env,
            _path(self.user_certificate),
            _path(self.user_key),
            self.publishing,
            self.silence,
        )


class GatewayConfig(OpcuaConfig):
    """The gateway of another cell.

    ``device`` is the role of the device in that cell; by default, this device's own role.
    """

    cell: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = Field(
        default=None, description="name of that cell; null: the server's only cell"
    )
    device: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = Field(
        default=None, description="role in that cell"
    )
    world_xyz: Triple = Field(default=[0.0, 0.0, 0.0], description="m; position of that cell's world in this one's")
    world_rpy_deg: Triple = Field(default=[0.0, 0.0, 0.0], description="and its rotation")
    max_age: Annotated[float, Field(gt=0.5, le=3600)] | None = Field(
        default=2.0, description="s after which the newest measurement of a device in that cell is too old"
    )
    lease: Annotated[float, Field(ge=2, le=600)] = Field(
        default=10.0, description="s of the lease for command; it is renewed while it is used"
    )


def _path(name: str | None) -> Path | None:
    return None if name is None else Path(name)
