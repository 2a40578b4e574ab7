"""Seeing a run: a local web page with the cell in 3D, its devices, its program and its past. Watching changes nothing.

The page is served by a process of its own, so that no number of viewers holds up the run. Whatever is drawn goes there
as messages (``channel``): what the cell looks like (``scene``), and how it is at a moment (``moment``).
"""
