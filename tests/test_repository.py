"""The repository as a whole: what must not be in it, and which layer may import which."""

from __future__ import annotations

import ast
import doctest
import json
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "capacity"
DOCS = ROOT / "docs"
MEBIBYTE = 1024 * 1024
FENCE = re.compile(r"^```.*?^```[ ]*$", re.MULTILINE | re.DOTALL)
"""A block of code in a page."""

# Assembled from parts, so that this file does not hold what it forbids.
REGISTRY_HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("registry", "yarnpkg", "com"),
            ("anaconda", "org"),
            ("deb", "debian", "org"),
            ("archive", "ubuntu", "com"),
        )
    ),
    re.IGNORECASE,
)
INDEX_OPTIONS = re.compile(r"--(?:extra-)?index-url[= ]|--find-links[= ]")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|root|work|tmp|Users|opt)/[\w.-]+|[A-Za-z]:\\Users\\")

# Layers of CONTRIBUTING.md: each may import those listed, and itself.
BASE = {"units", "errors", "wording"}
SOLVING = {"service", "demand", "supply", "optimise", "check", "outcome", "answer"}
LAYERS: dict[str, set[str]] = {
    "units": set(),
    "errors": set(),
    "wording": set(),
    "service": BASE,
    "demand": BASE | {"service"},
    "importing": BASE | {"service", "demand"},
    "outcome": BASE | {"service"},
    "supply": BASE | {"service", "demand"},
    "optimise": BASE | {"service", "demand", "supply", "outcome"},
    "check": BASE | {"service", "demand", "outcome"},
    "answer": BASE | {"service", "demand", "supply", "outcome"},
    "scenario": BASE | {"service", "demand", "supply", "optimise", "check", "outcome", "answer"},
    "report": BASE | {*SOLVING, "importing", "scenario"},
    "api": BASE | {*SOLVING, "importing", "scenario", "report"},
    "api_scenarios": BASE | {*SOLVING, "importing", "scenario", "report", "api"},
    "api_papers": BASE | {*SOLVING, "importing", "scenario", "report", "api"},
    "api_sweeps": BASE | {*SOLVING, "scenario", "report", "api"},
    "cli": BASE | {*SOLVING, *("importing", "scenario", "report", "api", "api_scenarios", "api_papers", "api_sweeps")},
}
PACKAGES = {"docx": "python-docx"}
"""Modules whose package has another name."""
HEAVY = ("ortools", "pandas", "matplotlib", "scipy")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Files that are or would be committed."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return tuple(path for path in (ROOT / name for name in listed.split("\0") if name) if path.is_file())


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Where a pattern occurs in the tracked text files."""
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        lines = enumerate(text.splitlines(), start=1)
        found += [f"{path.relative_to(ROOT)}:{number}: {line[:160]}" for number, line in lines if pattern.search(line)]
    return found


def modules() -> dict[str, Path]:
    """Dotted name of each module of the package and its file."""
    paths = (path for path in PACKAGE.rglob("*.py"))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def imported_modules(path: Path) -> set[str]:
    """Every module a file imports, wherever in the file; for ``from a import b`` both ``a`` and ``a.b``."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.relative_to(ROOT)} line {node.lineno}: imports are absolute"
            module = node.module or ""
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return names


def layer(module: str) -> str:
    """Layer of a module of the package: ``capacity.service.model`` is of ``service``."""
    return module.split(".")[1] if "." in module else ""


def distribution(requirement: str) -> str:
    """Name of a requirement, in the form lock files use."""
    return re.split(r"[<>=!~ ;\[]", requirement.strip(), maxsplit=1)[0].lower().replace("_", "-")


def test_no_file_names_a_package_registry():
    assert lines_with(REGISTRY_HOSTS) == []


def test_no_requirements_file_says_where_to_download_from():
    found = [line for path in (ROOT / "requirements").iterdir() for line in path.read_text("utf-8").splitlines()]
    assert [line for line in found if INDEX_OPTIONS.search(line) or "://" in line] == []


def test_no_file_holds_a_path_of_somebodys_machine():
    assert lines_with(MACHINE_PATHS) == []


def test_no_file_is_above_one_mebibyte():
    assert [str(path.relative_to(ROOT)) for path in tracked_files() if path.stat().st_size > MEBIBYTE] == []


def test_notebooks_are_committed_without_outputs():
    notebooks = [path for path in tracked_files() if path.suffix == ".ipynb"]
    assert notebooks
    for path in notebooks:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert [cell["outputs"] for cell in code if cell["outputs"]] == [], path
        assert [cell["execution_count"] for cell in code if cell["execution_count"]] == [], path


def test_every_module_belongs_to_a_known_layer():
    """A new layer is entered in LAYERS, at its place in the order, before it is used."""
    assert {layer(name) for name in modules()} - {""} <= set(LAYERS) | {"__main__"}


@pytest.mark.parametrize("name", [name for name in sorted(modules()) if layer(name) in LAYERS])
def test_a_module_imports_only_layers_above_its_own(name):
    allowed = LAYERS[layer(name)] | {layer(name)}
    used = {layer(module) for module in imported_modules(modules()[name]) if module.startswith("capacity.")}
    unknown = used - set(LAYERS)
    assert used - unknown <= allowed
    if layer(name) != "cli":
        assert unknown == set(), "only the command line may import the public API of the package itself"


@pytest.mark.parametrize("name", [name for name in sorted(modules()) if layer(name) == "demand"])
def test_demand_knows_no_solver(name):
    assert not any(module.startswith("ortools") for module in imported_modules(modules()[name]))


def test_the_command_line_starts_without_the_heavy_packages():
    """Guards against a second spent on imports before ``capacity --help`` says anything."""
    if not (PACKAGE / "cli").exists():
        pytest.skip("there is no command line yet")
    script = f"import sys, capacity.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_every_package_that_is_imported_is_a_declared_dependency():
    declared = {distribution(item) for item in project()["dependencies"]}
    names = {module.split(".")[0] for path in modules().values() for module in imported_modules(path)}
    outside = {name for name in names if name not in sys.stdlib_module_names and name != "capacity"}
    assert {PACKAGES.get(name, name).lower().replace("_", "-") for name in outside} <= declared


@pytest.mark.parametrize("kind", ["run", "test"])
def test_the_locked_versions_are_inside_the_declared_ranges(kind):
    """Guards against a dependency that was added or raised without making requirements/ again."""
    requirements = pytest.importorskip("packaging.requirements")
    wanted = list(project()["dependencies"])
    if kind == "test":
        wanted += project()["optional-dependencies"]["dev"]
    text = (ROOT / "requirements" / f"{kind}.txt").read_text(encoding="utf-8")
    locked = re.findall(r"^([a-z0-9][\w.-]*)==([\w.]+)", text, flags=re.MULTILINE)
    for line in wanted:
        versions = [version for name, version in locked if name == distribution(line)]
        assert versions, f"{line} is not in requirements/{kind}.txt"
        assert all(version in requirements.Requirement(line).specifier for version in versions), line


def test_every_locked_package_has_its_hashes():
    for path in (ROOT / "requirements").glob("*.txt"):
        entries = re.split(r"\n(?=[a-z0-9])", path.read_text(encoding="utf-8"))
        assert len(entries) > 10
        assert [entry.split(" ")[0] for entry in entries if "--hash=sha256:" not in entry] == []


# ---- documentation


@cache
def pages() -> tuple[Path, ...]:
    """Every Markdown file of the repository."""
    return tuple(path for path in tracked_files() if path.suffix == ".md")


def without_fences(text: str) -> str:
    """Text of a page without its blocks of code, and without code in a line."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def links(page: Path) -> list[tuple[Path, str]]:
    """Files and folders of the repository that a page links to, each with its anchor (blank for none)."""
    text = without_fences(page.read_text(encoding="utf-8"))
    found = [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    parts = [target.partition("#") for target in found]
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in parts]


def anchors(page: Path) -> set[str]:
    """Anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_of_every_page_leads_somewhere():
    broken = []
    for page in pages():
        for target, anchor in links(page):
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append(f"{page.relative_to(ROOT)}: {target.name}#{anchor}")
    assert broken == []


def test_the_package_names_only_pages_that_are_here():
    """What a message or finding sends a reader to can be read: no page of elsewhere, and none that is gone."""
    named = {
        (name, path.relative_to(ROOT).as_posix())
        for path in PACKAGE.rglob("*")
        if path.suffix in (".py", ".toml")
        for name in re.findall(r"[\w./-]*\w\.md\b", path.read_text(encoding="utf-8"))
    }
    assert any(name == "docs/rules.md" or name.startswith("docs/formulas/") for name, _ in named)
    assert [(name, where) for name, where in sorted(named) if not (ROOT / name).is_file()] == []


def test_every_page_of_the_documentation_can_be_reached_from_its_index():
    index = DOCS / "index.md"
    reached, to_read = {index}, [index]
    while to_read:
        found = {target for target, _ in links(to_read.pop()) if target.is_file() and DOCS in target.parents}
        found = {target for target in found if target.suffix == ".md"}
        to_read += found - reached
        reached |= found
    assert {page.name for page in set(DOCS.rglob("*.md")) - reached} == set()
    assert index in {target for target, _ in links(ROOT / "README.md")}


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "formulas").glob("*.md")), ids=lambda page: page.stem)
def test_every_formula_has_a_question_a_worked_example_and_a_source(page):
    """The example is run as a test: pyproject.toml collects docs/ with ``--doctest-glob``."""
    text = page.read_text(encoding="utf-8")
    assert doctest.DocTestParser().get_examples(text), "no worked example"
    assert ">>>" not in FENCE.sub("", text), "an example outside a block of code is not shown as one"
    assert text.count("**What it answers.**") == 1
    assert re.search(r"^\*\*Sources?( and \w+)?\.\*\*", text, flags=re.MULTILINE), "no source"
    assert DOCS / "index.md" in {target for target, _ in links(page)}


def test_the_worked_examples_are_among_the_tests():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert "docs" in settings["testpaths"]
    assert "--doctest-glob=*.md" in settings["addopts"].split()


@cache
def project() -> dict:
    """The ``[project]`` table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
