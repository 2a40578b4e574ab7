"""What outsiders see of a running cell and may ask of it, whatever protocol they speak: values, jobs, ownership."""
