"""Whether the documentation is complete, true and fit to be built."""
