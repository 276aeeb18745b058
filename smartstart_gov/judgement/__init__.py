"""The questions of a policy against the counts, and their answers."""
