"""The workloads, by name. Importing them imports NumPy alone; each competitor is imported where it is built."""

from __future__ import annotations

from . import chain, doublings, indexing, memory, mlp, scalar

MODULES = (scalar, mlp, chain, indexing, doublings, memory)
WORKLOADS = {workload.name: workload for module in MODULES for workload in module.WORKLOADS}
