"""A clone in which somebody works who is not trusted: an agent in a sandbox, say.

Everything in its folder was written by them, its git folder too: settings, hooks, alternates,
replaced objects, links to somewhere else. So git is never started in there, and never told of
that git folder. What the clone is to us is one of our own worktrees, a *shadow*: its
administrative folder lies in our repository, and the clone's folder is its work tree. Settings
and hooks are then ours; of the clone, git reads files only.

What the clone's own git folder says is read by ourselves, as data (`take_in`): HEAD, refs, the
index, an operation under way, and objects, which are hashed anew, by git, before any of them
counts (`store`). A `Repo` that is `foreign` is such a shadow.

What is left to them: files named `.gitattributes` and `.gitignore` count, as in every checkout;
the programs that attributes name are those that our own settings have.
"""
