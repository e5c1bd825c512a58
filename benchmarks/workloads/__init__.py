"""The workloads, by name. Importing them imports NumPy alone; each competitor is imported where it is built."""

from __future__ import annotations

from . import chain, checking, doublings, first_call, gmm, hessian, indexing, logistic, memory, mlp, scalar

MODULES = (scalar, mlp, gmm, logistic, hessian, chain, indexing, checking, first_call, doublings, memory)
WORKLOADS = {workload.name: workload for module in MODULES for workload in module.WORKLOADS}
