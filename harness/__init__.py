"""The bench: scenarios driven over HTTP through a world, and judged by both ledgers."""
