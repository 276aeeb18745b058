"""From counts to rates, intervals and disparities."""
