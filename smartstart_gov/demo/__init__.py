"""The main job on real data: one scenario a module, and the run that takes one from raw rows to the gate's answer."""
