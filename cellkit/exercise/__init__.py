"""Exercises that grade themselves: a student's program in a process of its own, in a world that it cannot change."""
