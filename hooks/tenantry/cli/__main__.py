"""``python -m tenantry.cli`` is the ``tenantry`` command."""

from tenantry.cli import main

main(prog_name="tenantry")
