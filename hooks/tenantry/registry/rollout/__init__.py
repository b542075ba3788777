"""Rollouts: a new revision reaches the tenants of a registry step by step.

A tenant keeps the pin that it has until the registry moves it. ``plan`` takes every template's rollout one step on in
each sync: ``asking`` reads what the template wants, ``memory`` recalls where the rollout stands, ``fleet`` sees who is
on which revision and who is under way, ``decide`` says what happens next (with ``canary`` and ``failures``), ``moves``
changes the rows, and ``report`` tells.
"""

from tenantry.registry.rollout.plan import Rolled, look, next_look, roll
from tenantry.registry.rollout.report import rollout_entries, rollout_problems, rollout_summary

__all__ = ["Rolled", "look", "next_look", "roll", "rollout_entries", "rollout_problems", "rollout_summary"]
