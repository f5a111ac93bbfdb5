"""Speed and memory, as ratios of one run: Scotoma against the paper's procedure, and against the floor."""
