"""The engines, each as a namespace with NumPy's names and a way to a value with its gradients.

A workload states its formula once, `formula(xp, parameters, constants)`: xp has NumPy's names (axes by position),
`parameters` is what is differentiated and `constants` what is not, each a list of arrays of the engine's own kind.
`ENGINES[peer](formula, parameters, constants, **own)` gives a function without arguments that computes value and
gradients anew at each call, as the engine's users would; `own` are functions that `xp` has beside the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from . import environment
from .case import Case, Entry, Numbers

Array = np.ndarray
Formula = Callable[[Any, Sequence[Any], Sequence[Any]], Any]
Derive = Callable[[], tuple[Any, Sequence[Any]]]


class Namespace:
    """Functions by name: those that are given, else those of the modules."""

    def __init__(self, *modules: Any, **functions: Callable[..., Any]) -> None:
        for module in reversed(modules):  # all at once: jit refuses what changes while it is traced
            self.__dict__.update(vars(module))
        self.__dict__.update(functions)


def ours(formula: Formula, parameters: Sequence[Array], constants: Sequence[Array], **own: Any) -> Derive:
    import tinygrad_bp

    xp = Namespace(np, tinygrad_bp, **own)
    leaves = [tinygrad_bp.Value(p) for p in parameters]

    def derive() -> tuple[Any, Sequence[Any]]:
        for leaf in leaves:
            leaf.zero_grad()
        value = formula(xp, leaves, constants)
        value.backward()
        return value.item(), [leaf.grad for leaf in leaves]

    return derive


def ours_jit(formula: Formula, parameters: Sequence[Array], constants: Sequence[Array], **own: Any) -> Derive:
    import tinygrad_bp

    xp = Namespace(np, tinygrad_bp, **own)
    names = [f"p{i}" for i in range(len(parameters))]

    def cost(named: dict[str, Any], constants: Sequence[Any]) -> Any:
        return formula(xp, [named[name] for name in names], constants)

    compiled, named = tinygrad_bp.jit(tinygrad_bp.value_and_grad(cost)), dict(zip(names, parameters, strict=True))

    def derive() -> tuple[Any, Sequence[Any]]:
        value, gradients = compiled(named, list(constants))
        return value, [gradients[name] for name in names]

    return derive


def autograd(formula: Formula, parameters: Sequence[Array], constants: Sequence[Array], **own: Any) -> Derive:
    import autograd.numpy as anp
    from autograd import value_and_grad
    from autograd.scipy.special import logsumexp

    xp = Namespace(anp, logsumexp=logsumexp, **own)
    derive = value_and_grad(lambda parameters: formula(xp, parameters, constants))
    return partial(derive, list(parameters))


def mygrad(formula: Formula, parameters: Sequence[Array], constants: Sequence[Array], **own: Any) -> Derive:
    import mygrad as mg

    def logsumexp(x: Any, axis: int) -> Any:  # it has none
        top = x.data.max(axis, keepdims=True)
        return mg.log(mg.sum(mg.exp(x - top), axis)) + top.squeeze(axis)

    xp = Namespace(mg, logsumexp=logsumexp, **own)
    leaves = [mg.tensor(p) for p in parameters]

    def derive() -> tuple[Any, Sequence[Any]]:
        value = formula(xp, leaves, constants)
        value.backward()
        return value.item(), [leaf.grad for leaf in leaves]

    return derive


def pytorch(
    formula: Formula,
    parameters: Sequence[Array],
    constants: Sequence[Array],
    *,
    compiled: bool = False,
    **own: Any,
) -> Derive:
    import torch

    torch.set_num_threads(1)
    xp = Namespace(torch, expand_dims=torch.unsqueeze, **own)
    leaves = [torch.from_numpy(p.copy()).requires_grad_() for p in parameters]
    fixed = [torch.from_numpy(c) for c in constants]

    def cost(leaves: Sequence[Any], fixed: Sequence[Any]) -> Any:
        return formula(xp, leaves, fixed)

    run = torch.compile(cost) if compiled else cost

    def derive() -> tuple[Any, Sequence[Any]]:
        value = run(leaves, fixed)
        value.backward()
        gradients = [leaf.grad for leaf in leaves]
        for leaf in leaves:
            leaf.grad = None
        return value.detach(), gradients

    return derive


def jax(
    formula: Formula,
    parameters: Sequence[Array],
    constants: Sequence[Array],
    *,
    compiled: bool = False,
    **own: Any,
) -> Derive:
    import jax
    import jax.numpy as jnp
    from jax.scipy.special import logsumexp

    jax.config.update("jax_enable_x64", True)
    xp = Namespace(jnp, logsumexp=logsumexp, **own)
    leaves, fixed = [jnp.asarray(p) for p in parameters], [jnp.asarray(c) for c in constants]
    derive = jax.value_and_grad(lambda leaves, fixed: formula(xp, leaves, fixed))
    run = jax.jit(derive) if compiled else derive
    return lambda: jax.block_until_ready(run(leaves, fixed))


def tinygrad(
    formula: Formula,
    parameters: Sequence[Array],
    constants: Sequence[Array],
    *,
    compiled: bool = False,
    **own: Any,
) -> Derive:
    from tinygrad import Device, Tensor, TinyJit

    def method(name: str) -> Callable[..., Any]:
        return lambda x, *arguments: getattr(x, name)(*arguments)

    names = ("exp", "log", "sum", "matmul", "logsumexp")
    functions: dict[str, Any] = {name: method(name) for name in names}
    functions |= {
        "swapaxes": method("transpose"),
        "expand_dims": method("unsqueeze"),
        "log1p": lambda x: (1.0 + x).log(),  # it has none
    }
    xp = Namespace(**functions | own)
    leaves = [Tensor(p).realize() for p in parameters]
    fixed = [Tensor(c).realize() for c in constants]

    def run(*leaves: Any) -> Any:
        value = formula(xp, leaves, fixed)
        gradients = value.gradient(*leaves)
        Tensor.realize(value, *gradients)
        return value, *gradients

    replay = TinyJit(run) if compiled else run

    def derive() -> tuple[Any, Sequence[Any]]:
        value, *gradients = replay(*leaves)
        Device[Device.DEFAULT].synchronize()
        return value, gradients

    return derive


ENGINES: dict[str, Callable[..., Derive]] = {
    "tinygrad_bp": ours,
    "tinygrad_bp jit": ours_jit,
    "autograd": autograd,
    "MyGrad": mygrad,
    "PyTorch": pytorch,
    "torch.compile": partial(pytorch, compiled=True),
    "JAX": jax,
    "JAX jit": partial(jax, compiled=True),
    "tinygrad": tinygrad,
    "tinygrad jit": partial(tinygrad, compiled=True),
}


def array(x: Any) -> Array:
    """A copy, as NumPy's array, of a number or an array of any engine."""
    return np.array(x.numpy() if hasattr(x, "numpy") else x, dtype=np.float64)


def case(derive: Derive, named: Callable[[Any, Sequence[Any]], Numbers]) -> Case:
    """The case of a function that gives value and gradients; `named` says what they are called."""

    def results() -> Numbers:
        value, gradients = derive()
        return named(array(value), [array(g) for g in gradients])

    return Case(results, derive)


def entries(
    formula: Formula,
    data: Callable[[], tuple[Sequence[Array], Sequence[Array]]],
    named: Callable[[Any, Sequence[Any]], Numbers],
    own: dict[str, dict[str, Any]] | None = None,
) -> tuple[Entry, ...]:
    """A row for every engine. data() is (parameters, constants); `own` what a peer's namespace is given."""

    def build(peer: str) -> Case:
        parameters, constants = data()
        return case(ENGINES[peer](formula, parameters, constants, **(own or {}).get(peer, {})), named)

    return tuple(Entry(peer, peer, partial(build, peer), slow=peer in environment.SLOW) for peer in ENGINES)
