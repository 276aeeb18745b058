"""What the Makefile uses beside the package itself."""
