"""Where a scenario runs: in one process on virtual time, or against processes on ports."""
