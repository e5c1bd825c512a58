"""The tables of derivatives, one file for each family of functions; importing this package fills them."""

from . import (  # noqa: F401  (they state the rules)
    activations,
    arithmetic,
    choosing,
    einsum,
    exponential,
    factorisations,
    indexing,
    joining,
    losses,
    moving,
    norms,
    polynomials,
    products,
    reductions,
    scalars,
    scans,
    shapes,
    solving,
    spacing,
    statistics,
    trigonometric,
)
from .coverage import coverage
from .kinds import bilinear, elementwise, linear, primitive, reduction
from .plain import NOT_YET, PLAIN, REFUSED, refusal
from .rule import COMPOSED, TABLE, Rule, accepts, refused_option, without_defaults

for _rule in TABLE.values():
    _rule.ours = True
    if _rule.direct is None and not (_rule.joint or _rule.undifferentiated):
        _function = _rule.function if _rule.evaluate is _rule else _rule.evaluate
        _rule.direct = getattr(_function, "_implementation", _function)  # without NumPy's search for a Value (NEP 18)
    _rule.entrywise = (
        _rule.pullbacks is _rule.pushforwards
        and _rule.options is not None
        and "axis" not in _rule.options
        and _rule.positions == len(_rule.pullbacks)
    )

__all__ = [
    "COMPOSED",
    "NOT_YET",
    "PLAIN",
    "REFUSED",
    "TABLE",
    "Rule",
    "accepts",
    "bilinear",
    "coverage",
    "elementwise",
    "linear",
    "primitive",
    "reduction",
    "refusal",
    "refused_option",
    "without_defaults",
]
