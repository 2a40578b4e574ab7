"""Settings of an ABB controller."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from cellkit.devices.wired import DriverConfig, is_loopback
from cellkit.transport.tls import ANY_CERTIFICATE
from cellkit_abb.protocol.dialect import Dialect, Rws1, Rws2
from cellkit_abb.protocol.signals import LOGICAL

OMNICORE = ("gofa",)
"""Models whose usual controller is OmniCore; the other models have an IRC5."""


SignalName = Annotated[str, Field(pattern=r"^[^{}]*\{n\}[^{}]*$")]


class AbbConfig(DriverConfig):
    """Configuration of the driver. ``user`` and ``password`` are the vendor's public defaults.

    ``certificate`` states which certificate of an OmniCore is accepted: its SHA-256 fingerprint, ``any``, or ``system``
    for one that an authority of this machine has signed. The default is ``system``, and ``any`` on loopback.

    I/O signals have names; ``digital_input`` and the other patterns state the name of terminal ``{n}``, as
    network/device/name. ``analog_range``: the least and the greatest logical value of the analogue signals in the
    controller's settings.
    """

    as_installed: ClassVar = (
        "user",
        "password",
        "controller",
        "certificate",
        "digital_input",
        "digital_output",
        "analog_input",
        "analog_output",
        "analog_range",
    )
    http_port: int = 80
    https_port: int = 443
    egm_port: int = 6510
    user: str = "Default User"
    password: str = "robotics"  # noqa: S105  (the vendor's public default)
    controller: Literal["auto", "irc5", "omnicore"] = "auto"
    digital_input: SignalName = "Local/DRV_1/DI_{n}"
    digital_output: SignalName = "Local/DRV_1/DO_{n}"
    analog_input: SignalName = "Local/DRV_1/AI_{n}"
    analog_output: SignalName = "Local/DRV_1/AO_{n}"
    analog_range: tuple[float, float] = LOGICAL
    certificate: str | None = Field(default=None, pattern="^(any|system|([0-9A-Fa-f]{2}:?){32})$")

    def dialect(self, model: str) -> Dialect:
        """Return the generation of Robot Web Services that the controller of a model speaks."""
        if self.controller == "auto":
            return dialect_of(model)
        return Rws2() if self.controller == "omnicore" else Rws1()

    def port(self, dialect: Dialect) -> int:
        """Return the port of the controller's HTTP server."""
        return self.https_port if dialect.scheme == "https" else self.http_port

    def logical(self, share: float) -> float:
        """Return the logical value of an analogue signal at a share of its range."""
        low, high = self.analog_range
        return low + share * (high - low)

    def share(self, logical: float) -> float:
        """Return the share of its range at which an analogue signal has a logical value."""
        low, high = self.analog_range
        return (logical - low) / (high - low)

    @model_validator(mode="after")
    def _range_has_two_ends(self) -> AbbConfig:
        low, high = self.analog_range
        if not low < high:
            raise ValueError("analog_range: the first value must be the least logical value")
        return self

    def trusted(self) -> str | None:
        """Return the ``certificate`` that ``tls_client`` is to accept."""
        if self.certificate is None:
            return ANY_CERTIFICATE if is_loopback(self.host) else None
        return None if self.certificate == "system" else self.certificate


def dialect_of(model: str) -> Dialect:
    """Return the generation that a model usually has."""
    return Rws2() if model in OMNICORE else Rws1()
