"""Checkable rules drawn from documented failures."""
