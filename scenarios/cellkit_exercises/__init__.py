"""The shipped exercises: a folder each, with text, starter and reference program. Data, not code to import."""
