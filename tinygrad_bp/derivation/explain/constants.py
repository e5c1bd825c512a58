"""Constants that were found by fitting, by what they are: 2, 1/2, m, 1/m, λ."""

from __future__ import annotations

import math
from collections.abc import Mapping

#: how nearly a fitted number has to be what it is called
CLOSE = 1e-7


class Constants:
    """The numbers that a formula may be off by.

    sizes    the lengths of the arrays that there are, with what they are the length of
    scalars  the arguments that are single numbers, and their values
    """

    def __init__(self, sizes: Mapping[int, str], scalars: Mapping[str, float]) -> None:
        self.sizes, self.scalars = dict(sizes), {name: x for name, x in scalars.items() if x}
        self._named = self._all()

    def _all(self) -> list[tuple[float, str]]:
        plain = [2.0, 0.5, 3.0, 4.0, 0.25, 1 / 3]
        named = [(c, _number(c)) for c in plain]
        named += [(float(n), str(n)) for n in self.sizes if n > 1]
        named += [(1 / n, f"1/{n}") for n in self.sizes if n > 1]
        named += [(math.sqrt(n), f"√{n}") for n in self.sizes if n > 1]
        named += [(1 / math.sqrt(n), f"1/√{n}") for n in self.sizes if n > 1]
        named += [(2.0 * n, f"2·{n}") for n in self.sizes if n > 1] + [(2 / n, f"2/{n}") for n in self.sizes if n > 1]
        named += [(0.5 / n, f"1/(2·{n})") for n in self.sizes if n > 1]
        named += [(1.0 / n**2, f"1/{n}²") for n in self.sizes if n > 1]
        named += [(float(n**2), f"{n}²") for n in self.sizes if n > 1]
        for i in self.sizes:
            for j in self.sizes:
                if i != j and j > 1:
                    named.append((i / j, f"{i}/{j}"))
                if i < j and i > 1:
                    named += [(float(i * j), f"{i}·{j}"), (1 / (i * j), f"1/({i}·{j})")]
        for n in self.sizes:
            if n > 2:
                named += [(n / (n - 1), f"{n}/({n} - 1)"), ((n - 1) / n, f"({n} - 1)/{n}")]
        for name, signed in self.scalars.items():
            x = abs(signed)
            named += [(x, name), (1 / x, f"1/{name}"), (x / 2, f"{name}/2"), (2 * x, f"2·{name}")]
            named += [(x / n, f"{name}/{n}") for n in self.sizes if n > 1]
        return named

    def exact(self, c: float) -> float:
        """The number that c is but for the error of fitting it."""
        if abs(c) < CLOSE:
            return 0.0
        for value, _ in ((1.0, ""), *self._named):
            if abs(abs(c) - value) <= CLOSE * value:
                return math.copysign(value, c)
        return c

    def name(self, c: float) -> str | None:
        """What a number is; None where it is nothing that is known here."""
        sign = "-" if c < 0 else ""
        for value, name in ((1.0, "1"), *self._named):
            if abs(abs(c) - value) <= CLOSE * value:
                return sign + name
        return None

    def plain(self, c: float) -> bool:
        """Whether a number is one by its lengths, or a small one."""
        scalars = set(self.scalars)
        name = self.name(c)
        return name is not None and not any(scalar in name for scalar in scalars)

    def scalar(self, c: float) -> tuple[float, str, float] | None:
        """A number as c · name^p of an argument that is a single number; None where it is none."""
        for name, x in self.scalars.items():
            for factor in (1.0, 2.0, 0.5):
                for p in (1.0, -1.0):
                    value = factor * x**p
                    if abs(abs(c) - abs(value)) <= CLOSE * abs(value):
                        return factor * (1.0 if c * value > 0 else -1.0), name, p
        return None

    def says(self, c: float) -> str:
        """A number in words: what it is, and its value."""
        name = self.name(c)
        if name is None or name == _number(c):
            return name or f"{c:.6g}"
        size = self.sizes.get(round(abs(c))) or self.sizes.get(round(1 / abs(c)) if c else 0)
        of = (
            f" ({round(max(abs(c), 1 / abs(c)))} is {size})"
            if size and name.lstrip("-").removeprefix("1/").isdigit()
            else ""
        )
        return f"{name}{of}"


def _number(c: float) -> str:
    return f"{int(c)}" if c == int(c) else {0.5: "1/2", 0.25: "1/4", 1 / 3: "1/3"}.get(c, f"{c:.6g}")
