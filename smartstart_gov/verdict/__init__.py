"""Findings and the judgement over them."""
