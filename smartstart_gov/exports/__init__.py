"""Exports: the public evidence in formats of others, one module a format."""
