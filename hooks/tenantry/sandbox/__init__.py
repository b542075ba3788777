"""A cluster in a process and the loop of a composite controller: a tool for development, previews and tests.

Production runs Metacontroller. The loop follows it closely enough that what holds here holds there, and it runs on the
in-process cluster and on a real API server alike, because both are a ``Cluster``.
"""
