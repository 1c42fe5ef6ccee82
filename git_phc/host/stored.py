"""Secrets, taken from where the owner of the machine keeps them. No error here tells a value."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

LARGEST = 64 * 1024  # bytes
PATIENCE = 60.0  # seconds in which a command must tell


class Unread(Exception):
    """Why there is no value, as the end of a sentence: "it …"."""


def from_variable(name: str, environ: Mapping[str, str]) -> str:
    """The value of a variable. Raises Unread."""
    if not (value := environ.get(name)):
        raise Unread(f"is not set: {name}")
    return value


def from_file(path: Path) -> str:
    """What a file holds, without the last end of line. Raises Unread."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            return _text(file.read(LARGEST + 1))
    except OSError as error:
        raise Unread(f"cannot be read: {(error.strerror or 'it fails').lower()}") from error


def from_command(words: str, environ: Mapping[str, str]) -> str:
    """What a command says, without the last end of line. Raises Unread."""
    try:
        done = subprocess.run(  # noqa: S603  (the owner's own command)
            ["/bin/sh", "-c", words],
            cwd="/",
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it may tell what it should not
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unread("does not answer") from error
    except OSError as error:
        raise Unread("cannot be started") from error
    if done.returncode:
        raise Unread(f"failed with exit code {done.returncode}")
    return _text(done.stdout)


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise Unread(f"is longer than {LARGEST // 1024} KiB")
    try:
        text = data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise Unread("is no text") from error
    if not text or "\0" in text:
        raise Unread("is no text")
    return text
