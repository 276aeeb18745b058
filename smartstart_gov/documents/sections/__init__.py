"""The sections of the documents: one file each, with its sentences."""
