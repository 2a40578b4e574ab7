"""The report of a study: one HTML page, the same as JSON and as CSV. Every figure in it says where it stands."""
