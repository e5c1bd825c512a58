"""cross_entropy: what it gives, at the ends of the range too; what it refuses; its text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_bp import Value, cross_entropy, derive, grad, hessian, jit, log_softmax, name, trace, value_and_grad

rng = np.random.default_rng(0)
z = rng.normal(size=(5, 3))
labels = np.array([0, 2, 1, 1, 0])
one_hot = np.eye(3)[labels]
shares = rng.uniform(0.1, 1.0, (5, 3))  # they need not sum to 1
everything = pytest.mark.parametrize("y", [labels, labels.astype(np.uint8), one_hot, one_hot == 1, shares])


def written_out(z: Any, y: Any) -> Any:
    """The definition."""
    y = one_hot if np.ndim(y) == 1 else np.asarray(y, dtype=float)
    return -np.sum(y * log_softmax(z, axis=1), axis=1)


def cost(z: Any, y: Any) -> Any:
    return np.mean(cross_entropy(z, y) ** 2)


@everything
def test_it_is_its_definition(y: Any) -> None:
    np.testing.assert_allclose(cross_entropy(z, y), written_out(z, y), rtol=1e-14)
    for transform in (grad, hessian):
        got, right = (transform(lambda z, f=f: np.mean(f(z, y) ** 2))(z) for f in (cross_entropy, written_out))
        np.testing.assert_allclose(got, right, atol=1e-14)


@everything
def test_any_axis(y: Any) -> None:
    turned, y_turned = np.stack([z, 2 * z], axis=2), np.stack([y, y], axis=-1)
    along = np.stack([cross_entropy(z, y), cross_entropy(2 * z, y)], axis=1)
    for axis in (1, -2):
        np.testing.assert_array_equal(cross_entropy(turned, y_turned, axis=axis), along)
        assert cross_entropy(Value(turned), y_turned, axis=axis).shape == (5, 2)
    g = grad(lambda z: np.sum(cross_entropy(z, np.moveaxis(y, 1, 0) if y.ndim == 2 else y, axis=0)))(z.T)
    np.testing.assert_allclose(g.T, grad(lambda z: np.sum(written_out(z, y)))(z), atol=1e-14)


def test_of_one_example() -> None:
    (right,) = cross_entropy(z[:1], [2])
    for y in (2, np.int64(2), np.eye(3)[2], [0.0, 0.0, 1.0]):
        assert cross_entropy(z[0], y).item() == cross_entropy(Value(z[0]), y).item() == right
        assert cross_entropy(z[0], y).shape == cross_entropy(Value(z[0]), y).shape == ()


def test_far_from_zero() -> None:
    far = np.array([[1000.0, -1000.0, 0.0], [-np.inf, 0.0, 1.0]])
    p = 1 / (1 + np.e)
    for y in (np.array([1, 2]), np.eye(3)[[1, 2]]):
        np.testing.assert_allclose(cross_entropy(far, y), [2000.0, np.log1p(np.exp(-1))], rtol=1e-15)
        slope = grad(lambda z, y=y: np.sum(cross_entropy(z, y)))(far)
        np.testing.assert_allclose(slope, [[1, -1, 0], [0, p, -p]], atol=1e-15)
    certain = cross_entropy(far, np.array([0, 0]))
    np.testing.assert_array_equal(certain, [0.0, np.inf])
    assert not np.signbit(certain[0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_logits_keep_their_dtype(dtype: Any) -> None:
    for y in (labels, one_hot.astype(dtype), one_hot == 1):
        assert cross_entropy(z.astype(dtype), y).dtype == cross_entropy(Value(z.astype(dtype)), y).dtype == dtype
        assert grad(cost)(z.astype(dtype), y).dtype == dtype


def test_nothing_to_sum() -> None:
    for shape, y in (((0, 3), np.zeros(0, int)), ((0, 3), np.zeros((0, 3))), ((2, 0), np.zeros((2, 0)))):
        x = np.zeros(shape)
        np.testing.assert_array_equal(cross_entropy(x, y), np.zeros(shape[0]))
        assert grad(lambda x, y=y: np.sum(cross_entropy(x, y)))(x).shape == shape


@pytest.mark.parametrize(
    ("y", "error", "hint"),
    [
        (labels + 1, ValueError, "y has labels from 1 to 3: they are to be from 0 to 2"),
        (labels - 1, ValueError, "y has labels from -1 to 1"),
        (labels.astype(float), ValueError, "integer labels, without the axis of the classes"),
        (one_hot.astype(int), ValueError, "or probabilities of the logits' shape as floats"),
        (labels[:1], ValueError, r"logits of shape \(5, 3\) and y of shape \(1,\)"),
        (one_hot[:1], ValueError, r"logits of shape \(5, 3\) and y of shape \(1, 3\)"),
        (one_hot.astype(complex), TypeError, "y has dtype complex128"),
    ],
)
def test_what_is_refused(y: Any, error: type[Exception], hint: str) -> None:
    for logits in (z, Value(z)):
        with pytest.raises(error, match=hint):
            cross_entropy(logits, y)


def test_numbers_are_refused() -> None:
    for x in (1.0, Value(1.0), np.array(1.0)):
        with pytest.raises(ValueError, match="pass logits along an axis"):
            cross_entropy(x, 0)


def test_the_recording_keeps_the_labels() -> None:
    y, v = labels.copy(), Value(z)
    loss = np.sum(cross_entropy(v, y))
    y[:] = 0
    loss.backward()
    np.testing.assert_allclose(v.grad, grad(lambda z: np.sum(written_out(z, labels)))(z), atol=1e-15)


@everything
def test_its_program_runs_alone(y: Any) -> None:
    f = value_and_grad(cost)
    program = trace(f, z, y)
    space: dict[str, Any] = {"np": np}
    exec(program.source, space)
    for got, right in zip(space[program.name](z, y, **program.constants), f(z, y), strict=True):
        assert np.asarray(got).tobytes() == np.asarray(right).tobytes()
    for got, right in zip(jit(f)(z, y), f(z, y), strict=True):
        np.testing.assert_allclose(got, right, rtol=1e-14)
    assert "cross" in program.latex


def test_its_derivation_runs_alone() -> None:
    derivation = derive(lambda z: np.mean(cross_entropy(name(z * 1.0, "z2"), labels)), z)
    space: dict[str, Any] = {}
    exec(derivation.source, space)
    np.testing.assert_allclose(
        space["gradient"](z)["z"], grad(lambda z: np.mean(written_out(z, labels)))(z), atol=1e-15
    )
