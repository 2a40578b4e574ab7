"""One bad input: the files it writes, and the command that gets them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ItemT = TypeVar("ItemT")


@dataclass(frozen=True)
class Case:
    """``write`` puts the files into an empty folder, in which the command with ``words`` then runs."""

    name: str
    words: tuple[str, ...]
    write: Callable[[Path], object] = lambda folder: None
    refused: bool = False
    """Whether the input is wrong for certain; others may also be right in their place."""


def sample(cases: Sequence[ItemT], count: int, seed: int = 17) -> list[ItemT]:
    """Return ``count`` cases at random, always the same ones, in their order."""
    chosen = random.Random(seed).sample(range(len(cases)), min(count, len(cases)))
    return [cases[number] for number in sorted(chosen)]
