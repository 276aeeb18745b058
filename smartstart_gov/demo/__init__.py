"""The whole process on real data: the scenarios, and the run that takes one from raw rows to the gate's answer."""
