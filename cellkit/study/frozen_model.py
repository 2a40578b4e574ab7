"""The base of all models of a result."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """A part of a result; it cannot be changed."""

    model_config = ConfigDict(frozen=True)
