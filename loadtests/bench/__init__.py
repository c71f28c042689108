"""What ``python -m loadtests.bench_simulator`` is made of."""
