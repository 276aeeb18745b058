"""What people write: contract, charter and policy, read strictly and written back."""
