"""The data of one sensor: range, rate and accuracy, each with its source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cellkit.models.arm import Positive, Triple
from cellkit.models.provenance import Figure, Provenance, Source, Vendor
from cellkit.yamlfile import StrictModel


class SensorModel(StrictModel):
    """What the model of any sensor states. A kind of sensor has a subclass, with a literal ``kind``."""

    schema_: Literal["cellkit/sensor/1"] = Field(alias="schema")
    id: str
    name: str
    vendor: Vendor
    sources: dict[str, Source]
    notes: list[str] = []


class ForceTorqueModel(SensorModel):
    """A six-axis sensor between an arm's flange and its tool."""

    kind: Literal["force_torque"]
    ranges: Provenance
    force_range: Triple = Field(description="N, ± along x, y, z")
    torque_range: Triple = Field(description="N m, ± about x, y, z")
    force_resolution: Figure[float] = Field(description="N")
    torque_resolution: Figure[float] = Field(description="N m")
    rate: Figure[float] = Field(description="Hz at which it sends")
    mass: Figure[float] = Field(description="kg")
    height: Figure[float] = Field(description="m between the faces for arm and tool")
    flange_code: Figure[str] = Field(description="ISO 9409-1 code of both faces")


class ProcessData(StrictModel):
    """The place of a distance in the input process data of an IO-Link device (its IODD); bit 0 is the last one.

    ``far``: counts that mean "nothing in range"; ``invalid``: counts that mean "cannot measure".
    """

    provenance: Provenance
    size: Annotated[int, Field(ge=1, le=32, description="bytes")]
    bit_offset: Annotated[int, Field(ge=0)]
    bits: Annotated[int, Field(ge=1, le=32)]
    signed: bool = False
    scale: Positive = Field(description="m a count")
    far: list[int] = []
    invalid: list[int] = []

    @model_validator(mode="after")
    def _fits(self) -> ProcessData:
        if self.bit_offset + self.bits > 8 * self.size:
            raise ValueError(f"{self.bits} bits from bit {self.bit_offset} do not fit into {self.size} bytes")
        return self


class IoLink(StrictModel):
    """The identification of an IO-Link device."""

    vendor_id: int
    device_id: int
    product_name: str
    process_data: ProcessData


class DistanceModel(SensorModel):
    """A distance or presence sensor with one beam."""

    kind: Literal["proximity"]
    range_min: Figure[float] = Field(description="m")
    range_max: Figure[float] = Field(description="m")
    resolution: Figure[float] = Field(description="m")
    rate: Figure[float] = Field(description="Hz of new measurements")
    io_link: IoLink | None = None


class ScannerModel(SensorModel):
    """A 2D scanner."""

    kind: Literal["scanner"]
    field_of_view: Figure[float] = Field(description="rad, symmetric about forwards")
    resolution: Figure[float] = Field(description="rad between two beams")
    frequency: Figure[float] = Field(description="Hz, turns")
    range_min: Figure[float] = Field(description="m")
    range_max: Figure[float] = Field(description="m")
    noise: Figure[float] = Field(description="m, standard deviation of one measurement")

    @property
    def beams(self) -> int:
        """The number of beams of one turn."""
        return round(self.field_of_view.known() / self.resolution.known()) + 1
