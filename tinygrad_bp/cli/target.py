"""What ``check`` and ``derive`` are pointed at: a file, or a module, and perhaps a name in it."""

from __future__ import annotations

import contextlib
import importlib
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any


class UnjudgeableError(Exception):
    """Why there is no judgement: one line for the person whose file it is."""


@dataclass(frozen=True)
class Target:
    """A file or module that was run.

    where  as the user calls it
    path   its file, as tracebacks call it
    name   the function in it that is asked for
    """

    where: str
    path: str
    name: str | None
    module: ModuleType

    def names(self) -> list[str]:
        """What it defines, for a message."""
        return [
            name
            for name, x in vars(self.module).items()
            if not name.startswith("_") and not isinstance(x, ModuleType) and not self._is_foreign(x)
        ]

    def _is_foreign(self, x: Any) -> bool:
        """Whether it is a function or class of another module."""
        return callable(x) and getattr(x, "__module__", None) not in (None, self.module.__name__)

    def fault(self, error: BaseException) -> str:
        """An error in words, with the last line of the file that it went through."""
        return fault(error, self.path)


def fault(error: BaseException, path: str) -> str:
    """``line 7: ValueError: …``"""
    if isinstance(error, SyntaxError) and error.lineno is not None:
        file = "" if error.filename == path else f"{Path(error.filename or '?').name}, "
        return f"{file}line {error.lineno}: {type(error).__name__}: {error.msg}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    where = f"line {lines[-1]}: " if lines else ""
    said = f"{where}{type(error).__name__}: {error}".removesuffix(": ")
    return f"{said} {error.__cause__}" if isinstance(error.__cause__, Exception) else said


@contextlib.contextmanager
def loaded(target: str) -> Iterator[Target]:
    """The file or module, run under its own name with its own folder first on the path; nothing is written.

    UnjudgeableError where it is not there or cannot be run.
    """
    where, name = split(target)
    file = Path(where).is_file() or where.endswith(".py") or not all(p.isidentifier() for p in where.split("."))
    folder = Path(where).resolve().parent if file else Path.cwd()
    before, bytecode = list(sys.path), sys.dont_write_bytecode
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    stem = Path(where).stem
    free = file and stem not in sys.modules
    try:
        yield _run_file(where, name, stem, free) if file else _import(where, name)
    finally:
        sys.path[:] = before
        sys.dont_write_bytecode = bytecode
        if free:
            sys.modules.pop(stem, None)


def split(target: str) -> tuple[str, str | None]:
    """FILE.py and name of ``FILE.py:name``."""
    where, colon, name = target.rpartition(":")
    if Path(target).is_file() or not (colon and where and name.isidentifier()):
        return target, None
    return where, name


def _run_file(where: str, name: str | None, stem: str, free: bool) -> Target:
    path = str(Path(where).resolve())
    if path.endswith(".ipynb"):
        raise UnjudgeableError(f"{where} is a notebook: save its cells as a .py file")
    try:
        code = compile(Path(where).read_bytes(), path, "exec", dont_inherit=True)
    except OSError as error:
        raise UnjudgeableError(f"{where} cannot be read: {error.strerror or error}") from None
    except (SyntaxError, ValueError) as error:
        raise UnjudgeableError(f"{where} is no Python: {fault(error, path)}") from None
    module = ModuleType(stem)
    module.__file__ = path
    if free:  # a name that is taken, as numpy's is by numpy.py, stays with whom it belongs to
        sys.modules[stem] = module
    try:
        exec(code, vars(module))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too
        raise UnjudgeableError(f"{where} cannot be run: {fault(error, path)}") from None
    return Target(where, path, name, module)


def _import(where: str, name: str | None) -> Target:
    try:
        module = importlib.import_module(where)
    except ModuleNotFoundError as error:
        if error.name and f"{where}.".startswith(f"{error.name}."):
            raise UnjudgeableError(f"{where}: there is no such file, and no module of that name") from None
        raise UnjudgeableError(f"{where} cannot be imported: {fault(error, '')}") from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise UnjudgeableError(f"{where} cannot be imported: {fault(error, '')}") from None
    return Target(where, str(getattr(module, "__file__", "")), name, module)
