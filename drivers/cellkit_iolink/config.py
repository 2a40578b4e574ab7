"""Where an IO-Link master is, how to log in, and on which of its ports things are."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cellkit.devices.wired import DriverConfig, is_loopback
from cellkit.transport.tls import ANY_CERTIFICATE

Port = Annotated[int, Field(ge=1, le=32)]
Seconds = Annotated[float, Field(gt=0, le=10)]

FIRST_INPUT, FIRST_OUTPUT = 1, 5
"""Ports of terminal 0, for inputs and for outputs, on a master with eight ports."""


class MasterConfig(DriverConfig):
    """What both protocols have in common.

    With ``tls`` the connection is https (give ``http_port: 443`` then). ``certificate`` states which one the master may
    show: its SHA-256 fingerprint, ``any``, or ``system`` for one that an authority of this machine vouches for. By
    default that is ``system``, and ``any`` on loopback.
    """

    http_port: int = 80
    tls: bool = False
    certificate: str | None = Field(default=None, pattern="^(any|system|([0-9A-Fa-f]{2}:?){32})$")
    user: str | None = Field(default=None, description="user, where the master asks for a login")
    password: str | None = None
    poll_period: Seconds = Field(
        default=0.02,
        description="s between two looks at the master; a slow one is asked again as soon as it has answered",
    )
    answer_timeout: Seconds = Field(default=1.0, description="s until an answer that does not come is a lost link")

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.http_port}"

    @property
    def trusted(self) -> str | None:
        """The ``certificate`` that ``tls_client`` is to accept."""
        if self.certificate is None:
            return ANY_CERTIFICATE if is_loopback(self.host) else None
        return None if self.certificate == "system" else self.certificate


class IotCoreConfig(MasterConfig):
    """A sensor on a port of an ifm master. ``user`` is ``administrator`` where its security mode is on."""

    port: Port = Field(default=1, description="the master's port that the sensor is on (X01 is 1)")


class JsonConfig(MasterConfig):
    """A sensor on a port of a master that speaks JSON for IO-Link.

    With ``alias`` the sensor is found by that name and ``port`` is not used; without, the master is asked for the
    alias of ``port``.
    """

    port: Port = Field(default=1, description="the master's port that the sensor is on")
    alias: str | None = Field(default=None, min_length=1, description="deviceAlias of the sensor")
    master: Annotated[int, Field(ge=1)] = Field(default=1, description="number of the master behind the gateway")


class IotCoreIoConfig(MasterConfig):
    """Digital signals on pin 4 of an ifm master's ports, in mode DI (inputs) and DO (outputs).

    Terminals of the cell file are counted from these ports on: terminal 0 of the inputs is port ``first_input``,
    terminal 0 of the outputs port ``first_output``. No port can be both.
    """

    first_input: Port = FIRST_INPUT
    first_output: Port = FIRST_OUTPUT
