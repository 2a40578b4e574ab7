"""Cells: the cell file, the layout, and the ``Cell`` that a program receives."""

from cellkit.cell.cell import Cell

__all__ = ["Cell"]
