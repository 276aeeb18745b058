"""Other tools that ask the gate."""
