"""Rows become counts, and counts that may leave the building."""
