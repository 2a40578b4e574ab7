"""The collection of garbage around a run."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

EVERY = 50
"""Runs of one process after which all garbage is collected."""
_runs = itertools.count(1)


@contextmanager
def older_objects_spared() -> Iterator[None]:
    """Spare the collector of garbage what exists before the block: a look at it, repeated, costs a tenth of a run.

    The garbage that a run leaves counts among these objects in the next run, and a process that does nothing but runs
    would keep it for ever. So all garbage is collected after some runs. A caller that has frozen its own objects keeps
    them frozen: Python unfreezes all objects or none.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if next(_runs) % EVERY == 0:
            gc.collect()
