"""Looks at audit rows: which rows were seen, what was registered before, and what a look costs."""
