"""Hessian-vector products, ours and the peers' that have them."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_bp import hvp

from .engines import imported, jax, ours, torch
from .functions import arguments, scalar

NAMES = (
    "broadcasting", "constant power", "reuse", "logsumexp", "softmax", "matmul", "einsum", "prod", "norm", "network",
    "tanh", "sigmoid", "solve", "index, repeated",
)  # fmt: skip


def by_jax(name, arrays, vectors):
    package, (namespace, _) = imported("jax"), jax()
    places = tuple(range(len(arrays)))
    gradients = package.grad(scalar(name, namespace), places)
    return package.jvp(gradients, arrays, vectors)[1]


def by_torch(name, arrays, vectors):
    package, (namespace, _) = imported("torch"), torch()
    tensors, directions = (tuple(map(package.tensor, x)) for x in (arrays, vectors))
    return package.autograd.functional.hvp(scalar(name, namespace), tensors, directions)[1]


@pytest.mark.filterwarnings("ignore")  # the peers' own
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("peer", [by_jax, by_torch])
def test_hessian_vector_products_agree(peer, name):
    arrays = arguments(name)
    rng = np.random.default_rng(1)
    vectors = tuple(rng.normal(size=x.shape) for x in arrays)
    theirs = peer(name, arrays, vectors)
    f = scalar(name, ours()[0])
    mine = hvp(lambda a: f(*a), (arrays,), (vectors,))[0]
    scale = max(np.max(np.abs(t)) for t in map(np.asarray, theirs))
    for got, want in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(got, np.asarray(want), rtol=0, atol=1e-10 * scale)
