"""The bundle: everything a decision rests on, private and public, and its re-performance."""
