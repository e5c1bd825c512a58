"""The training step of `mlp` where it is traced once and replayed: ours, torch.compile's, JAX', tinygrad's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..case import Case, Numbers
from ..engines import array

if TYPE_CHECKING:
    from .mlp import Problem


def _our_cost(problem: Problem) -> Callable[..., Any]:
    """The cost as a function of a dict of parameters W1 b1 …, plain NumPy but for what NumPy lacks."""
    from tinygrad_bp import log_softmax, sigmoid

    layers, decay = len(problem.sizes) - 1, problem.decay

    def cost(parameters: dict[str, Any], X: Any, Y: Any) -> Any:
        a = X
        for k in range(1, layers):
            a = sigmoid(a @ parameters[f"W{k}"].T + parameters[f"b{k}"])
        z = a @ parameters[f"W{layers}"].T + parameters[f"b{layers}"]
        squares = sum(np.sum(parameters[f"W{k}"] * parameters[f"W{k}"]) for k in range(1, layers + 1))
        return -np.sum(Y * log_softmax(z, axis=1)) / len(X) + decay / 2 * squares

    return cost


def ours(problem: Problem) -> Case:
    """The step as one function, `jit` of it, which gives the parameters after the step."""
    from tinygrad_bp import jit, value_and_grad

    Y, (_, _, X, _) = problem.one_hot(), problem.data()
    parameters = dict(zip(problem.names(), problem.parameters(), strict=True))
    derive, rate = value_and_grad(_our_cost(problem)), problem.rate

    @jit
    def update(parameters: dict[str, Any], X: Any, Y: Any) -> tuple[Any, dict[str, Any]]:
        value, gradients = derive(parameters, X, Y)
        return value, {name: p - rate * gradients[name] for name, p in parameters.items()}

    def step() -> Any:
        nonlocal parameters
        value, parameters = update(parameters, X, Y)
        return value

    def results() -> Numbers:
        value, gradients = jit(derive)(parameters, X, Y)
        step()
        return problem.numbers(value, [gradients[name] for name in parameters], list(parameters.values()))

    return Case(results, step)


def ours_first_call(problem: Problem) -> Case:
    """A new function each time, traced and called once."""
    from tinygrad_bp import jit, value_and_grad

    Y, (_, _, X, _) = problem.one_hot(), problem.data()
    parameters = dict(zip(problem.names(), problem.parameters(), strict=True))

    def first() -> Any:
        return jit(value_and_grad(_our_cost(problem)))(parameters, X, Y)

    def results() -> Numbers:
        value, gradients = first()
        return problem.numbers(value, list(gradients.values()), [])

    return Case(results, first)


def _jax_cost(problem: Problem) -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def cost(parameters: list[Any], X: Any, labels: Any) -> Any:
        weights, biases = parameters[::2], parameters[1::2]
        a = X
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            a = jax.nn.sigmoid(a @ W.T + b)
        log_p = jax.nn.log_softmax(a @ weights[-1].T + biases[-1])
        picked = jnp.take_along_axis(log_p, labels[:, None], axis=1)
        return -jnp.mean(picked) + problem.decay / 2 * sum(jnp.sum(W * W) for W in weights)

    return cost


def jax_jit(problem: Problem, *, compiled: bool = True) -> Case:
    """The step as one function, whose parameters make place for the new ones."""
    import jax
    import jax.numpy as jnp

    derive = jax.value_and_grad(_jax_cost(problem))
    _, _, X_, labels_ = problem.data()
    X, labels = jnp.asarray(X_), jnp.asarray(labels_)
    state = [jnp.asarray(p) for p in problem.parameters()]

    def update(parameters: list[Any], X: Any, labels: Any) -> tuple[Any, list[Any]]:
        value, gradients = derive(parameters, X, labels)
        return value, [p - problem.rate * g for p, g in zip(parameters, gradients, strict=True)]

    run = jax.jit(update, donate_argnums=0) if compiled else update

    def step() -> Any:
        value, state[:] = run(state, X, labels)
        return jax.block_until_ready((value, state))

    def results() -> Numbers:
        value, gradients = derive(state, X, labels)
        gradients = [np.array(g) for g in gradients]
        step()
        return problem.numbers(float(value), gradients, state)

    return Case(results, step)


def jax_first_call(problem: Problem) -> Case:
    import jax
    import jax.numpy as jnp

    _, _, X_, labels_ = problem.data()
    state, X, labels = [jnp.asarray(p) for p in problem.parameters()], jnp.asarray(X_), jnp.asarray(labels_)

    def first() -> Any:
        jax.clear_caches()
        return jax.block_until_ready(jax.jit(jax.value_and_grad(_jax_cost(problem)))(state, X, labels))

    def results() -> Numbers:
        value, gradients = first()
        return problem.numbers(float(value), gradients, [])

    return Case(results, first)


def tinygrad(problem: Problem, *, compiled: bool = False) -> Case:
    from tinygrad import Device, Tensor, TinyJit

    _, _, X_, _ = problem.data()
    X, Y = Tensor(X_).realize(), Tensor(problem.one_hot()).realize()
    state = [Tensor(p).realize() for p in problem.parameters()]

    def derive(*parameters: Any) -> tuple[Any, list[Any]]:
        weights, biases = parameters[::2], parameters[1::2]
        a = X
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            a = (a @ W.T + b).sigmoid()
        z = a @ weights[-1].T + biases[-1]
        cost = -(Y * z.log_softmax(1)).sum() / len(X_) + problem.decay / 2 * sum((W * W).sum() for W in weights)
        return cost, cost.gradient(*parameters)

    def update(*parameters: Any) -> Any:
        cost, gradients = derive(*parameters)
        for p, g in zip(parameters, gradients, strict=True):
            p.assign(p - problem.rate * g)
        Tensor.realize(cost, *parameters)
        return cost

    replay = TinyJit(update) if compiled else update

    def step() -> Any:
        cost = replay(*state)
        Device[Device.DEFAULT].synchronize()
        return cost

    def results() -> Numbers:
        cost, gradients = derive(*state)
        value, gradients = array(cost), [array(g) for g in gradients]
        step()
        return problem.numbers(float(value), gradients, [array(p) for p in state])

    return Case(results, step)
