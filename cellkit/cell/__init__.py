"""A cell: its file, what stands where, and what a program is given."""

from cellkit.cell.cell import Cell

__all__ = ["Cell"]
