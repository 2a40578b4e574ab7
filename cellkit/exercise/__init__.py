"""Exercises that grade themselves: a student's program in a process of its own, and a world that it cannot reach."""
