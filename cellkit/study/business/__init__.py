"""The business case of a concept: what it costs and saves, when it pays back, and how sure that is."""
