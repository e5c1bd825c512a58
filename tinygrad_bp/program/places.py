"""Where the results of a block lie (see `blocks`)."""

from __future__ import annotations

from .blocks import Group, base
from .op import Op


def places(group: Group) -> dict[Op, Op | int]:
    """For each member with an array as result its place: a member whose result is needed outside stands for the rows
    that it will fill, a number for an array of the block's own.

    Results that follow each other in place share one, and so do those that do not live together. What is written
    early to where the block's result will be is there when that is written: memory is fetched while others compute.
    """
    index = {op: i for i, op in enumerate(group.members)}
    last = _last_uses(group)
    chains: list[list[Op]] = []  # of operations that follow each other in place, in the order of their first
    chain_of: dict[Op, list[Op]] = {}
    for i, op in enumerate(group.members):
        if op in group.sums:
            continue
        given = [base(x) for x in op.parents()]
        overwritable = [x for x in given if x in chain_of and x not in group.whole and last[x] == i
                        and op.how == "ufunc" and (x.shape, x.dtype) == (op.shape, op.dtype)
                        and all(y is x or base(y) is not x for y in op.parents())]  # fmt: skip
        if overwritable:
            chain_of[op] = chain_of[overwritable[0]]
        else:
            chain_of[op] = []
            chains.append(chain_of[op])
        chain_of[op].append(op)

    place: dict[Op, Op | int] = {}
    until: dict[Op | int, int] = {}  # by place: the last member that reads what has been put there
    like: dict[Op | int, Op] = {}  # and an operation of its shape
    begin: dict[Op | int, int] = {}  # of the results that stay: their chain's first
    for chain in chains:
        if chain[-1] in group.whole:
            until[chain[-1]], like[chain[-1]], begin[chain[-1]] = -1, chain[-1], index[chain[0]]
    for chain in chains:
        first, end = index[chain[0]], last.get(chain[-1], index[chain[-1]])
        here: Op | int | None = chain[-1] if chain[-1] in group.whole else None
        if here is None:
            here = next((p for p, x in like.items() if until[p] < first and end < begin.get(p, len(index))
                         and (x.shape, x.dtype) == (chain[0].shape, chain[0].dtype)), len(like))  # fmt: skip
            until[here], like[here] = end, chain[0]
        place.update(dict.fromkeys(chain, here))
    return place


def _last_uses(group: Group) -> dict[Op, int]:
    """The last member that reads each result, as it is or through a view."""
    last: dict[Op, int] = {}
    for i, op in enumerate(group.members):
        for x in op.parents():
            last[base(x)] = i
            last[x.arguments[0] if x.how == "view" and x.function == "ravel" else x] = i
    return last
