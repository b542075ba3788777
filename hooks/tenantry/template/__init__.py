"""TenantTemplate → TenantTemplateRevisions: every valid content of a template becomes an immutable revision.

Revisions are anchored and never removed here: a tenant that is pinned to one can be rendered whatever becomes of the
template, and a template that is created again takes its revisions up.
"""

from tenantry.template.hook import customize, finalize, sync

__all__ = ["customize", "finalize", "sync"]
