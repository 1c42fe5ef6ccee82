"""Where the tools of this machine fetch from, asked of themselves: pip, npm and apt.

No host is written here. A company's mirror is right from the start, and what a tool would reach
without any configuration is what the tool itself says.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct

from git_phc.host.programs import found

PATIENCE = 20.0  # seconds in which a tool must answer

# pip's own words for its index: there is no command that tells the one it has without being told.
PIP = """
import json
from pip._internal.commands import create_command
from pip._internal.models.index import PyPI
said = create_command("download").parser.get_default_values()
urls = [] if said.no_index else [said.index_url, *said.extra_index_urls]
if PyPI.simple_url in urls:
    urls.append("https://" + PyPI.file_storage_domain)
print(json.dumps([*urls, *said.find_links]))
"""


class Told(Struct, frozen=True):
    """What a tool said: the URLs that it fetches from, or why it could not be asked."""

    tool: str
    urls: Sequence[str] = ()
    trouble: str | None = None


def ask_tools(environ: Mapping[str, str]) -> list[Told]:
    """Asks each tool that is on PATH, all at once; in the order of their names."""
    asked = {
        tool: [str(program), *words]
        for tool, (name, words, _) in _TOOLS.items()
        if (program := found(name, environ.get("PATH")))
    }
    with ThreadPoolExecutor(len(_TOOLS)) as pool:
        return list(pool.map(lambda tool: _ask(tool, asked[tool], environ), sorted(asked)))


def _ask(tool: str, argv: Sequence[str], environ: Mapping[str, str]) -> Told:
    try:
        done = subprocess.run(  # noqa: S603  (the owner's own tools)
            argv,
            cwd="/",  # where no repository's configuration is
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
        return Told(tool, list(dict.fromkeys(_TOOLS[tool][2](os.fsdecode(done.stdout)))))
    except subprocess.CalledProcessError as error:
        last = os.fsdecode(error.stderr).strip().rpartition("\n")[2]
        return Told(tool, trouble=last[:200] or f"it ended with {error.returncode}")
    except subprocess.TimeoutExpired:
        return Told(tool, trouble="it did not answer")
    except (OSError, ValueError) as error:
        return Told(tool, trouble=str(error)[:200])


def _listed(said: str) -> Iterator[str]:
    yield from map(str, json.loads(said))


def _of_npm(said: str) -> Iterator[str]:
    """The registry, and those of scopes."""
    for key, value in json.loads(said).items():
        if key == "registry" or key.endswith(":registry"):
            yield str(value)


def _of_apt(said: str) -> Iterator[str]:
    """Lines such as `'http://host/dists/stable/InRelease' host_dists_stable_InRelease 0`: what it
    would fetch to begin with, which it tells without fetching it.
    """
    yield from (line.split("'")[1] for line in said.splitlines() if line.startswith("'"))


# By the tool's name: its program, what it is asked, and how it answers.
_TOOLS: Mapping[str, tuple[str, Sequence[str], Callable[[str], Iterator[str]]]] = {
    "apt": ("apt-get", ("update", "--print-uris"), _of_apt),
    "npm": ("npm", ("config", "list", "--json"), _of_npm),
    "pip": ("python3", ("-c", PIP), _listed),
}
