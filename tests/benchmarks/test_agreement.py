"""Each workload, small: whoever takes part and is installed gives the numbers of the derivation by hand."""

from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np
import pytest

from benchmarks import environment
from benchmarks.case import Entry
from benchmarks.checks import DisagreementError, compare
from benchmarks.engines import ENGINES, entries
from benchmarks.workloads import WORKLOADS, chain, first_call, gmm, indexing, mlp, mlp_replayed

pytestmark = pytest.mark.filterwarnings("ignore")  # the peers' own

SMALL_NETWORK = mlp.Problem((16, 8, 4), 8)
OPERATIONS, N = 100, 50
CHAINS = {
    "tinygrad_bp": chain.ours,
    "tinygrad_bp jit": chain.ours_jit,
    "micrograd": chain.micrograd,
    "autograd": chain.autograd,
    "MyGrad": chain.mygrad,
    "PyTorch": chain.pytorch,
    "JAX": chain.jax,
    "JAX jit": chain.jax_jit,
}
LOOPS = {
    "tinygrad_bp": indexing.ours,
    "micrograd": indexing.micrograd,
    "autograd": indexing.autograd,
    "MyGrad": indexing.mygrad,
    "PyTorch": indexing.pytorch,
}


def small(name):
    """The workload at a size that is soon computed; its own where that is small."""
    workload = WORKLOADS[name]
    if name.startswith("gmm"):
        return gmm.workload(gmm.Mixture(4, 3, 30))
    if name in ("mlp", "large"):
        return mlp.workload(name, SMALL_NETWORK.sizes, SMALL_NETWORK.examples, 1.0, 1.0)
    if name == "first-call":
        firsts = {"tinygrad_bp jit": mlp_replayed.ours_first_call, "JAX jit": mlp_replayed.jax_first_call}
        return dataclasses.replace(
            workload,
            expected=partial(mlp.expected, SMALL_NETWORK),
            entries=tuple(Entry(peer, peer, partial(build, SMALL_NETWORK)) for peer, build in firsts.items()),
        )
    if name in ("chain", "deep"):
        return dataclasses.replace(
            workload,
            expected=lambda: chain.named(OPERATIONS, chain.floats(OPERATIONS)),
            entries=tuple(Entry(peer, peer, partial(chain.case, e, OPERATIONS)) for peer, e in CHAINS.items()),
        )
    if name == "indexing":
        return dataclasses.replace(
            workload,
            expected=lambda: indexing.named(N, indexing.by_hand(indexing.data(N))),
            entries=tuple(Entry(peer, peer, partial(indexing.case, e, N)) for peer, e in LOOPS.items()),
        )
    return workload


SMALL = {name: small(name) for name in WORKLOADS if name not in ("large", "gmm32", "deep")}


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    for name, value in environment.THREADS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("name", "label"), [(name, entry.label) for name, w in SMALL.items() for entry in w.entries])
def test_numbers_agree_with_the_derivation_by_hand(name, label):
    workload = SMALL[name]
    entry = workload.entry(label)
    if entry.peer == "torch.compile":
        pytest.skip("compiles for seconds; compared when it is measured")
    if entry.peer is not None and not environment.installed(entry.peer):
        pytest.skip(f"{entry.peer} is not there")
    try:
        with np.errstate():  # the limit lets e^{-z} overflow
            results = entry.build().results()
    except FileNotFoundError as error:
        pytest.skip(f"{entry.peer} lacks {error.filename}")
    assert compare(name, label, results, workload.expected(), workload.tolerance) <= workload.tolerance


def test_every_workload_has_a_small_form():
    assert all(WORKLOADS[name].reference for name in SMALL)
    assert {"first-call", "checking", "hessian", "logistic", "gmm10", "chain", "scalar", "mlp"} <= set(SMALL)


@pytest.mark.parametrize("peer", ["tinygrad_bp", "autograd", "MyGrad", "PyTorch", "JAX"])
def test_a_formula_that_is_wrong_in_the_last_digits_does_not_take_part(peer):
    if not environment.installed(peer):
        pytest.skip(f"{peer} is not there")
    mixture = gmm.Mixture(4, 3, 30)

    def wrong(xp, parameters, constants):
        alpha, mu, q, t = parameters
        return gmm.formula(xp, [alpha, mu, q * (1 + 1e-11), t], constants, mixture=mixture)

    own = {peer: {"triangle": gmm.TRIANGLES.get(peer, gmm.gathered)} for peer in ENGINES}
    rows = entries(wrong, lambda: (mixture.data()[0], mixture.constants()), gmm.numbers, own)
    planted = next(row for row in rows if row.peer == peer).build()
    workload = gmm.workload(mixture)
    with pytest.raises(DisagreementError, match=peer):
        compare("gmm", peer, planted.results(), workload.expected(), workload.tolerance)


def test_first_calls_are_of_the_measured_network():
    assert first_call.PROBLEM.sizes == (784, 128, 10)


@pytest.mark.parametrize("m", [0, 3])
def test_the_mixtures_gradient_by_hand_is_the_differences(m):
    mixture = gmm.Mixture(3, 2, 7)
    parameters, X = mixture.data()
    for derive in (
        lambda p: gmm.gmm_by_hand.literally(*p, X, 0.7, m, 0.0),
        lambda p: gmm.gmm_by_hand.Derivation(*p, X, 0.7, m, 0.0).derive(),
    ):
        J, gradients = derive(parameters)
        for i, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
            for j in np.ndindex(p.shape):
                e = np.zeros_like(p)
                e[j] = 1e-5
                up, down = (derive([*parameters[:i], p + s * e, *parameters[i + 1 :]])[0] for s in (1, -1))
                assert (up - down) / 2e-5 == pytest.approx(g[j], abs=1e-7 * max(1.0, abs(J)))
