"""The long runs behind the stated figures: `python -m tests.gradcheck.corpus.statistics --count 3000`.

coverage   random smooth functions of one number: how often the true error is within the stated bound. The truth is
           the complex step of the same function in long double, 1e-30 from the axis
right      right gradients of the networks, float32 and float64, saturated and not, at scales from 2^-60 to 2^60: no
           false failure; and the same verdict at every scale
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_bp.gradcheck import gradcheck

from . import networks
from .score import upper_bound

ATOMS: tuple[Callable[[Any], Any], ...] = (
    np.sin, np.cos, np.tanh, np.exp, np.arctan,
    lambda z: 1 / (1 + np.exp(-z)), lambda z: np.log1p(z * z), lambda z: z / (1 + z * z), lambda z: np.sqrt(1 + z * z),
    lambda z: z * z * z, lambda z: np.exp(-z * z),
)  # fmt: skip


def smooth(random: np.random.Generator) -> Callable[[Any], Any]:
    """A sum, a chain or a product of one to four smooth functions."""
    count = int(random.integers(1, 5))
    atoms = [ATOMS[i] for i in random.integers(0, len(ATOMS), count)]
    a, b = np.exp(random.normal(0, 1.5, count)), random.normal(0, 1, count)
    c = random.normal(0, 1, count) * 10.0 ** random.integers(-6, 6)
    kind = ("sum", "chain", "product")[int(random.integers(3))]

    def f(x: Any) -> Any:
        if kind == "sum":
            return sum(ck * atom(ak * x + bk) for ck, atom, ak, bk in zip(c, atoms, a, b, strict=True))
        y = x if kind == "chain" else 1.0
        for atom, ak, bk in zip(atoms, a, b, strict=True):
            y = atom(ak * y + bk) if kind == "chain" else y * atom(ak * x + bk)
        return c[0] * y

    return f


def smooth_case(seed: Sequence[int]) -> tuple[Callable[[Any], Any], float, float]:
    """f, x and f′(x): the complex step of f in long double."""
    random = np.random.default_rng(seed)
    f, x = smooth(random), float(random.normal() * 10.0 ** random.integers(-3, 3))
    with np.errstate(all="ignore"):
        truth = float(np.imag(f(np.longdouble(x) + np.clongdouble(1e-30j))) / np.longdouble(1e-30))
    return f, x, truth


def coverage(count: int, seed: int) -> int:
    """Prints how many were outside their bound; returns it."""
    verdicts: Counter[str] = Counter()
    judged = outside = 0
    for k in range(count):
        f, x, truth = smooth_case([seed, k])
        with np.errstate(all="ignore"):
            value = float(f(x))
        if not np.isfinite(truth) or not np.isfinite(value):
            continue
        report = gradcheck(lambda x, f=f: float(f(float(x))), x, gradient=lambda x, t=truth: t, seed=k)
        verdicts[report.reason or report.verdict] += 1
        (finding, *_) = report.findings
        judged += 1
        if np.isfinite(finding.bound) and not finding.absolute_error <= finding.bound:
            outside += 1
            print(f"outside: seed {[seed, k]}, error {finding.absolute_error:.2g}, bound {finding.bound:.2g}")
    bound = 100 * upper_bound(outside, judged)
    print(f"coverage: {outside} of {judged} outside their bound (at most {bound:.2f} % at 95 %); {dict(verdicts)}")
    return outside + verdicts["fail"]


def right(count: int, seed: int) -> int:
    """Prints how many right gradients failed; returns it."""
    verdicts: Counter[str] = Counter()
    failed = changed = 0
    for k in range(count):
        random = np.random.default_rng([seed, 1, k])
        network = networks.NETWORKS[k % len(networks.NETWORKS)]
        dtype = (np.float32, np.float64)[int(random.integers(2))]
        saturation = (1.0, 1.0, 8.0, 30.0)[int(random.integers(4))]
        tau = (1e-6, 1e-4, 1e-3)[int(random.integers(3))]
        P, X, Y, constants = networks.draw(network, random, saturation)
        P, X, Y = {name: p.astype(dtype) for name, p in P.items()}, X.astype(dtype), Y.astype(dtype)
        cost, gradient = getattr(networks, network + "_cost"), getattr(networks, network + "_gradient")
        found = []
        for scale in (1.0, 2.0 ** int(random.integers(-60, 61))):
            rest = (X, Y, {**constants, "scale": scale})
            with np.errstate(all="ignore"):
                G = gradient(P, *rest)
            if not all(np.isfinite(g).all() for g in G.values()):
                continue  # the derivation itself overflows: that is no right gradient

            def f(P: Any, cost: Any = cost, rest: Any = rest) -> Any:
                return cost(P, *rest)

            def by_hand(P: Any, gradient: Any = gradient, rest: Any = rest) -> Any:
                return gradient(P, *rest)

            report = gradcheck(f, P, gradient=by_hand, tau=tau, seed=k)
            found.append(report.verdict)
            verdicts[f"{np.dtype(dtype).name} {report.reason or report.verdict}"] += 1
            if report.verdict == "fail":
                failed += 1
                print(
                    f"false failure: seed {[seed, 1, k]}, {network}, {np.dtype(dtype).name}, tau {tau}, scale {scale:g}"
                )
        changed += len(set(found)) > 1 and dtype is np.float64
    checks = sum(verdicts.values())
    bound = 100 * upper_bound(failed, checks)
    print(f"right: {failed} of {checks} failed (at most {bound:.2f} % at 95 %)")
    print(f"verdicts in float64 that a scale changed: {changed}")
    print(dict(sorted(verdicts.items())))
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if options.seed is None else options.seed
    print(f"seed {seed}")
    return 1 if coverage(options.count, seed) + right(options.count, seed) else 0


if __name__ == "__main__":
    sys.exit(main())
