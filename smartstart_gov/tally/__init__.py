"""Counting: rows become integer counts over named axes, and counts are printed only where no child shows."""
