"""Each engine as a NumPy-like namespace, and a way to the gradients of a function written over it."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

Array = np.ndarray
Function = Callable[..., Any]


class Namespace:
    """An engine's functions under NumPy's names: those given here, else those of its modules."""

    def __init__(self, engine: str, modules: Sequence[Any], **functions: Function) -> None:
        self._engine, self._modules, self._functions = engine, modules, functions

    def __getattr__(self, name: str) -> Any:
        if name in self._functions:
            return self._functions[name]
        for module in self._modules:
            if hasattr(module, name):
                return getattr(module, name)
        pytest.skip(f"{self._engine} has no {name}")


def imported(name: str) -> Any:
    """A module that may be missing, in which case the test is skipped. A peer's own warnings are not ours to fix."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip(name.split(".")[0])
        return importlib.import_module(name)


def ours() -> tuple[Namespace, Function]:
    import tinygrad_bp

    def gradients(f: Function, *arrays: Array) -> tuple[Array, ...]:
        leaves = [tinygrad_bp.Value(x) for x in arrays]
        f(*leaves).backward()
        return tuple(
            np.zeros_like(x) if leaf.grad is None else leaf.grad for leaf, x in zip(leaves, arrays, strict=True)
        )

    return Namespace("tinygrad_bp", [np, tinygrad_bp]), gradients


def autograd() -> tuple[Namespace, Function]:
    anp, special = imported("autograd.numpy"), imported("autograd.scipy.special")

    def gradients(f: Function, *arrays: Array) -> tuple[Array, ...]:
        return imported("autograd").grad(f, tuple(range(len(arrays))))(*arrays)

    functions = {"sigmoid": special.expit, "logsumexp": special.logsumexp}
    return Namespace("autograd", [anp], **functions), gradients


def jax() -> tuple[Namespace, Function]:
    package, nn = imported("jax"), imported("jax.nn")
    package.config.update("jax_enable_x64", True)

    def gradients(f: Function, *arrays: Array) -> tuple[Array, ...]:
        return tuple(np.asarray(g) for g in package.grad(f, tuple(range(len(arrays))))(*arrays))

    return Namespace("jax", [package.numpy, nn]), gradients


def torch() -> tuple[Namespace, Function]:
    package = imported("torch")
    functional = package.nn.functional
    package.set_num_threads(1)

    def gradients(f: Function, *arrays: Array) -> tuple[Array, ...]:
        leaves = [package.tensor(x, requires_grad=True) for x in arrays]
        f(*leaves).backward()
        return tuple(
            np.zeros_like(x) if leaf.grad is None else leaf.grad.numpy() for leaf, x in zip(leaves, arrays, strict=True)
        )

    def constants(function: Function) -> Function:
        return lambda *arguments: function(*(package.as_tensor(x) for x in arguments))

    functions: dict[str, Function] = {
        "amax": lambda x, axis: package.amax(x, axis),
        "amin": lambda x, axis: package.amin(x, axis),
        "asarray": package.tensor,
        "cross": package.linalg.cross,
        "expand_dims": package.unsqueeze,
        "leaky_relu": functional.leaky_relu,
        "log_softmax": lambda x, axis: functional.log_softmax(x, axis),
        "maximum": constants(package.maximum),
        "minimum": constants(package.minimum),
        "power": package.pow,
        "softmax": lambda x, axis: functional.softmax(x, axis),
        "softplus": functional.softplus,
        "sort": lambda x, axis: package.sort(x, axis).values,
        "std": lambda x, axis: package.std(x, axis, correction=0),
        "take_along_axis": package.take_along_dim,
        "transpose": lambda x, axes: x.permute(axes),
        "var": lambda x, axis: package.var(x, axis, correction=0),
    }
    return Namespace("torch", [package], **functions), gradients


def mygrad() -> tuple[Namespace, Function]:
    package = imported("mygrad")
    activations = imported("mygrad.nnet.activations")

    def gradients(f: Function, *arrays: Array) -> tuple[Array, ...]:
        leaves = [package.tensor(x) for x in arrays]
        f(*leaves).backward()
        return tuple(
            np.zeros_like(x) if leaf.grad is None else leaf.grad for leaf, x in zip(leaves, arrays, strict=True)
        )

    functions = {"log_softmax": activations.logsoftmax}
    return Namespace("mygrad", [package, activations], **functions), gradients


PEERS = {"autograd": autograd, "jax": jax, "torch": torch, "mygrad": mygrad}
