"""jit: a function that is traced once and then replayed."""

from __future__ import annotations

import contextvars
import functools
import inspect
import threading
from collections import OrderedDict
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from ..memory import shared
from ..node import Node
from ..run import names_of, padded
from ..tracing import Step, Tape, Tracer
from ..tree import leaves
from .agree import difference
from .emit import Replay, miss, replayed
from .guards import Captured
from .program import Program
from .signature import Names, key
from .simplify import simplify
from .trace import _traced, uncollected

PROGRAMS = 64  # that one jitted function keeps
VARIANTS = 8  # of them for one signature, beyond which a new one has to be earned
EARNED = 20  # by so many calls since the last
_IMMUTABLE = (int, float, complex, str, bytes, bool, type(None), np.generic, np.dtype, slice, type(Ellipsis))
_RAISED = (ArithmeticError, ValueError, IndexError)  # by NumPy, of numbers: LinAlgError is a ValueError
_tracing = threading.RLock()


def jit(f: Callable[..., Any], *, verify: int | None = None) -> Callable[..., Any]:
    """f, traced on the first call for each structure, shape and dtype of its arguments, and replayed on later ones.

    f       a function written in NumPy; also grad(f), value_and_grad(f), or another transform of one
    verify  compare every so many-th call with f itself: RuntimeError where they differ

    A replay gives what f gives, bit for bit where it makes the same NumPy calls, and within a few ulps (of the largest
    term, where it sums) where it has a faster one; of memory of its own, whatever f returns. It warns of nothing.
    Arrays and Python floats vary from call to call; ints, bools, strings and other objects are told apart by value (the
    latter by identity). Given Values, or inside another transform or trace, it is f itself.

    Compared before each replay, and traced again where they differ: the outcomes of branches on traced numbers; the
    closure variables, defaults and globals that f names, those of the functions that it calls by name, the attributes
    of captured objects that the code names, and what is in captured lists, dicts, arrays and Values. Beyond eight
    versions for one signature a new one is traced every twentieth call, and f itself is called in between.

    TypeError, and nothing is changed, where f writes to something captured or to an argument, where a number would
    leave the trace (`float(x)`, `x.item()`, `np.asarray(x)`, `array[i] = x`, f"{x}"), where f catches what NumPy raises
    of traced numbers, and where a result is a Value or an object other than numbers, arrays and containers.
    RuntimeError where two runs differ: a random draw, a clock, a counter.

    A captured array is copied, and each call goes through it once to compare: pass large data as arguments.

    Python floats are computed as Values are: 1/0.0 is inf and (-1.0)**0.5 is nan, no exception and no complex number.

    Out of reach, and the use of `verify`: what f reads through a library or a file, through `globals()`, and in cached
    properties; what hangs on the type or identity of an argument (`isinstance(x, np.ndarray)`, `x is y`); what it
    prints, which it does only while it is traced.
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
                raise RuntimeError(f"a replay of {_name(f)} differs from {_name(f)} itself in {differs}: it reads what "
                                   f"jit cannot see, such as a file; pass that as an argument")  # fmt: skip
        return result

    return verified


class _Compiled:
    """One program, and its replays that are not at work; f, if it may catch what is raised."""

    def __init__(
        self, make: Callable[[], Replay], source: str, space: dict[str, Any], f: Callable[..., Any] | None
    ) -> None:
        self.make, self.source, self.space, self.f = make, source, space, f
        self.free: list[Callable[[tuple[Any, ...], dict[str, Any]], Any]] = []

    def run(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """What the replay gives, or `miss`; what f gives where NumPy raises and f may catch that."""
        try:
            replay = self.free.pop()
        except IndexError:
            replay = _quiet(self.make())
        try:
            return replay(arguments, options)
        except _RAISED:
            if self.f is None:
                raise
            return self.f(*arguments, **options)
        finally:
            self.free.append(replay)


def _quiet(replay: Replay) -> Replay:
    """A replay that warns of nothing: it runs in a context of its own, where floating-point errors are ignored."""
    with np.errstate(all="ignore"):
        context = contextvars.copy_context()
    run: Callable[..., Any] = context.run
    return functools.partial(run, replay)


class _Replays:
    """The programs of one function."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.latest: _Compiled | None = None
        self.programs: OrderedDict[Any, list[_Compiled]] = OrderedDict()
        self.since: dict[Any, int] = {}

    def find(self, arguments: tuple[Any, ...], options: dict[str, Any], tried: _Compiled | None) -> Any:
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


@uncollected()
def compile_(f: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> _Compiled:
    """The program of f at these arguments, ready to be replayed; traced twice, to see whether it is the same."""
    captured = Captured(f, [x for _, x in leaves((arguments, options)) if not isinstance(x, (np.ndarray, *_IMMUTABLE))])
    try:
        first, tape = _watched(f, arguments, options)
        _unchanged(captured, f)
        second, _ = _watched(f, arguments, options)
        _unchanged(captured, f)
    except BaseException:
        captured.restore()
        raise
    differs = _differs(first, second)
    if differs:
        raise RuntimeError(f"two runs of {_name(f)} on the same arguments differ in {differs}: a random draw, a "
                           f"clock or a counter would stand still in a replay; pass it as an argument")  # fmt: skip
    met = [array for array, _ in tape.constants]
    del tape
    while met:
        array = met.pop()
        if shared(array):  # and not made by f itself
            captured.add_array(array, f"an array of shape {array.shape} that {_name(f)} reads")
    names = Names()
    conditions = captured.conditions(names)
    make, source, space = replayed(simplify(first), len(arguments), conditions, names)
    return _Compiled(make, source, space, f if captured.catches else None)


def _unchanged(captured: Captured, f: Callable[..., Any]) -> None:
    changed = captured.changed()
    if changed is not None:
        raise TypeError(f"{_name(f)} changes {changed}, which a replay would not do: return it instead")


def _watched(f: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> tuple[Program, Tape]:
    """The program of f. TypeError where it gives what a replay cannot make anew."""

    def watched(*arguments: Any, **options: Any) -> Any:
        output = f(*arguments, **options)
        for path, x in leaves(output):
            where = f"{_name(f)} returns a {type(x).__name__}{f' at {path}' if path else ''}"
            if isinstance(x, Node):
                raise TypeError(f"{where}: return value.data, and pass captured Values as arguments")
            if not isinstance(x, (Tracer, np.ndarray, *_IMMUTABLE)):
                raise TypeError(f"{where}, which a replay cannot make anew: return containers of numbers and arrays")
        return output

    watched.__name__ = _name(f)
    tape = Tape()
    names = padded(names_of(f), arguments)[: len(arguments)]
    return _traced(_Named(watched, names), arguments, options, tape), tape


class _Named:
    """A function whose parameters have these names."""

    def __init__(self, function: Callable[..., Any], names: list[str]) -> None:
        self.function = function
        self.__name__ = function.__name__
        self.__signature__ = inspect.Signature(
            [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names]
        )

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self.function(*arguments, **options)


def _name(f: Callable[..., Any]) -> str:
    return str(getattr(f, "__name__", "f"))


def _differs(first: Program, second: Program) -> str | None:
    """What two programs of one function do not have in common."""
    if len(first.steps) != len(second.steps):
        return f"how much is computed: {len(first.steps)} steps and {len(second.steps)}"
    twin: dict[Step, Step] = dict(zip(first.inputs, second.inputs, strict=True))

    def same(a: Any, b: Any) -> bool:
        if isinstance(a, Step) or isinstance(b, Step):
            if not (isinstance(a, Step) and isinstance(b, Step)):
                return False
            if a.function is None and a not in twin:
                if _bits(a.value) != _bits(b.value):
                    return False
                twin[a] = b
            return twin.get(a) is b
        if isinstance(a, (list, tuple)):
            return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
        if type(a) is dict:
            return type(b) is dict and a.keys() == b.keys() and all(same(x, b[k]) for k, x in a.items())
        if type(a) is slice:
            return type(b) is slice and same((a.start, a.stop, a.step), (b.start, b.stop, b.step))
        if isinstance(a, (float, complex, np.generic, np.ndarray)):
            return type(a) is type(b) and _bits(a) == _bits(b)
        if isinstance(a, FunctionType) and isinstance(b, FunctionType):  # made anew in each run
            return a.__code__ is b.__code__
        return a is b or (type(a) is type(b) and bool(a == b))

    for a, b in zip(first.steps, second.steps, strict=True):
        name = a.name or getattr(a.function, "__name__", "a step").lstrip("_")
        if a.function is not b.function:
            return f"what is computed: {name} and {getattr(b.function, '__name__', 'another step')}"
        if not (same(a.arguments, b.arguments) and same(a.options, b.options)):
            return f"what {name} of shape {a.shape} is given"
        twin[a] = b
    if not same([(g.step, g.expected) for g in first.guards], [(g.step, g.expected) for g in second.guards]):
        return "the branches taken"
    outputs = [list(leaves(program.outputs)) for program in (first, second)]
    if not same(*([(path, x) for path, x in output] for output in outputs)):
        return "what is returned"
    return None


def _bits(x: Any) -> Any:
    array = np.asarray(x)
    return array.shape, array.dtype, array.tobytes()
