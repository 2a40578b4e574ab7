"""Where an agent is, which of its devices is meant, and how often it is to tell."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from cellkit.devices.wired import DriverConfig

Seconds = Annotated[float, Field(gt=0, le=60)]


class MTConnectConfig(DriverConfig):
    """``door``, ``chuck``, ``execution`` and ``mode`` name data items (by id or name) where a machine has several."""

    http_port: int = 5000
    device: str | None = Field(default=None, description="name or uuid, where the agent serves several devices")
    door: str | None = None
    chuck: str | None = None
    execution: str | None = None
    mode: str | None = None
    interval: Seconds = Field(default=0.1, description="s between two documents, at least, when things change")
    heartbeat: Seconds = Field(default=1.0, description="s after which the agent tells that nothing has changed")
    silence_limit: Seconds = Field(default=3.0, description="s without a document until the link counts as lost")
    answer_timeout: Seconds = Field(default=2.0, description="s until a request that is not answered has failed")

    @model_validator(mode="after")
    def _heartbeats_in_time(self) -> Self:
        # A stream that breaks just before a heartbeat and is mended shows its next sign of life one heartbeat later.
        if self.silence_limit <= 2 * self.heartbeat:
            raise ValueError(
                f"silence_limit ({self.silence_limit:g} s) must exceed two heartbeats ({self.heartbeat:g} s)"
            )
        return self
