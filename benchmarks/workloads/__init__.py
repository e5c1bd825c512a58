"""The workloads, by name. Importing them imports NumPy alone; each competitor is imported where it is built."""

from __future__ import annotations

from . import mlp

WORKLOADS = {workload.name: workload for workload in (*mlp.WORKLOADS,)}
