"""The training step of `mlp`, as each eager peer's users write it; ‖W‖² by that of its functions which is fastest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..case import Case, Numbers

if TYPE_CHECKING:
    from .mlp import Problem


def autograd(problem: Problem) -> Case:
    import autograd.numpy as anp
    from autograd import value_and_grad
    from autograd.scipy.special import expit, logsumexp

    parameters, Y, (_, _, X, _) = problem.parameters(), problem.one_hot(), problem.data()
    m = len(X)

    def cost(parameters: list[Any]) -> Any:
        weights, biases = parameters[::2], parameters[1::2]
        a: Any = X
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            a = expit(anp.dot(a, W.T) + b)
        z = anp.dot(a, weights[-1].T) + biases[-1]
        log_p = z - logsumexp(z, axis=1, keepdims=True)
        return -anp.sum(Y * log_p) / m + problem.decay / 2 * sum(anp.dot(w, w) for w in map(anp.ravel, weights))

    derive = value_and_grad(cost)

    def step() -> Any:
        value, gradients = derive(parameters)
        for p, g in zip(parameters, gradients, strict=True):
            p -= problem.rate * g
        return value

    def results() -> Numbers:
        value, gradients = derive(parameters)
        step()
        return problem.numbers(value, gradients, parameters)

    return Case(results, step)


def mygrad_unguarded(problem: Problem) -> Case:
    """Without the checks that keep arrays from being changed under MyGrad's feet, as its manual advises for speed."""
    import mygrad as mg

    mg.turn_memory_guarding_off()
    return mygrad(problem)


def mygrad(problem: Problem) -> Case:
    import mygrad as mg
    from mygrad.nnet.activations import sigmoid
    from mygrad.nnet.losses import softmax_crossentropy

    _, _, X, labels = problem.data()
    parameters = [mg.tensor(p) for p in problem.parameters()]
    weights, biases = parameters[::2], parameters[1::2]

    def cost() -> Any:
        a: Any = X
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            a = sigmoid(mg.matmul(a, W.T) + b)
        z = mg.matmul(a, weights[-1].T) + biases[-1]
        return softmax_crossentropy(z, labels) + problem.decay / 2 * sum(mg.sum(W**2) for W in weights)

    def step() -> Any:
        value = cost()
        value.backward()
        for p in parameters:
            p.data -= problem.rate * p.grad
        return value

    def results() -> Numbers:
        value = cost()
        value.backward()
        gradients = [p.grad.copy() for p in parameters]
        step()
        return problem.numbers(value.item(), gradients, [p.data for p in parameters])

    return Case(results, step)


def pytorch(problem: Problem, *, compiled: bool = False) -> Case:
    import torch
    from torch.nn.functional import cross_entropy, linear

    torch.set_num_threads(1)
    _, _, X_, labels_ = problem.data()
    X, labels = torch.from_numpy(X_), torch.from_numpy(labels_)
    parameters = [torch.from_numpy(p).requires_grad_() for p in problem.parameters()]
    weights, biases = parameters[::2], parameters[1::2]

    def cost() -> Any:
        a = X
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            a = torch.sigmoid(linear(a, W, b))
        z = linear(a, weights[-1], biases[-1])
        return cross_entropy(z, labels) + problem.decay / 2 * sum((W * W).sum() for W in weights)

    run = torch.compile(cost) if compiled else cost

    def step() -> Any:
        value = run()
        value.backward()
        with torch.no_grad():
            for p in parameters:
                p.sub_(p.grad, alpha=problem.rate)
                p.grad = None
        return value

    def results() -> Numbers:
        value = run()
        value.backward()
        gradients = [p.grad.numpy().copy() for p in parameters]
        for p in parameters:
            p.grad = None
        step()
        return problem.numbers(value.item(), gradients, [p.detach().numpy() for p in parameters])

    return Case(results, step)
