"""Studies: what runs and measurements prove, as proportions with bounds and performance figures by standard."""
