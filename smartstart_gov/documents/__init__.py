"""Documents computed from the public bundle alone."""
