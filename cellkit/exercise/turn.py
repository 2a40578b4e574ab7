"""The messages of a program's process, validated before this side uses them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, Strict, ValidationError

from cellkit.exercise.codec import CodecError, Json

MAX_ATTEMPTS = 100
"""Forbidden attempts that are reported at once; the process reports at most 20 in a run."""
_Line = Annotated[int, Field(ge=0, le=10_000_000)]
_Attempt = Annotated[tuple[str, _Line | None], Strict(False)]  # a list in the message
_Plain = str | int | float | bool | None


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class EncodedError(_Message):
    """An error as ``codec.encode_error`` writes it."""

    type: str
    text: str
    fields: dict[str, Any]

    def plain(self) -> dict[str, Any]:
        """Return the form that ``codec.decode_error`` reads, with plain fields alone."""
        fields = {name: value for name, value in self.fields.items() if isinstance(value, _Plain)}
        return {"type": self.type, "text": self.text, "fields": fields}


class Failure(_Message):
    """The error that ended the program, its class's name, and the line of the program."""

    error: EncodedError
    name: str
    line: _Line | None


class Turn(_Message):
    """One message: requests, the time of the next timer (s), forbidden attempts, and how the program ended."""

    acts: list[list[Any]]
    until: FiniteFloat | None
    refused: Annotated[list[_Attempt], Field(max_length=MAX_ATTEMPTS)] = []
    done: bool = False
    failed: Failure | None = None


def read_turn(message: Json) -> Turn:
    """Return the validated message. Raises ``CodecError``."""
    try:
        return Turn.model_validate(message)
    except (ValidationError, RecursionError):
        raise CodecError("not a message of a program") from None
