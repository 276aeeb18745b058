"""What people hand in: their tables and files, typed, checked and linked as the contract says."""
