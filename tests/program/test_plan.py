"""A plan changes where results lie and in which order things happen, never what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.program.test_jit import assert_replayed
from tinygrad_bp import grad, jit, log_softmax, logsumexp, sigmoid, softplus, value_and_grad
from tinygrad_bp.program import blocks, factors, loops, lower, places, plan, rewrite, sums
from tinygrad_bp.program.agree import difference
from tinygrad_bp.program.compiling import compile_
from tinygrad_bp.program.op import Op
from tinygrad_bp.program.plan import packed

rng = np.random.default_rng(0)
A, B, v, w = rng.normal(size=(6, 4)), rng.normal(size=(6, 4)), rng.normal(size=4), rng.normal(size=6)
S, T = rng.normal(size=(6, 5, 4)), rng.normal(size=(6, 4, 5))


@pytest.fixture(params=["whole", "blocks"], autouse=True)
def _in_blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything twice: as arrays of this size are replayed, and in blocks, as large ones are."""
    if request.param == "blocks":
        monkeypatch.setattr(blocks, "LARGE", 8)
        monkeypatch.setattr(blocks, "ENTRIES", 8)
        monkeypatch.setattr(rewrite, "SMALL", 4)
    monkeypatch.setattr(sums, "MANY", 4)
    monkeypatch.setattr(lower, "_MANY", 4)


def source(f: Callable[..., Any], *arguments: Any) -> str:
    """The text of f's replay, with the names of functions in place of the objects' names."""
    compiled = compile_(f, arguments, {})
    text = compiled.source
    for name, x in sorted(compiled.space.items(), key=lambda item: -len(item[0])):
        if name.startswith("k_") and callable(x):
            text = text.replace(f"{name}(", f"{getattr(x, '__qualname__', getattr(x, '__name__', name))}(")
    return text


FUNCTIONS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    # in place, and not in place of what is still needed
    (lambda A: np.exp(A) + np.exp(A) * 2 - A, (A,)),
    (lambda A: ((A * 2).T + 1) * (A * 2).T, (A,)),
    (lambda A: [A * 2, (A * 2 + 1).T, (A * 2)[1:], A * 2], (A,)),
    (lambda A, B: (lambda x: (x, x + B, np.tanh(x) * x))(A - B), (A, B)),
    (lambda A: (lambda x: x + x.T)((A.T @ A) * 2), (A,)),
    (lambda A: (lambda x: x[::-1] * 2 - x)(A * 2), (A,)),
    (lambda A: (lambda x: np.where(x > 0, x, -x) + np.sort(x, axis=0))(A * 2), (A,)),
    # transposes of products, sums as products
    (lambda A, B: ((A.T @ B).T, (A @ B.T).T.T, (A.T @ B).T + (A.T @ B)), (A, B)),
    (lambda A, B: (np.sum(A * B), np.sum(A * A), np.sum(np.square(A)), np.sum(A.T * B.T), np.sum(A * B.T.T)), (A, B)),
    (lambda A: (np.sum(A + 1, axis=0), np.sum(A + 1, axis=1, keepdims=True), np.sum(A * A, axis=-1)), (A,)),
    (lambda S: (np.sum(S * 2, axis=0), np.sum(S * 2, axis=1), np.sum(S * 2, axis=2), np.sum(S * 2, axis=(0, 2))), (S,)),
    (
        lambda A, B: (np.sum(A @ B.T, axis=0), np.sum(-(3 * A @ B.T), axis=0, keepdims=True), np.sum(-A, axis=1)),
        (A, B),
    ),
    (lambda S, T: (np.sum(S @ T, axis=1), np.sum(S @ T, axis=2), np.sum(S @ T, axis=0)), (S, T)),
    (lambda A: (np.max(A * 2, axis=1), np.min(A[:, :3] * 2, axis=1, keepdims=True), np.max(A, axis=0)), (A,)),
    # factors
    (lambda A, v: (0.1 * (0.5 * A + np.outer(A @ v, v)), 3.0 * np.sum(A * 2, axis=0)), (A, v)),
    (lambda B, v, w: B - 0.1 * (0.5 * B + np.reshape(w, (6, 1)) @ np.reshape(v, (1, 4))), (B, v, w)),
    (
        lambda A, B: (A - 0.1 * (A * 0.5 + np.sin(B)), A - (3 * A + B), A + 0.2 * (B + 2 * A), 7 * A - (2 * A) * 3),
        (A, B),
    ),
    (lambda A, v: (v - 0.1 * (0.5 * v + A), A - 0.1 * (0.5 * v + A), A - 0.1 * (A * A + v), A - 2 * (A + A)), (A, v)),
    (lambda A, B: (lambda d: (A - 0.1 * d, d, A - 0.2 * d))(0.5 * A + B), (A, B)),
    (lambda A, B: (-np.sum(A * B) / 7, 3 * -np.sum(A * B), -np.sum(A) * 2, 0 + np.sum(A * A), 0 + np.sum(A)), (A, B)),
    (lambda A, B: (1 / (2 + A * A)) * B + 1 / (3 + B * B), (A, B)),
    # logarithms together
    (
        lambda A, v: np.sum(np.maximum(v, 0.0) + np.log1p(np.exp(A))) + np.sum(np.maximum(A, 0.0) + np.log1p(A * A)),
        (A, v),
    ),
    (
        lambda A: (np.mean(np.log1p(np.exp(A))), np.mean(A * A), np.mean(A, axis=(0, 1)), np.mean(A, axis=1), A.mean()),
        (A,),
    ),
    (lambda A: (np.sum(softplus(40 * A)), np.logaddexp(0, A) + softplus(-A), np.sum(softplus(A), axis=1)), (A,)),
    (lambda A, B: (np.sum(np.log1p(np.exp(A * B))), np.sum(np.log1p(np.exp(-700 - A))), B - A), (A, B)),
    (lambda A: np.sum(np.log1p(np.exp(np.exp(3 * A)))) + np.sum(np.log1p(np.exp(A.T * 2)), axis=(0, 1)), (A,)),
    # broadcasting
    (lambda A, v, w: (A + v, v * A, w[:, None] / (2 + A * A), (A - w[:, None]) * v, v + w[:, None]), (A, v, w)),
    (lambda A, v: sigmoid(A + v) + sigmoid(A.T + v[:, None]).T, (A, v)),
    (lambda A: log_softmax(A, axis=1) + log_softmax(A, axis=0) + log_softmax(A), (A,)),
    (lambda A: log_softmax(A.T, axis=0).T * np.sum(softplus(A)), (A,)),
    # stacks of matrices, and views of them
    (lambda S, T: np.sum(np.tanh(S @ T) * 2, axis=(1, 2)) + np.sum(np.swapaxes(S, 1, 2) * T), (S, T)),
    (lambda S, T: np.sum(np.square(np.swapaxes(S * 2, 1, 2) @ np.swapaxes(T * 3, 1, 2)), axis=2), (S, T)),
    (lambda S: (np.tanh(S) * 2).reshape(6, 20).sum(axis=1) + np.ravel(S * 2)[:6], (S,)),
    (lambda S: (lambda x: (x.reshape(30, 4), x.transpose(0, 2, 1) + 1, x.transpose(2, 1, 0)))(np.exp(S) * S), (S,)),
    (lambda S, w: logsumexp(np.sum(S * S, axis=2) * w[:, None], axis=0), (S, w)),
    # indices
    (lambda A, i: A[:, i] * 2, (A, np.array([[3, -1], [0, 3]]))),
    (lambda v, i: v[i] * v[[0, 0, 1]], (v, np.array([2, 2, -4]))),
    (lambda S, i: (S[i] * 2, S[:, i], S[0, :, i], S[..., i], S[:, :, i][0]), (S, np.array([1, 1, 3]))),
    (lambda A: A[:, np.array([], int)] + np.sum(A[:, A[0] > 0]), (A,)),
    # other dtypes
    (lambda A: (A.astype(np.float32) * 2 + 1, np.sum(A.astype(np.float32) * 2), (A > 0) & (A < 1), ~(A > 0)), (A,)),
    (lambda A: (A.astype(np.float32) * A, np.sum(A.astype(np.float32), axis=0), np.sum(A > 0, axis=0)), (A,)),
    (lambda A: np.sum(np.where(A > 0, A, 0.5) * np.cumsum(A, axis=0)) * A, (A,)),
]


@pytest.mark.parametrize(("f", "arguments"), FUNCTIONS)
def test_functions_and_their_gradients(f: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    def total(*arguments: Any) -> Any:
        from tinygrad_bp.tree import leaves

        return sum(np.sum(np.sin(x)) for _, x in leaves(f(*arguments)) if x.dtype == np.float64)

    assert_replayed(f, *arguments)
    floats = tuple(i for i, x in enumerate(arguments) if x.dtype.kind == "f")
    assert_replayed(value_and_grad(total, floats), *arguments)
    assert_replayed(grad(lambda *a: np.sum(grad(total)(*a) ** 2)), *arguments)


@np.errstate(all="ignore")
def test_softplus_at_any_number() -> None:
    x = np.array([0.0, -0.0, 5e-324, 1e-17, -1e-17, 1e-300, 36.7, -36.7, 745.0, -745.0, 1e308, -1e308, np.inf, -np.inf])
    for f in (softplus, lambda x: np.logaddexp(0, x)):
        assert difference(jit(f)(x), f(x)) is None
        np.testing.assert_array_max_ulp(jit(f)(x[:-2]), f(x[:-2]), 2)
        assert np.isnan(jit(f)(np.full(8, np.nan))).all()
        total = jit(lambda x, f=f: np.sum(f(x)))
        assert total(x) == np.inf
        assert total(x[:10]) == pytest.approx(np.sum(f(x[:10])), rel=4e-16)


@pytest.mark.parametrize("c", [1e300, 1e-300, 0.0, np.inf])
def test_factors_stay_where_partial_results_would_over_or_underflow(c: float) -> None:
    rng = np.random.default_rng(0)
    a, b, W = rng.normal(size=(3, 4)) * 1e10 / max(1.0, 1e-200 / (c or 1)), rng.normal(size=(4, 300)), np.ones((3, 300))
    if c > 1:
        b, W = b * 1e-200, W * 1e-190
    for f in (lambda a, b: c * (a @ b), lambda a, b: c * (b.T @ a.T), lambda a, b: c * (0.5 * W + a @ b),
              lambda a, b: 0.5 * (c * W + a @ b)):  # fmt: skip
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(jit(f)(a, b), f(a, b), rtol=1e-12, atol=0)


@pytest.mark.parametrize("c", [1.0, 4.0, 1e15])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_step_with_much_decay_keeps_its_range(c: float, sign: int) -> None:
    d = (1 - 2**-50) / c  # so that 1 − c d is next to nothing
    x, y = np.ones((3, 300)), np.full((3, 300), 1e300 / c)
    for f in (lambda x, y: x - sign * c * (sign * d * x + y), lambda x, y: x + c * (y - sign * d * x)):
        assert np.isfinite(f(x, y)).all()
        np.testing.assert_allclose(jit(f)(x, y), f(x, y), rtol=1e-12, atol=0)


@np.errstate(all="ignore")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_softplus_has_the_bits_of_the_function(dtype: Any) -> None:
    odd = np.array([0.0, -0.0, 1e-30, -1e-30, 88.8, -103.0, 745.2, -745.2, 3e38, np.inf, -np.inf, np.nan], dtype)
    for x in (odd, rng.normal(size=1000).astype(dtype), rng.normal(size=(30, 40)).astype(dtype).T * 50):
        assert jit(lambda x: softplus(x))(x).tobytes() == softplus(x).tobytes()


STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "*": lambda a, b: a * b,
    "@": lambda a, b: a @ b,
    "T": lambda a, b: np.swapaxes(a, 1, 2) - b,
    "row": lambda a, b: a + b[:, :1],
    "first": lambda a, b: a * b[:1],
    "sums": lambda a, b: a - np.sum(b, axis=2, keepdims=True),
    "columns": lambda a, b: a - np.sum(b, axis=1, keepdims=True),
    "stack": lambda a, b: a - np.sum(b, axis=0),
    "all": lambda a, b: a * np.sum(b),
    "flat": lambda a, b: np.reshape(np.exp(np.reshape(a, (5, 9))) * 2, (5, 3, 3)) + b,
    "reversed": lambda a, b: a[::-1] + np.sum(a * b),
}


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=12)
)
def test_random_stacks_of_matrices(steps: list[tuple[str, int, int]]) -> None:
    a, b = np.random.default_rng(1).uniform(-1, 1, (2, 5, 3, 3))

    def f(a: Any, b: Any) -> Any:
        made = [a, b]
        for step, i, j in steps:
            made.append(np.tanh(STEPS[step](made[i % len(made)], made[j % len(made)])))
        return made[-1], np.sum(made[-1] * made[-2]), made[len(made) // 2] + 1

    jitted = jit(f)
    for _ in range(2):
        assert difference(jitted(a, b), f(a, b), among=1.0) is None  # differences of numbers near 1 among them
        a, b = b, a
    slope = value_and_grad(lambda a, b: sum(np.sum(x) for x in f(a, b)), (0, 1))
    wanted = slope(a, b)
    assert difference(jit(slope)(a, b), wanted, among=wanted) is None


def test_the_same_numpy_calls_give_the_same_bits() -> None:
    def f(A: Any, B: Any) -> Any:
        y = sigmoid(A @ B.T)
        return np.tanh(y) / (1 + y), np.cumsum(y, axis=0), y.T.copy()

    for x, wanted in zip(jit(f)(A, B), f(A, B), strict=True):
        assert x.tobytes() == wanted.tobytes()


def test_what_it_looks_like(request: pytest.FixtureRequest) -> None:
    text = source(value_and_grad(lambda W, X: np.sum(np.tanh(X @ W.T)) + 0.5 * np.sum(W * W)), B, A)
    assert "transpose" not in text
    assert text.count(".dot(") >= 3  # X Wᵀ, dᵀ X and Σ W ⊙ W
    loops = text.count("for i in range")
    assert (loops > 0) == ("blocks" in request.node.name)


def test_a_step_of_descent_with_decay_goes_twice_over_the_weights() -> None:
    def step(W: Any, d: Any, X: Any) -> Any:
        return W - 0.1 * (0.01 * W + d.T @ X)

    W, d, X = rng.normal(size=(30, 60)), rng.normal(size=(5, 30)), rng.normal(size=(5, 60))
    text = source(step, W, d, X)
    assert text.count("add(") == 0
    assert text.count("subtract(") == text.count("multiply(") - 1  # once more over d, which is less than W
    assert difference(jit(step)(W, d, X), step(W, d, X)) is None


@pytest.mark.parametrize("many", [400, 10])
def test_packing_never_overlaps_what_lives_together(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "_MANY", many)
    for seed in range(20):
        draw = np.random.default_rng(seed)
        spans = {}
        for cell in range(30):
            first, length = draw.integers(0, 40), draw.integers(0, 15)
            spans[cell] = (int(first), int(first + length), int(draw.integers(1, 5000)))
        offset, total = packed(spans)
        for i, (first, last, size) in spans.items():
            assert offset[i] % 64 == 0
            assert offset[i] + size <= total
            for j, (other_first, other_last, other_size) in spans.items():
                if i != j and first <= other_last and other_first <= last:
                    assert offset[i] + size <= offset[j] or offset[j] + other_size <= offset[i]


def wrong(f: Callable[..., Any], arguments: tuple[Any, ...]) -> bool:
    """Whether a replay of f gives something else than f, or fails."""
    try:
        return difference(jit(f)(*arguments), f(*arguments)) is not None
    except ValueError:
        return True


class TestPlanted:
    """Faults put into the plan are seen by the tests above."""

    def seen(self) -> bool:
        """Whether one of the functions comes out wrong."""
        return any(wrong(f, arguments) for f, arguments in FUNCTIONS)

    def test_none(self) -> None:
        assert not self.seen()

    def test_a_live_buffer_is_used_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(plan, "packed", lambda spans: (dict.fromkeys(spans, 0), 10**6))
        assert self.seen()

    def test_in_place_of_what_another_view_reads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(plan, "_roots", lambda order: {op: frozenset((op,)) for op in order})
        assert self.seen()

    def test_a_block_too_few(self, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
        if "blocks" not in request.node.name:
            pytest.skip("there are no blocks")
        monkeypatch.setattr(blocks.Group, "__init__", _short(blocks.Group.__init__))
        assert self.seen()

    def test_a_result_of_a_block_is_written_over_too_early(
        self, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
    ) -> None:
        if "blocks" not in request.node.name:
            pytest.skip("there are no blocks")
        last_uses = places._last_uses
        monkeypatch.setattr(places, "_last_uses", lambda group: {op: i - 1 for op, i in last_uses(group).items()})
        assert self.seen()

    def test_a_result_of_a_block_lies_where_another_stays(
        self, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
    ) -> None:
        if "blocks" not in request.node.name:
            pytest.skip("there are no blocks")

        def everywhere(group: blocks.Group) -> dict[Op, Op | int]:
            """The rows of the last result that stays for all of its shape."""
            staying = [op for op in group.members if op in group.whole]
            found = places.places(group)
            return {op: next((w for w in reversed(staying) if w.shape == op.shape), where)
                    for op, where in found.items()}  # fmt: skip

        monkeypatch.setattr(loops, "places", everywhere)
        assert self.seen()

    def test_a_factor_with_the_wrong_sign(self, monkeypatch: pytest.MonkeyPatch) -> None:
        factor = factors._factor
        monkeypatch.setattr(factors, "_factor", lambda x: (-factor(x)[0], factor(x)[1]))
        assert self.seen()

    def test_logarithms_together_without_the_product(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sums, "sum_log1p", lambda x: np.log1p(np.sum(x)))
        monkeypatch.setattr(blocks, "SUMS", (*blocks.SUMS, sums.sum_log1p))
        assert self.seen()


def _short(init: Callable[..., None]) -> Callable[..., None]:
    def shorter(self: Any, *arguments: Any) -> None:
        init(self, *arguments)
        self.n -= 1

    return shorter
