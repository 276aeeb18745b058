"""From somebody's own table to a draft of its contract: every guess with its reason."""
