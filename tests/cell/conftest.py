"""The fixtures of the cells' tests."""

from cell_rig import job

__all__ = ["job"]
