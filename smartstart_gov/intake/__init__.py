"""What people provide: tables and files, typed, checked and linked as the contract says."""
