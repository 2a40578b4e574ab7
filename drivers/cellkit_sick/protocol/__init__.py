"""CoLa A and CoLa B: framing, values, commands and scans. The field tables are the same in both dialects."""
