"""Tests of others' programs run where ``KUBE_STATE_METRICS_BIN`` and ``METACONTROLLER_BIN`` name them."""

from __future__ import annotations

from tests.controlplane.metacontroller import metacontroller_program
from tests.monitoring.programs import kube_state_metrics

_REAL = {
    "test_real_kube_state_metrics.py": kube_state_metrics(),
    "test_real_metacontroller.py": metacontroller_program(),
}
collect_ignore = [file for file, program in _REAL.items() if program is None]
