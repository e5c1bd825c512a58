"""Einstein summation in every form: indices repeated, summed, left out (`...`), implicit output, sublists.

The subscripts are first written out: an ellipsis by letters, the output by name. The adjoint in an operand is then an
einsum itself: of d, the other operands, and for an index that stands nowhere else a vector of ones (it was summed), for
one that stands twice in the operand the identity matrix (it was a diagonal).
"""

from __future__ import annotations

import operator
import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from .arrays import unbroadcast
from .kinds import composed, variadic
from .rule import Rule

_LETTERS = string.ascii_uppercase + string.ascii_lowercase  # sorted, as characters are


def _einsum(*operands: Any, subscripts: str, optimize: Any = False) -> Any:
    """`np.einsum` with the operands first."""
    return np.einsum(subscripts, *operands, optimize=optimize)


def _adjoint(i: int, d: Any, operands: Sequence[Any], subscripts: str, optimize: Any) -> Any:
    """The transpose of the sum in operand i, applied to d."""
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    x, own = operands[i], terms[i]
    others = [(term, operand) for j, (term, operand) in enumerate(zip(terms, operands, strict=True)) if j != i]
    known = {*output, *(letter for term, _ in others for letter in term)}
    fresh = (letter for letter in string.ascii_letters if letter not in subscripts)
    wanted, extra = "", []
    for letter, n in zip(own, np.shape(x), strict=True):
        if letter in wanted:
            twin = next(fresh)
            extra.append((letter + twin, np.eye(n, dtype=x.dtype)))
            wanted += twin
        else:
            wanted += letter
            if letter not in known:
                extra.append((letter, np.ones(n, dtype=x.dtype)))
    parts = [(output, d), *others, *extra]
    back = contracted(
        *(operand for _, operand in parts),
        subscripts=",".join(term for term, _ in parts) + "->" + wanted,
        optimize=bool(optimize is not False),
    )
    back = unbroadcast(back, np.shape(x))  # a length of 1 stretched to that of another operand
    return back if np.shape(back) == np.shape(x) else np.broadcast_to(back, np.shape(x))


def _replaced(i: int, d: Any, operands: Sequence[Any], subscripts: str, optimize: Any) -> Any:
    """The sum with d in the place of operand i."""
    return contracted(*operands[:i], d, *operands[i + 1 :], subscripts=subscripts, optimize=optimize)


contracted: Rule = variadic(
    _einsum,
    lambda i, d, y, *operands, subscripts, optimize=False: _adjoint(i, d, operands, subscripts, optimize),
    lambda i, d, y, *operands, subscripts, optimize=False: _replaced(i, d, operands, subscripts, optimize),
)


@composed(np.einsum)
def einsum(*operands: Any, optimize: Any = False) -> Any:
    """The sum of products that the subscripts say. ValueError if they and the operands do not agree."""
    subscripts, arrays = _as_text(operands)
    if subscripts.count("->") > 1 or subscripts.count(",") != len(arrays) - 1:
        raise ValueError(f"einsum subscripts {subscripts!r} are not for {len(arrays)} operands")
    return contracted(*arrays, subscripts=_written_out(subscripts, arrays), optimize=optimize)


def _as_text(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Subscripts and operands; from `a, [0, 1], b, [1, 2], [0, 2]` too."""
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), list(operands[1:])
    if len(operands) < 2:
        raise ValueError("einsum needs an operand and the sublist of its indices")
    arrays, lists = list(operands[0 : 2 * (len(operands) // 2) : 2]), list(operands[1::2])
    text = ",".join(map(_letters, lists))
    return (text + "->" + _letters(operands[-1]) if len(operands) % 2 else text), arrays


def _letters(sublist: Any) -> str:
    """The indices of a sublist as letters, in NumPy's order: that of an output which is not given."""
    if any(i is not Ellipsis and not 0 <= operator.index(i) < len(_LETTERS) for i in sublist):
        raise ValueError(f"einsum sublist {sublist} has an index that is not from 0 to {len(_LETTERS) - 1}")
    return "".join("..." if i is Ellipsis else _LETTERS[i] for i in sublist)


def _written_out(subscripts: str, arrays: Sequence[Any]) -> str:
    """Subscripts without ellipsis, and with an output."""
    inputs, arrow, output = subscripts.partition("->")
    terms = inputs.split(",")
    hidden = [np.ndim(a) - len(term.replace("...", "")) for a, term in zip(arrays, terms, strict=True)]
    for a, term, n in zip(arrays, terms, hidden, strict=True):
        if n < 0 or (n > 0 and "..." not in term):
            raise ValueError(f"einsum subscripts {term!r} are not for an operand of shape {np.shape(a)}")
    free = [letter for letter in string.ascii_letters if letter not in subscripts]
    longest = max((n for n, term in zip(hidden, terms, strict=True) if "..." in term), default=0)
    shared = "".join(free[:longest])
    if not arrow:
        letters = inputs.replace("...", "").replace(",", "")
        output = "..." * ("..." in inputs) + "".join(sorted({a for a in letters if letters.count(a) == 1}))
    elif shared and "..." not in output:
        raise ValueError(f"einsum output {output!r} has no place for the axes of '...'")
    terms = [term.replace("...", shared[longest - n :]) for term, n in zip(terms, hidden, strict=True)]
    return ",".join(terms) + "->" + output.replace("...", shared)
