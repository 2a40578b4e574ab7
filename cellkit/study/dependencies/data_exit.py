"""Can a cell's data be taken along? A checklist (L9)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from cellkit.study.dependencies.result import DataItem
from cellkit.yamlfile import StrictModel, read_yaml, validate

FILE = Path(__file__).with_name("data_exit.yaml")


class Item(StrictModel):
    """One kind of data."""

    what: str
    exported: bool
    why: str


class DataExitFile(StrictModel):
    """The checklist that comes with cellkit."""

    schema_: Literal["cellkit/data-exit/1"] = Field(alias="schema")
    items: list[Item]


def data_exit(with_program: bool) -> list[DataItem]:
    """The checklist; of a bare cell without what belongs to a program."""
    left_out = () if with_program else ("cell program", "process and expectations")
    found = validate(DataExitFile, read_yaml(FILE)).items
    return [DataItem(**item.model_dump()) for item in found if item.what not in left_out]
