"""Finds queries on personal data that go round the scoping functions, in code that answers people.

`script/lint` runs it over every view, form and template tag of the bridge. What it holds to:

- Personal data is every model that hangs on a home: `Home` itself and each model with a foreign key to a
  personal model. It is read from the models' own source, so a new model can't be forgotten.
- In a view, a query that begins at such a model (`Alert.objects…`, `get_object_or_404(HomeKey, …)`) must
  be narrowed in the same expression: by a scoping function (`home__in=homes_visible_to(…)`), or by an
  object the view already
  holds (`home=found`, `alert=alert`; never an id from the address).
- Raw SQL and `apps.get_model` have no place there at all.

A query that is right all the same stands in ALLOWED, with the reason. The check reads one expression at a
time: it can't see that a function elsewhere, called with an id from the address, asks without scope.
"""

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
BRIDGE = ROOT / "district_bridge"
SCOPING = {"homes_visible_to", "is_visible_to", "alerts_visible_to", "neighbourhoods_of"}
SHORTCUTS = {"get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404"}
MANAGERS = {"objects", "_default_manager", "_base_manager"}
RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField"}
ROOTS = {"Home"}
# path from district_bridge/, enclosing function, model: why this one is right.
ALLOWED: dict[tuple[str, str, str], str] = {
    (
        "dashboard/views/reach.py",
        "_last",
        "Outgoing",
    ): "messages to the person who asks, by their own account and browsers; what they say is not shown",
}


@dataclass(frozen=True)
class Finding:
    """One query that goes round."""

    path: str
    line: int
    function: str
    model: str
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.function}: {self.model}: {self.why}"


def personal_models(sources: dict[str, str]) -> set[str]:
    """The models that hang on a home, from the source of every `models.py`."""
    edges: dict[str, set[str]] = {}
    for source in sources.values():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                edges.setdefault(node.name, set()).update(_targets(node))
    found = set(ROOTS)
    while True:
        more = {name for name, targets in edges.items() if targets & found} - found
        if not more:
            return found
        found |= more


def _targets(model: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(model):
        if isinstance(node, ast.Call) and _last_name(node.func) in RELATIONS and node.args:
            target = node.args[0]
            if isinstance(target, ast.Constant) and isinstance(target.value, str):
                yield target.value.rpartition(".")[2]
            else:
                yield _last_name(target)


def check(path: str, source: str, personal: set[str]) -> list[Finding]:
    """Everything in one file that goes round."""
    visitor = _Visitor(path, personal)
    visitor.visit(ast.parse(source))
    return [finding for finding in visitor.found if (path, finding.function, finding.model) not in ALLOWED]


class _Visitor(ast.NodeVisitor):
    def __init__(self, path: str, personal: set[str]) -> None:
        self.found: list[Finding] = []
        self._path, self._personal = path, personal
        self._functions: list[str] = ["(module)"]
        self._aliases: dict[str, str] = {}
        self._settled: set[ast.AST] = set()

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for name in node.names:
            if name.name in self._personal and name.asname:
                self._aliases[name.asname] = name.name

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._functions.append(node.name)
        self.generic_visit(node)
        self._functions.pop()

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._functions.append(node.name)
        self.generic_visit(node)
        self._functions.pop()

    def visit_Call(self, node: ast.Call) -> None:
        # The outermost call of a chain is met first: it holds every narrowing of the query.
        links = list(_chain(node))
        if links[0] not in self._settled:
            self._settled.update(links)
            self._judge(links)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        model = self._query(node)
        if model is not None and node not in self._settled:
            self._add(node, model, "the whole table is asked for")
        if node.attr == "get_model":
            self._add(node, "get_model", "name the model, so that this check sees it")
        self.generic_visit(node)

    def _judge(self, links: list[ast.AST]) -> None:
        calls = [link for link in links if isinstance(link, ast.Call)]
        model = next(filter(None, (self._query(link) for link in links)), None)
        first = calls[-1]
        if model is None and _last_name(first.func) in SHORTCUTS and first.args:
            model = self._model(first.args[0])
        if model is not None and not any(_narrows(call) for call in calls):
            self._add(first, model, "narrow it by a scoping function or by an object the view holds")
        for call in calls:
            if _last_name(call.func) in {"raw", "extra", "cursor"} and isinstance(call.func, ast.Attribute):
                self._add(call, _last_name(call.func), "raw SQL can't be scoped")

    def _query(self, node: ast.AST) -> str | None:
        """The personal model at whose manager a chain begins."""
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            return self._model(node.value)
        return None

    def _model(self, node: ast.AST) -> str | None:
        name = _last_name(node)
        name = self._aliases.get(name, name)
        return name if name in self._personal else None

    def _add(self, node: ast.AST, model: str, why: str) -> None:
        line = getattr(node, "lineno", 0)
        self.found.append(Finding(self._path, line, self._functions[-1], model, why))


def _chain(node: ast.expr) -> Iterator[ast.AST]:
    """`a.b(…).c(…)` from its last call to its first name."""
    current: ast.expr = node
    while True:
        yield current
        if isinstance(current, ast.Call):
            current = current.func
        elif isinstance(current, (ast.Attribute, ast.Subscript)):
            current = current.value
        else:
            return


def _narrows(call: ast.Call) -> bool:
    if _last_name(call.func) == "none":
        return True
    return any(_is_scoped(value) for value in call.args) or any(
        _is_scoped(keyword.value) or _is_held(keyword) for keyword in call.keywords
    )


def _is_scoped(value: ast.expr) -> bool:
    return any(isinstance(node, ast.Call) and _last_name(node.func) in SCOPING for node in ast.walk(value))


def _is_held(keyword: ast.keyword) -> bool:
    """`home=found`: an object, not an id that came with the address."""
    words = (keyword.arg or "").removesuffix("__in").split("__")
    if words[-1] not in {"home", "alert", "resident"}:
        return False
    name = _last_name(keyword.value)
    return name != "" and name not in {"id", "pk"} and not name.endswith(("_id", "_pk", "_ids"))


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def answers_people(path: Path) -> bool:
    """Whether a file of the bridge runs for a person's request."""
    parts = path.relative_to(BRIDGE).parts
    names = {"views", "views.py", "templatetags", "forms.py", "context.py"}
    return parts[0] == "dashboard" or bool(names & set(parts))


def main() -> int:
    """Checks the bridge; the exit status is 1 when a query goes round."""
    models = {str(path): path.read_text(encoding="utf-8") for path in BRIDGE.glob("*/models.py")}
    personal = personal_models(models)
    files = [path for path in sorted(BRIDGE.rglob("*.py")) if answers_people(path)]
    found = [
        finding
        for path in files
        for finding in check(path.relative_to(BRIDGE).as_posix(), path.read_text(encoding="utf-8"), personal)
    ]
    for finding in found:
        print(f"district_bridge/{finding}")
    if found:
        print("see script/check_scoping.py for what is asked of such a query")
        return 1
    print(f"scoping: {len(files)} files, {len(personal)} personal models, nothing goes round")
    return 0


if __name__ == "__main__":
    sys.exit(main())
