"""The business case of a concept: cost, savings, payback, and their uncertainty."""
