"""One task as one page of HTML, to share: it holds no script, loads nothing, and needs no server.

`markup` is the one maker of HTML, and escapes all that it is given; the page's own policy
(`page`) keeps a browser from running or loading anything, should `markup` ever be wrong.
"""
