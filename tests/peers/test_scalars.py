"""Graphs of scalars, ours and micrograd's: the same code, the same numbers."""

from __future__ import annotations

import random

import pytest

from tinygrad_bp import Value

from .engines import imported


def random_graph(make, seed, operations=200):
    """Leaves, and a sum of what random operations made of them; the same for the same seed."""
    rng = random.Random(seed)
    leaves = [make(rng.uniform(0.5, 1.5)) for _ in range(5)]
    pool = list(leaves)
    for _ in range(operations):
        a, b, c = rng.choice(pool), rng.choice(pool), rng.uniform(0.5, 1.5)
        pool.append(
            rng.choice(
                [
                    lambda a=a, b=b: 0.5 * (a + b),
                    lambda a=a, b=b: a - b * 0.5,
                    lambda a=a, b=b: a * b / (1.0 + a * a + b * b),
                    lambda a=a, c=c: (c - a).relu(),
                    lambda a=a, c=c: a / (c + a**2),
                    lambda a=a: -a,
                    lambda a=a: (1.0 + a * a) ** -0.5,
                ]
            )()
        )
    return leaves, sum(pool)


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_agree_with_micrograd(seed):
    engine = imported("micrograd.engine")
    leaves, root = random_graph(engine.Value, seed)
    root.backward()
    mine, my_root = random_graph(Value, seed)
    my_root.backward()
    assert my_root.data == pytest.approx(root.data, rel=1e-12)
    assert [leaf.grad for leaf in mine] == pytest.approx([leaf.grad for leaf in leaves], rel=1e-11)
