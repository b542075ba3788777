"""What can be said of templates and registries before anything is made of them: problems, and risky choices."""

from __future__ import annotations

from tenantry.validation.finding import Finding
from tenantry.validation.objects import findings_of, findings_together

__all__ = ["Finding", "findings_of", "findings_together"]
