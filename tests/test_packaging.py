"""The lists of packages agree, Colab keeps all it has, and the wheel holds what the course needs."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CORE = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = {name: [Requirement(line) for line in lines] for name, lines in PROJECT["optional-dependencies"].items()}
INSTALLED = CORE + EXTRAS["lab"] + EXTRAS["test"] + EXTRAS["ko"]  # what `make env` installs
COLAB_PYTHON = "3.13"  # its list holds audioop-lts, which no older Python installs
HEAVY = {"numpy", "torch", "torchvision", "pandas", "matplotlib", "gensim", "nltk", "sklearn", "scipy", "IPython"}


def pins(path):
    """{name: [Requirement, ...]} of a list of exact versions; a name may occur once for each marker."""
    found = {}
    for line in path.read_text("utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if line:
            requirement = Requirement(line)
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def version(pin):
    """The version of an exact pin, as a string."""
    (specifier,) = pin.specifier
    assert specifier.operator == "==" and "*" not in specifier.version, f"not an exact version: {pin}"
    return specifier.version


CONSTRAINTS = pins(ROOT / "constraints.txt")
COLAB = {name: version(found[0]) for name, found in pins(ROOT / "tests/colab/pip-freeze.txt").items()}


def uv(*arguments, **options):
    line = [sys.executable, "-m", "uv", "--no-python-downloads", *map(str, arguments)]
    return subprocess.run(line, cwd=ROOT, text=True, encoding="utf-8", capture_output=True, **options)


@pytest.fixture(scope="session")
def index():
    """The package index answers; else the test is skipped and says what uv said."""
    hurry = {**os.environ, "UV_HTTP_TIMEOUT": "10", "UV_HTTP_RETRIES": "0"}
    answer = uv("pip", "compile", "--no-deps", "--no-cache", "-", input="hatchling\n", env=hurry, timeout=120)
    if answer.returncode:
        pytest.skip(f"the package index cannot be reached: {' '.join(answer.stderr.split())[-300:]}")


# --- the lists --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("requirement", INSTALLED + EXTRAS["spark"] + EXTRAS["browser"], ids=str)
def test_requirement_is_pinned_within_its_bounds(requirement):
    found = CONSTRAINTS.get(canonicalize_name(requirement.name))
    assert found, f"{requirement.name} is not in constraints.txt: run `make constraints`"
    for pin in found:
        assert requirement.specifier.contains(version(pin), prereleases=True), f"{pin} is outside {requirement}"


def test_every_constraint_is_an_exact_version():
    assert all(version(pin) for found in CONSTRAINTS.values() for pin in found)


def test_environment_yml_holds_the_same_list():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    python, pip, by_pip = environment["dependencies"]
    assert environment["name"] == PROJECT["name"] and pip == "pip"
    assert python == f"python {PROJECT['requires-python']}"
    constraints, course, *listed = by_pip["pip"]
    assert (constraints, course) == ("-c constraints.txt", "-e .")
    assert [Requirement(line) for line in listed] == INSTALLED


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "environment.yml", "tests/colab/pip-freeze.txt"])
def test_no_address_and_no_path(name):
    text = (ROOT / name).read_text("utf-8")
    assert re.findall(r"\w+://\S*|--[a-z-]*index\S*|--find-links|[\w.-]+ @ \S+|(?<![\w.*])/\w+\S*", text) == []


@pytest.mark.parametrize("requirement", [*CORE, *(one for extra in EXTRAS.values() for one in extra)], ids=str)
def test_lower_bounds_only(requirement):
    operators = sorted(specifier.operator for specifier in requirement.specifier)
    assert operators == (["!=", ">="] if requirement.name == "nltk" else [">="])
    assert requirement.marker is None and requirement.url is None


def test_nltk_that_lost_its_tokenizer_is_kept_out():
    (nltk,) = (one for one in CORE if one.name == "nltk")
    assert not nltk.specifier.contains("3.10.1") and nltk.specifier.contains("3.9.1")


# --- Colab ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("requirement", [one for one in CORE if canonicalize_name(one.name) in COLAB], ids=str)
def test_colab_satisfies(requirement):
    assert requirement.specifier.contains(COLAB[canonicalize_name(requirement.name)])


@pytest.mark.network
def test_colab_keeps_every_version(index, tmp_path):
    """A resolver run, from metadata alone: three packages join what Colab has, and none of it is replaced."""
    core, colab, given = tmp_path / "core.in", tmp_path / "colab.txt", tmp_path / "given.txt"
    # Colab's PyTorch is a build that no index has (+cu128). It is there, and test_colab_satisfies has judged it.
    own_builds = [name for name, number in COLAB.items() if "+" in number]
    assert own_builds == ["torch", "torchvision"]
    core.write_text("\n".join(map(str, CORE)))
    colab.write_text("\n".join(f"{name}=={number}" for name, number in COLAB.items() if name not in own_builds))
    given.write_text("\n".join(f"{name}; python_version < '3'" for name in own_builds))
    answer = uv(
        *("pip", "compile", core, "--constraints", colab, "--overrides", given, "--no-header", "--no-annotate"),
        *("--python-version", COLAB_PYTHON, "--python-platform", "x86_64-unknown-linux-gnu", "--only-binary", ":all:"),
    )
    assert answer.returncode == 0, answer.stderr
    resolved = {canonicalize_name(one.name): version(one) for one in map(Requirement, answer.stdout.split())}
    assert resolved.keys() >= {canonicalize_name(one.name) for one in CORE} - {"torch", "torchvision"}
    assert {name: number for name, number in resolved.items() if COLAB.get(name, number) != number} == {}
    # IPython asks for jedi, which Colab leaves out on purpose: pip brings it back, whatever one installs there.
    assert resolved.keys() - COLAB.keys() - {"jedi"} == {"adjusttext", "gensim", "koreanize-matplotlib"}


# --- the package ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def built(index, tmp_path_factory):
    """The sdist, and the wheel made from it: two lists of members."""
    out = tmp_path_factory.mktemp("dist")
    answer = uv("build", "--python", sys.executable, "--out-dir", out)
    assert answer.returncode == 0, answer.stderr
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    with tarfile.open(sdist) as tar, zipfile.ZipFile(wheel) as archive:
        return [name.partition("/")[2] for name in tar.getnames()], archive.namelist()


def lying_in(folder, pattern="*"):
    """Names of the files below a folder of the checkout, relative to it, without what a command made."""
    files = (path for path in (ROOT / folder).rglob(pattern) if path.is_file())
    names = [path.relative_to(ROOT / folder).as_posix() for path in files]
    return {name for name in names if "__pycache__" not in name and ".ipynb_checkpoints" not in name}


@pytest.mark.network
def test_wheel_holds_code_data_lessons_and_licences(built):
    _, wheel = built
    expected = {f"helpers/{name}" for name in lying_in("helpers")}
    expected |= {f"helpers/_data/{name}" for name in lying_in("data")}
    expected |= {f"helpers/_lessons/{name}" for name in lying_in("notebooks/source")}
    expected |= {"helpers/expected.json"}
    assert {name for name in wheel if ".dist-info/" not in name} == expected
    assert lying_in("data") and lying_in("notebooks/source", "*.py")
    assert {name.partition("licenses/")[2] for name in wheel if "licenses/" in name} == {"LICENSE", "LICENSE-TEXT"}


@pytest.mark.network
def test_sdist_carries_no_tests_and_no_built_notebooks(built):
    sdist, _ = built
    assert [name for name in sdist if name.endswith(".ipynb")] == []
    assert [name for name in sdist if name.startswith("tests/")] == ["tests/expected.json"]


def test_import_is_fast_and_light():
    code = (
        "import json, sys, time; began = time.perf_counter(); import helpers; spent = time.perf_counter() - began;"
        "print(json.dumps([spent, helpers.__version__, sorted(sys.modules)]))"
    )
    runs = []
    for _ in range(3):  # the best of three: a busy machine is no fault of the package
        answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        runs.append(json.loads(answer.stdout))
    assert min(run[0] for run in runs) < 0.1
    assert HEAVY.isdisjoint(runs[0][2])
    assert re.fullmatch(r"\d+\.\d+\.\d+", runs[0][1])


# --- make env, make lab -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows has no sh: the conda road is its own")
def test_without_a_fitting_python_env_says_what_to_do():
    nothing = {**os.environ, "PYTHON": "no-such-python"}
    answer = subprocess.run(["sh", "lab/env.sh"], cwd=ROOT, env=nothing, capture_output=True, encoding="utf-8")
    assert answer.returncode == 1
    english, korean = answer.stderr.splitlines()
    assert "install Python 3.12" in english and "파이썬 3.12를 설치" in korean


@pytest.fixture
def start():
    specification = importlib.util.spec_from_file_location("start", ROOT / "lab/start.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_lab_in_a_container_allows_root_and_opens_nothing(start, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    line = start.command(["--debug"], port="8889")
    assert {"--allow-root", "--no-browser", "--ServerApp.port=8889"} <= set(line) and line[-1] == "--debug"


def test_lab_on_a_desktop_opens_the_browser(start, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    assert {"--allow-root", "--no-browser"}.isdisjoint(start.command([]))


def test_lab_begins_at_the_start_page_without_news(start):
    defaults = json.loads((ROOT / "lab/overrides.json").read_text("utf-8"))
    assert defaults["@jupyterlab/apputils-extension:notification"] == {"fetchNews": "false", "checkForUpdates": False}
    assert (ROOT / start.START.removeprefix("/lab/tree/")).is_file()
