"""The gate in front of a release."""
