"""The data that can leave cellkit without loss: a checklist (L9)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from cellkit.study.dependencies.result import DataItem
from cellkit.yamlfile import StrictModel, read_yaml, validate

FILE = Path(__file__).with_name("data_exit.yaml")


class ChecklistItem(StrictModel):
    """One kind of data, and the reason why it can or cannot be exported."""

    what: str
    exported: bool
    why: str


class DataExitFile(StrictModel):
    """The checklist that comes with cellkit."""

    schema_: Literal["cellkit/data-exit/1"] = Field(alias="schema")
    items: list[ChecklistItem]


def data_exit(with_program: bool) -> list[DataItem]:
    """Return the checklist; for a bare cell without the items that belong to a program."""
    left_out = () if with_program else ("cell program", "process and expectations")
    items = validate(DataExitFile, read_yaml(FILE)).items
    return [DataItem(**item.model_dump()) for item in items if item.what not in left_out]
