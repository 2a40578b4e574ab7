"""Registers of the grippers behind a Compute Box."""
