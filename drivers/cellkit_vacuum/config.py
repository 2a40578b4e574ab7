"""The signals to which an ejector and its vacuum switch are wired."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from cellkit.devices.wired import DriverConfig
from cellkit.errors import ConfigError
from cellkit.yamlfile import near_names

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Terminal = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=10)]


class VacuumConfig(DriverConfig):
    """``io`` is the role of the digital signals; null: the arm's own, at the given terminals."""

    io: Name | None = None
    ejector: Name = Field(default="ejector", description="output: suction on")
    switch: Name = Field(default="vacuum", description="input: the vacuum switch detects a part")
    blow_off: Name | None = Field(default=None, description="output: blows the part off; null: no blow-off valve")
    ejector_terminal: Terminal | None = Field(default=None, description="of the arm; null: its first output")
    switch_terminal: Terminal | None = Field(default=None, description="of the arm; null: its first input")
    blow_off_terminal: Terminal | None = Field(default=None, description="of the arm; null: its second output")
    grip_time: Seconds = Field(default=1.0, description="s after which no vacuum means no part")
    release_time: Seconds = Field(default=1.0, description="s in which the vacuum must be gone after a release")
    settle_time: Annotated[float, Field(ge=0, le=10)] = Field(
        default=0.1, description="s from the switch's opening until the part is free"
    )
    blow_time: Seconds = Field(default=0.1, description="s of blow-off")

    @field_validator("switch", "blow_off")
    @classmethod
    def _a_name_of_its_own(cls, name: str | None, info: ValidationInfo) -> str | None:
        for other in ("ejector", "switch"):
            if name is not None and name == info.data.get(other):
                raise ValueError(f"{name!r} is the signal of {other} already")
        return name

    @field_validator("ejector_terminal", "switch_terminal", "blow_off_terminal")
    @classmethod
    def _of_the_arm(cls, terminal: int | None, info: ValidationInfo) -> int | None:
        io = info.data.get("io")
        if terminal is not None and io is not None:
            raise ValueError(f"terminals here are the arm's own; those of {io!r} are set in that device's entry")
        if terminal is not None and info.field_name == "blow_off_terminal" and info.data.get("blow_off") is None:
            raise ValueError("the gripper has no blow-off valve; name its signal (`blow_off: …`)")
        return terminal

    def own_terminals(self, inputs: range, outputs: range) -> tuple[dict[str, int], dict[str, int]]:
        """Return the arm's inputs and outputs by name, with their terminals. Raises ``ConfigError``."""
        switch = inputs.start if self.switch_terminal is None else self.switch_terminal
        ejector = outputs.start if self.ejector_terminal is None else self.ejector_terminal
        used = {self.ejector: ejector}
        if self.blow_off is not None:
            used[self.blow_off] = outputs.start + 1 if self.blow_off_terminal is None else self.blow_off_terminal
            if used[self.blow_off] == ejector:
                raise ConfigError(f"ejector and blow-off are both at terminal {ejector}; set `blow_off_terminal`")
        return {self.switch: switch}, used

    def require(self, io: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        """Raise ``ConfigError`` for a signal that the device in role ``io`` does not have."""
        for setting, signal, direction, known in (
            ("ejector", self.ejector, "output", outputs),
            ("switch", self.switch, "input", inputs),
            ("blow_off", self.blow_off, "output", outputs),
        ):
            if signal is not None and signal not in known:
                raise ConfigError(f"{setting}: {io!r} has no {direction} {signal!r}; {near_names(signal, known)}")
