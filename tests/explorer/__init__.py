"""All orders of events on small tenants, one after the other, on the sandbox's store: ``python -m tests.explorer``."""
