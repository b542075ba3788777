"""What scenarios are written in: a world with a cluster, a table of shops, and somebody who waits and looks."""
