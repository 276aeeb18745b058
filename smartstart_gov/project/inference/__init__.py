"""From a table to a draft of its contract: guesses, each with its reason, for a person to confirm."""
