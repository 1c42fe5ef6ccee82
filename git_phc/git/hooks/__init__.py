"""Our git hooks, beside those that a repository has already: those run as they did.

Two ways. Where nothing is set, ours go into git's own folder, and what was there is kept aside
(`beside`). Where `core.hooksPath` is set (husky, a tracked folder, one for all repositories)
that folder is not ours to write into: git is pointed to one of ours, whose hooks call those of
the other (`instead`). Never the second way without need: with `core.hooksPath` set, pre-commit
and lefthook refuse to install theirs.
"""
