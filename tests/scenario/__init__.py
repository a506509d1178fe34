"""The suite's main job on real input, through the doors its users use."""
