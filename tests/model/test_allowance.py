"""What a run is allowed: its environment's words against its owner's."""

from __future__ import annotations

from typing import Any

import pytest

from git_phc.errors import Refused
from git_phc.model.allowance import Owner, allow, size
from git_phc.model.domains import Domain
from git_phc.model.environment import Environment
from git_phc.model.network import Entry

OWN = Entry(Domain("own.example"), "phc.allowedDomains")
MODEL = Entry(Domain("model.example"), "the agent x")
TOOL = Entry(Domain("mirror.example"), "pip")
OWNER = Owner(entries=(OWN,), secrets={"TOKEN": "file", "KEY": "command"}, for_agent=["KEY"])


def environment(**cloud: Any) -> Environment:
    return Environment("Dev", cloud=cloud)


def hosts(said: Environment | None, owner: Owner = OWNER) -> list[str]:
    """What is reached, with the hosts of tools."""
    return [str(e.domain) for e in allow(said, owner, [MODEL]).widened([TOOL]).entries]


def test_a_run_without_an_environment_reaches_what_is_trusted() -> None:
    assert hosts(None) == ["model.example", "own.example", "mirror.example"]
    found = allow(None, Owner())
    assert (found.network.level, found.trusts, found.secrets) == ("trusted", True, {})


def test_custom_is_its_own_list_and_the_trusted_only_where_it_says_so() -> None:
    own = environment(network="custom", allowed_domains=["*.a.example"])
    assert hosts(own) == ["model.example", "*.a.example"]
    both = environment(
        network="custom", allowed_domains=["a.example"], include_default_domains=True
    )
    assert hosts(both) == ["model.example", "a.example", "own.example", "mirror.example"]


def test_full_asks_no_tool() -> None:
    found = allow(environment(network="full"), OWNER)
    assert (found.network.level, found.trusts) == ("full", False)


@pytest.mark.parametrize(
    ("asked", "most", "is_refused"),
    [
        *(("trusted", "trusted", False), ("custom", "trusted", True), ("full", "trusted", True)),
        *(("trusted", "custom", False), ("custom", "custom", False), ("full", "custom", True)),
        ("full", "full", False),
    ],
)
def test_the_owner_says_the_most(asked: str, most: str, is_refused: bool) -> None:
    said = environment(network=asked)
    if not is_refused:
        assert allow(said, Owner(level=most)).network.level == asked
        return
    with pytest.raises(Refused) as error:
        allow(said, Owner(level=most))
    why = (
        f"the environment Dev asks for the network {asked}, and this machine's owner allows {most}"
    )
    assert error.value.message == why


def test_secrets_by_name() -> None:
    assert allow(environment(secrets=["TOKEN"]), OWNER).secrets == {
        "TOKEN": "file",
        "KEY": "command",
    }
    with pytest.raises(Refused, match="the secret OTHER is asked for, and there is none"):
        allow(environment(secrets=["OTHER"]), OWNER)


@pytest.mark.parametrize(
    "name",
    [
        *("GIT_DIR", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "NODE_OPTIONS", "BASH_ENV", "ENV"),
        *("PROMPT_COMMAND", "PYTHONSTARTUP", "PERL5OPT", "RUBYOPT", "PATH", "HOME", "PHC_RUN"),
        *("http_proxy", "HTTPS_PROXY", "Ld_Preload", "BASH_FUNC_ls", "SSH_AUTH_SOCK"),
    ],
)
def test_names_that_no_secret_has(name: str) -> None:
    # An agent's, which its owner names, as little as an environment's.
    for said, owner in (
        (environment(secrets=[name]), Owner(secrets={name: "file"})),
        (None, Owner(secrets={name: "file"}, for_agent=[name])),
    ):
        with pytest.raises(Refused, match=f"{name} is no name for a secret"):
            allow(said, owner)


def test_variables_that_the_loader_listens_to() -> None:
    with pytest.raises(Refused, match="sets LD_PRELOAD, which no sandboxed run may be given"):
        allow(Environment("Dev", vars={"A": "1", "LD_PRELOAD": "x.so"}), Owner())


def test_limits() -> None:
    found = allow(environment(cpus=0.5, memory="512M", image="i", sandbox="podman"), Owner())
    assert (found.cpus, found.memory) == (0.5, 512 << 20)
    assert (found.image, found.sandbox) == ("i", "podman")
    assert (found.disk, found.time) == (0, 0)
    assert [size(text) for text in ("7", "1k", "2G", "1t")] == [7, 1024, 2 << 30, 1 << 40]


def test_what_is_used_up_is_what_is_asked_for_else_the_most_that_the_owner_allows() -> None:
    owner = Owner(disk=2 << 30, time=7200)
    assert (allow(None, owner).disk, allow(None, owner).time) == (2 << 30, 7200)
    less = allow(environment(disk="1g", time="1h"), owner)
    assert (less.disk, less.time) == (1 << 30, 3600)
    unlimited = allow(environment(disk="1g", time=90), Owner())
    assert (unlimited.disk, unlimited.time) == (1 << 30, 90)
    with pytest.raises(Refused, match="the environment Dev asks for 3g of disk") as refused:
        allow(environment(disk="3g"), owner)
    assert str(refused.value.hint).endswith("git config --global phc.sandboxDisk 3g")
    with pytest.raises(Refused, match="asks for 3h of time, and this machine's owner allows less"):
        allow(environment(time="3h"), owner)
