"""The address of a coupler, and the layout of its tables."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from cellkit.devices.wired import DriverConfig

Address = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=10)]


class ModbusConfig(DriverConfig):
    """Addresses of a coupler's tables: the terminals of the cell file are counted from them.

    Digital inputs are discrete inputs, digital outputs coils, analog inputs input registers, analog outputs holding
    registers. The coupler's own watchdog is set in the coupler; ``poll_period`` must be well below it.
    """

    as_installed: ClassVar = (
        "unit", "first_input", "first_output", "first_analog_input", "first_analog_output", "analog_full",
        "analog_broken",
    )  # fmt: skip
    modbus_port: int = 502
    unit: Annotated[int, Field(ge=0, le=255)] = 1
    first_input: Address = 0
    first_output: Address = Field(
        default=0, description="the coils must read back the written values; some couplers do that from 512 on only"
    )
    first_analog_input: Address = 0
    first_analog_output: Address = 0
    analog_full: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=32767, description="counts at the upper end of an analog terminal's range; the lower end is 0"
    )
    analog_broken: Annotated[int, Field(ge=0, le=65535)] | None = Field(
        default=0x8000,
        validate_default=True,
        description="register of an input whose wire is broken; null: the coupler does not detect it",
    )
    analog_beyond: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.1, description="share of its range by which an input may lie outside before it is a fault"
    )
    poll_period: Seconds = Field(default=0.02, description="s between two requests for all values")
    answer_timeout: Seconds = Field(default=0.5, description="s after which a missing answer is a lost link")

    @field_validator("analog_broken")
    @classmethod
    def _outside_the_range(cls, broken: int | None, info: ValidationInfo) -> int | None:
        full = info.data.get("analog_full")
        if broken is not None and full is not None and broken <= full:
            raise ValueError(
                f"{broken} lies in the range of 0 to {full} (analog_full); null: no wire break is detected"
            )
        return broken
