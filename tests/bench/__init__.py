"""How fast Tenantry is: ``python -m tests.bench`` measures and prints tables. Nothing here is a test."""
