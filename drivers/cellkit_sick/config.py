"""Where a scanner is, and what is done with it when the driver connects."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cellkit.devices.wired import DriverConfig

Seconds = Annotated[float, Field(gt=0, le=120)]


class SickConfig(DriverConfig):
    """What both dialects have in common.

    The scanner's settings are checked against the model and left as they are, but for what its telegrams hold
    (``LMDscandatacfg``, which it forgets with its power). ``set_output_range`` widens the output range as well, as the
    vendor's own driver does.
    """

    password: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}$")] = Field(
        default="F4724744", description="hash of the password of level 3, authorised client; the vendor's usual one"
    )
    set_output_range: bool = Field(
        default=False,
        description="whether a scanner with a smaller output range is set to the field of view of the model",
    )
    ignored_codes: list[Annotated[int, Field(ge=1, le=15)]] = Field(
        default=[], description="distances below 16 that count as nothing in range, not as a beam that measured nothing"
    )
    answer_timeout: Seconds = Field(default=1.0, description="s until an answer that does not come is a lost link")
    scan_timeout: Seconds = Field(
        default=0.5, description="s without a scan, or that one may be late, after which the link counts as lost"
    )
    start_timeout: Seconds = Field(default=40.0, description="s that it may take to get ready and send its first scan")


class ColaAConfig(SickConfig):
    """The text dialect."""

    cola_port: int = 2111


class ColaBConfig(SickConfig):
    """The binary dialect."""

    colab_port: int = 2112
