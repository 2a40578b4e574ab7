"""Shipped scenarios: each folder holds a scenario file, its cell and its program."""
