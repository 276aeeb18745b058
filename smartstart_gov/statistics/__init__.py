"""From counts to rates, intervals, comparisons and sample sizes."""
