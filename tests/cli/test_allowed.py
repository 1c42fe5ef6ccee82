"""`git phc env show`: what a run would be allowed, and where each entry comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.kit import Installed, Phc, RunGit, require

DEV = ".phc/environments/dev.toml"
WHOLE = """\
name = "Dev"
[cloud]
network = "custom"
allowed_domains = ["*.corp.example", "x.example:8443"]
include_default_domains = true
secrets = ["API_TOKEN"]
sandbox = "podman"
image = "i"
cpus = 2
memory = "4g"
disk = "8g"
time = "2h"
"""


def put(repo: Path, text: str) -> None:
    (repo / DEV).parent.mkdir(parents=True, exist_ok=True)
    (repo / DEV).write_text(text)


def test_all_of_it(repo: Path, phc: Phc, git: RunGit, only_git: Mapping[str, str]) -> None:
    put(repo, WHOLE)
    git(repo, "remote", "add", "origin", "git@github.com:ada/engine")
    git(repo, "remote", "add", "mirror", "https://ada@git.corp.example:8443/engine")
    git(repo, "config", "phc.agent", "claude")
    git(repo, "config", "--add", "phc.allowedDomains", "own.example")
    git(repo, "config", "--add", "phc.allowedDomains", "two.example:81, three.example")
    git(repo, "config", "phc.allowedAddresses", "10.0.0.0/8 model.internal=127.0.0.1:8000")
    git(repo, "config", "phc.secrets.API_TOKEN.command", "exit 1")  # which nobody runs to show it
    assert phc("env", "show", cwd=repo, env=only_git).out == (
        f"{DEV} (Dev) would run:\n"
        "  what its runs may reach and are given, in a sandbox\n"
        "    | network: custom\n"
        "    | allowed_domains: *.corp.example, x.example:8443\n"
        "    | secrets: API_TOKEN\n"
        "  not trusted: git phc trust\n"
        "  in a sandbox it reaches these hosts and no others (network: custom)\n"
        "    api.anthropic.com              the agent claude\n"
        "    *.corp.example                 the environment Dev\n"
        "    x.example:8443                 the environment Dev\n"
        "    own.example                    phc.allowedDomains\n"
        "    two.example:81                 phc.allowedDomains\n"
        "    three.example                  phc.allowedDomains\n"
        "    github.com                     the remote origin\n"
        "    api.github.com                 the remote origin\n"
        "    codeload.github.com            the remote origin\n"
        "    *.githubusercontent.com        the remote origin\n"
        "    git.corp.example:8443          the remote mirror\n"
        "    10.0.0.0/8                     phc.allowedAddresses\n"
        "    model.internal=127.0.0.1:8000  phc.allowedAddresses\n"
        "  it is given the secret API_TOKEN, from a command\n"
        "  it works in podman, the image i\n"
        "  it may take 2 processors, 4.0 GiB of memory, 8.0 GiB of the disk, 2h 0m of time\n"
    )
    allowed = json.loads(phc("env", "show", "dev", "--json", cwd=repo, env=only_git).out)["allowed"]
    assert allowed["hosts"][0] == {"host": "api.anthropic.com", "origin": "the agent claude"}
    assert allowed["secrets"] == [{"name": "API_TOKEN", "from": "command"}]
    rest = {key: allowed[key] for key in allowed if key not in ("hosts", "secrets")}
    assert rest == {
        "network": "custom",
        "addresses": ["10.0.0.0/8", "model.internal=127.0.0.1:8000"],
        "sandbox": "podman",
        "image": "i",
        "cpus": 2,
        "memory": 4 << 30,
        "disk": 8 << 30,
        "seconds": 7200,
    }


def test_full(repo: Path, phc: Phc, only_git: Mapping[str, str]) -> None:
    put(repo, "[cloud]\nnetwork = 'full'\n")
    said = phc("env", "show", cwd=repo, env=only_git)
    assert said.lines[-2:] == [
        "  in a sandbox it reaches any host (network: full)",
        "  it may take 20.0 GiB of the disk",
    ]


def test_what_would_be_refused(
    repo: Path, phc: Phc, git: RunGit, only_git: Mapping[str, str]
) -> None:
    put(repo, "[cloud]\nnetwork = 'full'\n")
    git(repo, "config", "phc.network", "custom")
    why = "the environment dev asks for the network full, and this machine's owner allows custom"
    said = phc("env", "show", cwd=repo, env=only_git)
    assert (said.code, said.lines[-1]) == (0, f"  its runs are refused in a sandbox here: {why}")
    body = json.loads(phc("env", "show", "--json", cwd=repo, env=only_git).out)
    hint = "Change the environment, or let it: git config --global phc.network full"
    assert body["allowed"] == {"refused": why, "hint": hint}


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("phc.network", "some", "phc.network is 'some', which is none of trusted, custom, full"),
        ("phc.allowedDomains", "a b/", "phc.allowedDomains has 'b/', which cannot be read"),
        ("phc.allowedAddresses", "x", "phc.allowedAddresses has 'x', which cannot be read"),
        ("phc.secrets.A.fiel", "x", "phc.secrets.A.fiel says nothing that is known about a secret"),
    ],
)
def test_settings_that_cannot_be_meant(
    repo: Path, phc: Phc, git: RunGit, only_git: Mapping[str, str], key: str, value: str, why: str
) -> None:
    git(repo, "config", key, value)
    said = phc("env", "show", cwd=repo, env=only_git)
    assert why in said.out


def test_what_an_environment_opens_asks_for_consent(repo: Path, phc: Phc) -> None:
    put(repo, "[cloud]\ncpus = 1\n")
    assert phc("env", cwd=repo).out.endswith("runs nothing\n")
    put(repo, "[cloud]\nsecrets = ['TOKEN']\n")
    assert phc("trust", "dev", cwd=repo).code == 0
    assert phc("env", cwd=repo).out.endswith("  trusted\n")
    put(repo, "[cloud]\nsecrets = ['TOKEN']\nnetwork = 'full'\n")
    assert phc("env", cwd=repo).out.endswith("not trusted: git phc trust\n")


@pytest.mark.slow
def test_the_tools_themselves_are_asked(
    repo: Path, installed: Installed, tmp_path: Path, home: Path
) -> None:
    require("npm", "apt-get", "python3")
    sources = tmp_path / "sources.list"
    sources.write_text("deb [trusted=yes] http://apt.corp.example:8081/debian stable main\n")
    config = tmp_path / "apt.conf"
    config.write_text(
        f'Dir::Etc::sourcelist "{sources}";\nDir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{tmp_path}";\n'
    )
    (home / ".npmrc").write_text("@corp:registry=https://scope.corp.example/npm/\n")
    env = {
        "APT_CONFIG": str(config),
        "npm_config_registry": "https://npm.corp.example/",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": "https://ada:pass@pip.corp.example/simple",
        "PIP_EXTRA_INDEX_URL": "http://more.corp.example:8080/simple file:///srv/pip",
        "PIP_FIND_LINKS": None,
        "PIP_NO_INDEX": None,
    }
    # A repository's own files lead nobody here.
    (repo / ".npmrc").write_text("@evil:registry=https://evil.example/\n")
    said = installed("env", "show", "--json", cwd=repo, env=env)
    allowed = json.loads(said.out)["allowed"]
    assert {(one["host"], one["origin"]) for one in allowed["hosts"]} == {
        ("apt.corp.example:8081", "apt"),
        ("npm.corp.example", "npm"),
        ("scope.corp.example", "npm"),
        ("pip.corp.example", "pip"),
        ("more.corp.example:8080", "pip"),
    }
    assert "not_asked" not in allowed
    assert "pass" not in said.out


def test_a_tool_that_fails_is_told(repo: Path, phc: Phc, only_git: Mapping[str, str]) -> None:
    npm = Path(only_git["PATH"]) / "npm"
    npm.write_text("#!/bin/sh\necho 'it is broken' >&2\nexit 3\n")
    npm.chmod(0o755)
    said = phc("env", "show", cwd=repo, env=only_git)
    assert (said.code, said.lines[-2]) == (0, "  npm could not be asked: it is broken")
