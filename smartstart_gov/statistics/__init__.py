"""From counts to rates, intervals, comparisons and the size of samples."""
