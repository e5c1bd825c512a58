"""Points beside a corner: where several meet, the slopes of f along a direction do not bound a right gradient.

With weights of both signs Σ wₖ relu(zₖ) at z = 0 is neither convex nor concave along a direction, and the gradient that
relu′(0) = 0 gives can lie outside both one-sided slopes (Kakade and Lee, Provably correct automatic subdifferentiation
for qualified programs, 2018). At a point displaced generically no corner is left, and the candidate, called there, is
right or wrong as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .arguments import Array
from .directions import gaussian
from .entries import SAMPLE
from .trials import Subject
from .verdict import SAFETY

#: how many points are tried
PLACES = 3
#: how far they are, as a part of the size of x
AWAY = {np.dtype(np.float64): 2.0**-10, np.dtype(np.float32): 2.0**-5}

#: slopes along two directions and their sum are compared up to this part: each direction is rounded by itself
EXACT = 2.0**-4


def beside_corner(subject: Subject, seed: int) -> Iterator[Subject]:
    """The same function and candidate at seeded points around, all arguments moved, within the bounds; fewer where
    f or the candidate is no number there, or the limit of evaluations is near."""
    assert subject.elsewhere is not None
    for place in range(PLACES):
        random = np.random.default_rng([seed, 12, place])
        point = {}
        for b, block in enumerate(subject.arguments.blocks):
            step = AWAY[block.x.dtype] * subject.scales[b] * gaussian(random, block.x.size)
            if subject.lower:
                inside = (subject.lower[b] <= block.x + step) & (block.x + step <= subject.upper[b])
                step = np.where(inside, step, -step)
                moved = np.clip(block.x + step, subject.lower[b], subject.upper[b])
            else:
                moved = block.x + step
            point[b] = moved.astype(block.x.dtype)
        if not subject.evaluator.affords(50):
            return
        other = subject.elsewhere(point)
        if other is not None:
            yield other


def bounds_gradients(subject: Subject, b: int, random: np.random.Generator) -> bool:
    """Whether the slopes on the sides of the corner bound a right gradient, as far as seen, and an entry of block b
    lies outside them: f has the larger slope on the same side along every direction, and φ′(u + v) ≤ φ′(u) + φ′(v), as
    a convex function does; or a concave one, with ≥. float32 does not show that well enough."""
    if any(block.x.dtype == np.float32 for block in subject.arguments.blocks):
        return False
    n, every = subject.sizes[b].size, [k for k, size in enumerate(subject.sizes) if size.any()]
    some = np.arange(n) if n <= SAMPLE else random.choice(n, SAMPLE, replace=False)
    bends: set[float] = set()

    def ahead(v: dict[int, Array]) -> tuple[float, str]:
        """The slope on the side that v points to, and the verdict along v."""
        trial, m = subject.trial(v, {k: subject.sizes[k] for k in v}, True)
        if m.left is None or m.right is None:
            return m.estimate.value, trial.verdict
        bend = m.right.value - m.left.value
        bends.add(0.0 if abs(bend) <= SAFETY * (m.left.bound + m.right.bound) else float(np.sign(bend)))
        return m.right.value, trial.verdict

    alone = [ahead({b: subject.whitened(b, random, np.arange(n) == i)})[1] for i in some]
    if "fail" not in alone or "inconclusive" in alone:
        return False
    for blocks in ([b], every) * (SAMPLE // 4):
        u, v = ({k: subject.whitened(k, random) for k in blocks} for _ in range(2))
        slopes = [ahead(along)[0] for along in (u, v, {k: u[k] + v[k] for k in blocks})]
        excess = slopes[0] + slopes[1] - slopes[2]
        if not abs(excess) <= EXACT * max(map(abs, slopes)):
            bends.add(float(np.sign(excess)))
        if len(bends) > 1 or not bends <= {-1.0, 1.0}:
            return False
    return True
