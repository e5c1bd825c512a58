"""Gradient checks side by side on the corpus of `tests/gradcheck/corpus`: `python -m benchmarks.gradcheck_score`.

    --seed N      of the points and mutants; one is drawn, and printed, if it is not given
    --points N    points of each network, at loss scales from 1e-8 to 1e8 (5)
    --mutants N   mutants at each point (10)
    --saturation F  factor on the first weights (1)

Every checker judges the same gradients of the same functions with its own defaults; those that are not installed are
left out, and said so. What answers with a number only is given its documentation's own rule:

    ours        tinygrad_bp.gradcheck, tau=1e-6
    torch       torch.autograd.gradcheck, slow and fast (eps 1e-6, atol 1e-5, rtol 1e-3)
    jax         jax.test_util.check_vjp, in float64 (its own tolerance)
    autograd    autograd.test_util.check_grads (1e-6)
    scipy       scipy.optimize.check_grad below 1e-6
    CS231n      central differences, h = 1e-5; relative error below 1e-4 "okay", above 1e-2 "wrong", between them doubt

Then three demonstrations: an all-zero derivative at 100,000 entries; 940 parameters with every entry checked; and the
evaluations that networks of 120, 10,000 and 1,000,000 parameters take.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from tests.gradcheck.corpus import networks
from tests.gradcheck.corpus.score import Case, Checker, Score, cases, ours, run
from tinygrad_bp.gradcheck import gradcheck

Answer = tuple[str, str | None, int]


class Counted:
    """A function that counts its calls."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f, self.calls = f, 0

    def __call__(self, *arguments: Any) -> Any:
        self.calls += 1
        return self.f(*arguments)


def flat(case: Case) -> tuple[Counted, Callable[[Any], Any], Any]:
    """The case as functions of one vector."""
    shapes = {name: np.shape(p) for name, p in case.P.items()}
    sizes = np.cumsum([int(np.prod(s)) for s in shapes.values()])[:-1]

    def parts(x: Any) -> dict[str, Any]:
        return {name: part.reshape(s) for (name, s), part in zip(shapes.items(), np.split(x, sizes), strict=True)}

    def gradient(x: Any) -> Any:
        G = case.gradient(parts(x))
        return np.concatenate([np.ravel(G[name]) for name in shapes])

    return Counted(lambda x: float(case.f(parts(x)))), gradient, np.concatenate([np.ravel(p) for p in case.P.values()])


def with_torch(fast: bool) -> Checker:
    """torch.autograd.gradcheck of a Function that computes with NumPy."""
    import torch

    torch.set_num_threads(1)

    def check(case: Case) -> Answer:
        f, gradient, x = flat(case)

        class Function(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.save_for_backward(x)
                return torch.tensor(f(x.detach().numpy()), dtype=torch.float64)

            @staticmethod
            def backward(ctx: Any, d: Any) -> Any:
                return d * torch.from_numpy(gradient(ctx.saved_tensors[0].detach().numpy()))

        point = torch.from_numpy(x.copy()).requires_grad_()
        right = torch.autograd.gradcheck(Function.apply, (point,), fast_mode=fast, raise_exception=False)
        return "pass" if right else "fail", None, f.calls

    return check


def with_jax() -> Checker:
    """jax.test_util.check_vjp."""
    import jax

    jax.config.update("jax_enable_x64", True)
    from jax.test_util import check_vjp

    def check(case: Case) -> Answer:
        f, gradient, x = flat(case)

        def plain(x: Any) -> Any:
            return np.float64(f(np.asarray(x)))

        def pulled(x: Any) -> Any:
            return plain(x), lambda d: (np.asarray(d) * gradient(np.asarray(x)),)

        try:
            check_vjp(plain, pulled, (x,))
        except AssertionError:
            return "fail", None, f.calls
        return "pass", None, f.calls

    return check


def with_autograd() -> Checker:
    """autograd.test_util.check_grads of a primitive."""
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    def check(case: Case) -> Answer:
        f, gradient, x = flat(case)
        function = primitive(f.__call__)
        defvjp(function, lambda y, x: lambda d: d * gradient(x))
        try:
            check_grads(function, modes=["rev"], order=1)(x)
        except AssertionError:
            return "fail", None, f.calls
        return "pass", None, f.calls

    return check


def with_scipy() -> Checker:
    """scipy.optimize.check_grad."""
    from scipy.optimize import check_grad

    def check(case: Case) -> Answer:
        f, gradient, x = flat(case)
        return "pass" if check_grad(f, gradient, x) < 1e-6 else "fail", None, f.calls

    return check


def with_cs231n() -> Checker:
    """The recipe of the course notes: every entry by central differences, and the largest relative error."""

    def check(case: Case) -> Answer:
        f, gradient, x = flat(case)
        numeric, h = np.empty_like(x), 1e-5
        for i in range(x.size):
            step = np.zeros_like(x)
            step[i] = h
            numeric[i] = (f(x + step) - f(x - step)) / (2 * h)
        yours = gradient(x)
        error = float(np.max(np.abs(numeric - yours) / np.maximum(1e-8, np.abs(numeric) + np.abs(yours))))
        return "pass" if error < 1e-4 else "inconclusive" if error <= 1e-2 else "fail", None, f.calls

    return check


CHECKERS: dict[str, Callable[[], Checker]] = {
    "tinygrad_bp": lambda: ours,
    "torch, slow": lambda: with_torch(False),
    "torch, fast": lambda: with_torch(True),
    "jax": with_jax,
    "autograd": with_autograd,
    "scipy": with_scipy,
    "CS231n": with_cs231n,
}


def row(name: str, score: Score) -> str:
    """One line of the table."""
    wrong, right = score.of("wrong"), score.of("right")
    unsure = score.of("wrong", "inconclusive") + score.of("right", "inconclusive")
    return (
        f"{name:12} {score.of('wrong', 'fail'):6} of {wrong:<6} {score.of('wrong', 'pass'):6} "
        f"{score.of('right', 'fail'):6} of {right:<5} {unsure:6} {int(np.median(score.evaluations)):8} "
        f"{1e3 * score.seconds / len(score.evaluations):9.1f} ms"
    )


def zeros() -> None:
    """Who accepts zeros as the derivative of sin at 100,000 entries: of its sum, its mean, and entry by entry."""
    x = np.random.default_rng(0).normal(size=100_000)
    forms = {"sum(sin(x))": "sum", "mean(sin(x))": "mean", "sin(x)": None}
    said: dict[str, list[str]] = {"tinygrad_bp": [], "tinygrad_bp, float32": []}
    for reduction in forms.values():
        for row, point in zip(said.values(), (x, x.astype(np.float32)), strict=True):
            if reduction is None:
                report = gradcheck(np.sin, point, pullback=lambda d, x: np.zeros_like(x), seed=0)
            else:
                reduce = getattr(np, reduction)
                report = gradcheck(lambda x, r=reduce: r(np.sin(x)), point, gradient=np.zeros_like, seed=0)
            row.append(report.verdict)
    try:
        said["torch, fast"] = [_zeros_in_torch(x, reduction) for reduction in forms.values()]
    except ImportError:
        print("torch is left out")
    try:
        said["jax, float32 (its default)"] = [_zeros_in_jax(x.astype(np.float32), r) for r in forms.values()]
        said["jax, float64"] = [_zeros_in_jax(x, r) for r in forms.values()]
    except ImportError:
        print("jax is left out")
    print("\nan all-zero derivative at 100,000 entries (right: fail):")
    print(" " * 28, *(form.rjust(13) for form in forms))
    for name, row in said.items():
        print(f"  {name:26}", *(verdict.rjust(13) for verdict in row))


def _zeros_in_torch(x: Any, reduction: str | None) -> str:
    """torch.autograd.gradcheck(fast_mode=True) of sin with a backward pass that gives zeros."""
    import torch

    class Sine(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = torch.sin(x)
            ctx.save_for_backward(x)
            return y if reduction is None else getattr(y, reduction)()

        @staticmethod
        def backward(ctx: Any, d: Any) -> Any:
            return torch.zeros_like(ctx.saved_tensors[0])

    # where it fails, fast mode runs the slow one for its message: 200,000 evaluations and 80 GB
    module = sys.modules["torch.autograd.gradcheck"]
    slow = module._run_slow_mode_and_get_error
    module._run_slow_mode_and_get_error = lambda *a, **k: "fails"
    try:
        point = (torch.from_numpy(x.copy()).requires_grad_(),)
        accepts = torch.autograd.gradcheck(Sine.apply, point, fast_mode=True, raise_exception=False)
    finally:
        module._run_slow_mode_and_get_error = slow
    return "pass" if accepts else "fail"


def _zeros_in_jax(x: Any, reduction: str | None) -> str:
    """jax.test_util.check_grads of sin with a pullback that gives zeros."""
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", x.dtype == np.float64)

    def plain(x: Any) -> Any:
        y = jax.numpy.sin(x)
        return y if reduction is None else getattr(y, reduction)()

    function = jax.custom_vjp(plain)
    function.defvjp(lambda x: (plain(x), x), lambda x, d: (0 * x,))
    try:
        check_grads(function, (jax.numpy.asarray(x),), order=1, modes=["rev"])
    except AssertionError:
        return "fail"
    return "pass"


def every_entry() -> None:
    """940 parameters of one network, every entry, beside torch's slow check of the same network in torch."""
    random = np.random.default_rng(0)
    X, Y = random.normal(size=(16, 20)), random.normal(size=(16, 10))
    P = {"W1": random.normal(size=(20, 30)) / 5, "b1": random.normal(size=30), "W2": random.normal(size=(30, 10)) / 5,
         "b2": random.normal(size=10)}  # fmt: skip

    def f(P: Any) -> Any:
        a = np.tanh(X @ P["W1"] + P["b1"][..., None, :])
        return np.sum((a @ P["W2"] + P["b2"][..., None, :] - Y) ** 2, axis=(-2, -1)) / 32

    def gradient(P: Any) -> Any:
        a = np.tanh(X @ P["W1"] + P["b1"])
        d = (a @ P["W2"] + P["b2"] - Y) / 16
        z = (d @ P["W2"].T) * (1 - a**2)
        return {"W1": X.T @ z, "b1": z.sum(axis=0), "W2": a.T @ d, "b2": d.sum(axis=0)}

    def mine() -> bool:
        return gradcheck(f, P, gradient=gradient, exhaustive=True, seed=0).ok

    contest: dict[str, Callable[[], bool]] = {"tinygrad_bp, exhaustive": mine}
    try:
        import torch
    except ImportError:
        print("\ntorch is not installed: no comparison for 940 parameters")
    else:
        torch.set_num_threads(1)
        tensors = [torch.from_numpy(p.copy()).requires_grad_() for p in P.values()]
        TX, TY = torch.from_numpy(X), torch.from_numpy(Y)

        def of_torch(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
            return ((torch.tanh(TX @ W1 + b1) @ W2 + b2 - TY) ** 2).sum() / 32

        contest["torch, slow"] = lambda: bool(torch.autograd.gradcheck(of_torch, tensors))
    times: dict[str, list[float]] = {name: [] for name in contest}
    for _ in range(9):
        for name, check in contest.items():
            start = time.process_time()
            assert check()
            times[name].append(time.process_time() - start)
    print(
        f"\n{sum(p.size for p in P.values())} parameters, every entry, processor time, median of 9 interleaved rounds:"
    )
    for name, seconds in times.items():
        print(f"  {name:24} {1e3 * statistics.median(seconds):8.1f} ms")
    if len(times) == 2:
        own, theirs = times.values()
        ratios = sorted(theirs[k] / own[k] for k in range(len(own)))
        print(f"  torch takes {statistics.median(ratios):.1f} times as long ({ratios[0]:.1f} to {ratios[-1]:.1f})")


def of_every_size() -> None:
    """Evaluations of f for networks of three layers, six arrays, with the gradient by hand."""
    print("\nparameters   evaluations of f, five points (torch, slow: two for each parameter)")
    constants = {"scale": 1.0, "decay": 0.0}

    def cost(P: Any, X: Any, Y: Any) -> Any:
        return networks.mlp_tanh_cost(P, X, Y, constants)

    def by_hand(P: Any, X: Any, Y: Any) -> Any:
        return networks.mlp_tanh_gradient(P, X, Y, constants)

    for sizes in ((6, 7, 6, 4), (40, 100, 50, 10), (500, 1000, 480, 10)):
        counts = []
        for seed in range(5):
            random = np.random.default_rng(seed)
            P: dict[str, Any] = {}
            for k, (n, m) in enumerate(itertools.pairwise(sizes), start=1):
                P |= {f"W{k}": random.normal(size=(m, n)) / n**0.5, f"b{k}": random.normal(size=m) / 4}
            X, Y = random.normal(size=(8, sizes[0])), random.normal(size=(8, sizes[-1]))
            report = gradcheck(cost, P, X, Y, gradient=lambda *given: (by_hand(*given),), argnums=(0,), seed=seed)
            assert report.ok, str(report)
            counts.append(report.evaluations)
        print(f"{sum(p.size for p in P.values()):10,}   {', '.join(map(str, counts))}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--points", type=int, default=5)
    parser.add_argument("--mutants", type=int, default=10)
    parser.add_argument("--saturation", type=float, default=1.0)
    options = parser.parse_args()
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if options.seed is None else options.seed
    warnings.simplefilter("ignore")
    available: dict[str, Checker] = {}
    for name, make in CHECKERS.items():
        try:
            available[name] = make()
        except ImportError as error:  # noqa: PERF203
            print(f"{name} is left out: {error}")
    print(f"seed {seed}, {options.points} points of each network, {options.mutants} mutants each")
    titles = ("mutants found", 16), ("silent", 6), ("false alarms", 15), ("unsure", 6), ("calls", 8), ("time each", 12)
    print(" " * 12, *(title.rjust(width) for title, width in titles))
    for name, checker in available.items():
        corpus = cases(seed, options.points, options.mutants, options.saturation)
        print(row(name, run(checker, corpus)), flush=True)
    zeros()
    every_entry()
    of_every_size()
    return 0


if __name__ == "__main__":
    sys.exit(main())
