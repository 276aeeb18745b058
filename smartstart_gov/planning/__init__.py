"""What can be known before data are opened: how many cases a decision needs, and which limits conflict."""
