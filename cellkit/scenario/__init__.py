"""Scenarios: a cell, a program, what surrounds them, and what is expected of a run."""
