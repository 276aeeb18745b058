"""What people author: contract, charter and policy, read without surprises."""
