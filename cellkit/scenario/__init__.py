"""Scenarios: a cell, a program, the process around the robot, and the expectations of a run."""
