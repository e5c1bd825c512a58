"""jit: a function that is traced once and then replayed."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ..node import Node
from ..tracing import Tracer
from ..tree import leaves
from .agree import difference
from .compiling import Compiled, compile_, name_of
from .emit import miss
from .signature import key

PROGRAMS = 64  # that one jitted function keeps
VARIANTS = 8  # of them for one signature, beyond which a new one has to be earned
EARNED = 20  # by so many calls since the last
_tracing = threading.RLock()


def jit(f: Callable[..., Any], *, verify: int | None = None) -> Callable[..., Any]:
    """f, traced on the first call for each structure, shape and dtype of its arguments, and replayed on later ones.

    f       a function written in NumPy; also grad(f), value_and_grad(f), or another transform of one
    verify  compare every so many-th call with f itself: RuntimeError where they differ

    A replay gives what f gives, bit for bit where it makes the same NumPy calls, and within a few ulps (of the largest
    term, where it sums; numbers beyond 1e±280 apart) where it has a faster one; of memory of its own, whatever f
    returns. It warns of nothing.
    Arrays and Python floats vary from call to call; ints, bools, strings and other objects are told apart by value (the
    latter by identity). Given Values, or inside another transform or trace, it is f itself.

    Compared before each replay, and traced again where they differ: the outcomes of branches on traced numbers; the
    closure variables, defaults and globals that f names, those of the functions that it calls by name, the attributes
    of captured objects that the code or a special method (`__getitem__`, `__mul__`) names, and what is in captured
    lists, dicts, arrays and Values. Beyond eight versions for one signature a new one is traced every twentieth call,
    and f itself is called in between.

    TypeError, and nothing is changed, where f writes to something captured or to an argument, where a number would
    leave the trace (`float(x)`, `x.item()`, `np.asarray(x)`, `array[i] = x`, f"{x}"), where f catches what NumPy raises
    of traced numbers, and where a result is a Value or an object other than numbers, arrays and containers.
    RuntimeError where two runs differ, a random draw, a clock, a counter; and where f itself, run once, gives something
    else: then it hangs on the type or identity of an argument (`isinstance(x, float)`, `x is y`).

    A captured array is copied, and each call goes through it once to compare: pass large data as arguments, or capture
    `constant(data)`, which nobody can change.

    Python floats are computed as Values are: 1/0.0 is inf and (-1.0)**0.5 is nan, no exception and no complex number.

    Out of reach, and the use of `verify`: what f reads through a library or a file, through `globals()` and `eval`, and
    in cached properties; whether two arguments share memory on a later call and did not on the first; what it prints,
    which it does only while it is traced. `np.errstate` has no say in a replay. While f is traced no other thread may
    write to what f captures.
    """
    if not callable(f):
        raise TypeError(f"jit is of a function, not of {type(f).__name__}")
    if verify is not None and (type(verify) is not int or verify < 1):
        raise ValueError(f"verify={verify!r}: pass how many calls there are from one comparison to the next, 1 or more")
    replays = _Replays(f)
    find = replays.find

    if verify is None:

        @functools.wraps(f)
        def jitted(*arguments: Any, **options: Any) -> Any:
            latest = replays.latest
            if latest is not None:
                result = latest.run(arguments, options)
                if result is not miss:
                    return result
            return find(arguments, options, latest)

        return jitted

    calls = 0

    @functools.wraps(f)
    def verified(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        result = find(arguments, options, None)
        if calls % verify == 0 and not _differentiated((arguments, options)):
            eager = f(*arguments, **options)
            differs = difference(result, eager, among=(arguments, options, eager))
            if differs:
                raise RuntimeError(f"a replay of {name_of(f)} differs from {name_of(f)} itself in {differs}: it reads "
                                   f"what jit cannot see, such as a file; pass that as an argument")  # fmt: skip
        return result

    return verified


class _Replays:
    """The programs of one function."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.latest: Compiled | None = None
        self.programs: OrderedDict[Any, list[Compiled]] = OrderedDict()
        self.since: dict[Any, int] = {}

    def find(self, arguments: tuple[Any, ...], options: dict[str, Any], tried: Compiled | None) -> Any:
        """What another program gives; what f gives where there is none, which is traced then."""
        if _differentiated((arguments, options)):
            return self.f(*arguments, **options)
        signature = key(arguments, options)
        variants = self.programs.get(signature, [])
        for compiled in reversed(variants):
            if compiled is not tried:
                result = compiled.run(arguments, options)
                if result is not miss:
                    self.latest = compiled
                    return result
        with _tracing:
            since = self.since[signature] = self.since.get(signature, 0) + 1
            if len(variants) >= VARIANTS and since < EARNED:
                return self.f(*arguments, **options)
            compiled = compile_(self.f, arguments, options)
            self.since[signature] = 0
            variants = self.programs.setdefault(signature, [])
            variants.append(compiled)
            del variants[:-VARIANTS]
            self.programs.move_to_end(signature)
            while len(self.programs) > 1 and sum(map(len, self.programs.values())) > PROGRAMS:
                dropped, _ = self.programs.popitem(last=False)
                self.since.pop(dropped, None)
        result = compiled.run(arguments, options)
        if result is miss:  # what it reads changed meanwhile, in another thread
            return self.f(*arguments, **options)
        self.latest = compiled
        return result


def _differentiated(tree: Any) -> bool:
    """Whether there are Values or Tracers in arguments: then somebody else records."""
    return any(isinstance(x, Node) or type(x) is Tracer for _, x in leaves(tree))
