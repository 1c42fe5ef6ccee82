"""Imports modules, each in a process of its own, and says what each has loaded.

    python importer.py MODULE…    one JSON document: module -> names, beyond the bare interpreter's

A program for `test_imports`, which gives it one room at a time. It forks from an interpreter
that has imported nothing of ours: as fresh as a start, at a tenth of its price.
"""

import os
import sys

BARE = set(sys.modules)


def loaded_by(module: str) -> int:
    """Starts the import; the end of a pipe from which its answer can be read."""
    read, write = os.pipe()
    if os.fork():
        os.close(write)
        return read
    code = 1
    try:
        __import__(module)
        os.write(write, "\n".join(sorted(set(sys.modules) - BARE)).encode())
        code = 0
    finally:
        os._exit(code)


def main(modules: list[str]) -> None:
    """Starts all, then reads all."""
    answers = {module: open(loaded_by(module)) for module in modules}  # noqa: SIM115
    texts = {module: answer.read().split() for module, answer in answers.items()}
    import json

    sys.stdout.write(json.dumps(texts))


if __name__ == "__main__":
    sys.path[0] = os.getcwd()  # (the project's root; pathlib would be loaded for ours)
    main(sys.argv[1:])
