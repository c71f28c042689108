"""HTTP in: routes, guards, one map of errors."""
