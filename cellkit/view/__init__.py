"""The live view: a local web page with the cell in 3D, its devices, its program and its past. It changes no run.

A process of its own serves the page, so that no number of viewers delays the run. The process receives messages
(``channel``): the appearance of the cell (``scene``), and its state at a moment (``moment``).
"""
