"""What a fleet costs: ``python -m tests.bench.fleet`` makes 1,000 tenants on a real control plane and counts.

Counts (API requests, hook calls, processor seconds) hardly depend on what else the machine does; seconds do.
"""
