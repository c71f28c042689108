"""Finds where source text uses the wall clock, chance or the environment, under whatever name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from tests.architecture.importing import module_name

CLOCK = frozenset(
    {
        *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
        "datetime.date.today",
        *(f"time.{name}" for name in ("time", "time_ns", "sleep", "monotonic", "monotonic_ns")),
        *(f"time.{name}" for name in ("perf_counter", "perf_counter_ns", "localtime", "gmtime", "ctime")),
        "threading.Timer",
        "asyncio.sleep",
        "gevent.sleep",
    }
)
CHANCE = frozenset(
    {
        *(
            f"random.{name}"
            for name in ("random", "randint", "randrange", "choice", "choices", "shuffle", "seed")
        ),
        *(
            f"random.{name}"
            for name in ("sample", "uniform", "gauss", "getrandbits", "randbytes", "expovariate")
        ),
        "random.SystemRandom",
        *(f"uuid.{name}" for name in ("uuid1", "uuid4", "uuid6", "uuid7", "uuid8")),
        "os.urandom",
        *(f"secrets.{name}" for name in ("token_bytes", "token_hex", "token_urlsafe", "choice", "randbelow")),
    }
)
ENVIRONMENT = frozenset({"os.environ", "os.environb", "os.getenv", "os.putenv"})
KINDS = {"clock": CLOCK, "chance": CHANCE, "environment": ENVIRONMENT}
# A Random without a seed takes it from the machine.
SEEDED = "random.Random"


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a forbidden name."""

    module: str
    line: int
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} uses {self.name} ({self.kind})"


def uses_in(path: Path, root: Path) -> list[Use]:
    """Returns what the file uses of the clock, of chance and of the environment."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    aliases = dict(_aliases(tree))
    module = module_name(path, root)
    return sorted(
        {
            Use(module, line, name, kind)
            for line, name in _dotted_names(tree, aliases)
            for kind, names in KINDS.items()
            if name in names
        }
        | {Use(module, line, SEEDED, "chance") for line in _unseeded(tree, aliases)},
        key=lambda use: (use.line, use.name),
    )


def allowed(use: Use, exceptions: dict[str, dict[str, str]]) -> bool:
    """Returns whether `exceptions` (kind to module to reason) name the module; `a.*` names all below `a`."""
    return any(fnmatchcase(use.module, module) for module in exceptions.get(use.kind, {}))


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (
                    alias.asname or alias.name.partition(".")[0],
                    (alias.name if alias.asname else alias.name.partition(".")[0]),
                )
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _dotted_names(tree: ast.Module, aliases: dict[str, str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
            name = _resolve(node, aliases)
            if name is not None:
                yield node.lineno, name
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _resolve(node: ast.expr, aliases: dict[str, str]) -> str | None:
    match node:
        case ast.Name(id=name):
            return aliases.get(name)
        case ast.Attribute(value=value, attr=attribute):
            base = _resolve(value, aliases)
            return None if base is None else f"{base}.{attribute}"
    return None


def _unseeded(tree: ast.Module, aliases: dict[str, str]) -> Iterator[int]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or node.args or node.keywords:
            continue
        if _resolve(node.func, aliases) == SEEDED:
            yield node.lineno
