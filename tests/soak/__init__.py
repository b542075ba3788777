"""Minutes of disorder: ``python -m tests.soak`` lets rows, templates, webhooks and the database go up and down.

At the end the cluster must be exactly what rows and templates say, and no retained object may ever have been lost.
"""
