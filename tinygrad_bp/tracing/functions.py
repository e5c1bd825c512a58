"""NumPy's functions that a trace does not simply note: by what it does with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

#: functions that ask for what is fixed in a trace: they give plain answers
PLAIN = frozenset((np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.common_type, np.iscomplexobj,
                    np.isrealobj, np.may_share_memory, np.shares_memory, np.einsum_path, np.min_scalar_type,
                    np.zeros_like, np.ones_like, np.empty_like, np.diag_indices_from, np.tril_indices_from,
                    np.triu_indices_from))  # fmt: skip
#: functions whose result is as long as their numbers make it
COUNTING = frozenset((np.nonzero, np.flatnonzero, np.argwhere, np.compress, np.extract, np.repeat, np.delete,
                       np.bincount, np.trim_zeros, np.unique, np.union1d, np.intersect1d, np.setdiff1d,
                       np.setxor1d))  # fmt: skip
WRITES = frozenset((np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal))

#: `ufunc.reduce` and `.accumulate` under the names that people write
METHODS: dict[tuple[Any, str], Callable[..., Any]] = {
    (np.add, "reduce"): np.sum,
    (np.multiply, "reduce"): np.prod,
    (np.maximum, "reduce"): np.max,
    (np.minimum, "reduce"): np.min,
    (np.logical_and, "reduce"): np.all,
    (np.logical_or, "reduce"): np.any,
    (np.add, "accumulate"): np.cumsum,
    (np.multiply, "accumulate"): np.cumprod,
}
