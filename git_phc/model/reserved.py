"""Names of variables that nobody but this program, or the owner of the machine, may set for a run.

A secret, or a variable of a repository's, under such a name would change what programs do that
the run does not mean: the loader, a shell before its first command, git outside of the sandbox.
"""

from __future__ import annotations

_BEGINNINGS = ("GIT_", "LD_", "DYLD_", "PHC_", "POSTHOG_CODE", "BASH_FUNC_", "MALLOC_")
_NAMES = frozenset(
    {
        # what a shell runs or reads before the command that it is given
        *("BASH_ENV", "ENV", "PROMPT_COMMAND", "PS4", "SHELLOPTS", "BASHOPTS", "IFS", "CDPATH"),
        *("GLOBIGNORE", "ZDOTDIR", "FPATH"),
        # what an interpreter loads before the program that it is given
        *("PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTHONBREAKPOINT", "PYTHONINSPECT"),
        *("PERL5OPT", "PERL5LIB", "PERLLIB", "PERL5DB", "RUBYOPT", "RUBYLIB"),
        *("NODE_OPTIONS", "NODE_PATH", "LUA_INIT", "LUA_PATH", "LUA_CPATH"),
        *("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH"),
        # what the C library loads or asks
        *("GCONV_PATH", "NLSPATH", "LOCPATH", "HOSTALIASES", "RES_OPTIONS", "LOCALDOMAIN"),
        # where programs, files and people are
        *("PATH", "HOME", "PWD", "SHELL", "USER", "LOGNAME", "TMPDIR", "EDITOR", "VISUAL"),
        *("PAGER", "BROWSER", "SSH_AUTH_SOCK", "SSH_ASKPASS", "DOCKER_HOST", "IS_SANDBOX"),
        # the way to the network
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NODE_USE_ENV_PROXY"),
    }
)


def is_reserved(name: str) -> bool:
    """Whether a name is none that a secret may have. Letters count alike, large or small: some
    programs take both.
    """
    large = name.upper()
    return large in _NAMES or large.startswith(_BEGINNINGS)


def is_loaders(name: str) -> bool:
    """Whether the loader of programs listens to it: no variable of a repository's may be so, where
    a program of ours runs before the sandbox is closed.
    """
    return name.upper().startswith(("LD_", "DYLD_", "GCONV_PATH", "MALLOC_"))
