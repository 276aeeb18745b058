"""What the model relies on, in terms of the columns of the contract."""
