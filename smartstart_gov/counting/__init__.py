"""Rows become counts, and counts become publishable counts."""
