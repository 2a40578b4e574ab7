"""What the web services, files and events of a virtual controller need of it."""

from __future__ import annotations

from typing import Protocol

from cellkit.controller.arm_controller import ArmController
from cellkit_abb.protocol.dialect import Dialect
from cellkit_abb.virtual_access import Consent, Gate, Mastership, Sessions
from cellkit_abb.virtual_log import EventLog, Files, Signals
from cellkit_abb.virtual_rapid import RapidTask
from cellkit_abb.virtual_subscriptions import Subscriptions


class ShownRobot(Protocol):
    """What events show."""

    rapid: RapidTask
    signals: Signals

    @property
    def dialect(self) -> Dialect:
        """The generation of Robot Web Services."""

    @property
    def control_state(self) -> str:
        """``ctrlstate`` of the panel."""

    @property
    def operation_mode(self) -> str:
        """``opmode`` of the panel."""

    @property
    def speed_ratio(self) -> int:
        """Speed in per cent of what is programmed."""


class ServedRobot(ShownRobot, Protocol):
    """What requests show and change."""

    kernel: ArmController
    gate: Gate
    sessions: Sessions
    mastership: Mastership
    consent: Consent
    log: EventLog
    files: Files
    subscriptions: Subscriptions

    @property
    def manual(self) -> bool:
        """Whether the key switch is in a manual position."""

    def event_name(self, asked: str) -> str:
        """The name of a resource in events. Raises ``RequestRefused`` for one that cannot be subscribed to."""

    async def set_motors(self, on: bool) -> None:
        """Switch the motors on or off. Raises ``RequestRefused``."""

    def start_program(self, cycle: str) -> None:
        """Start RAPID. Raises ``RequestRefused``."""

    async def stop_program(self) -> None:
        """Stop RAPID."""

    def reset_pointer(self) -> None:
        """Set the program pointer to main. Raises ``RequestRefused``."""

    def set_speed_ratio(self, percent: int) -> None:
        """Change the speed."""

    def write_signal(self, path: str, value: str) -> None:
        """Set an output. Raises ``RequestRefused``."""
