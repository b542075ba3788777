"""The template engine: what one object of a tenant shall be, whether it is ready, and what was applied last.

Pure functions on plain data: nothing here knows of hooks, of HTTP or of a database.
"""
