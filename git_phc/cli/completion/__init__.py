"""What a shell offers when the tab key is pressed behind `git phc`.

The scripts beside this file are all that a shell loads. They ask `git-phc __complete SHELL WORD…`
(`answer.py`), which prints a line for each candidate: the word, a tab, what it is.

Somebody waits at each press: so where a TASK is to come, which is the usual case, neither click
nor any command is imported. And titles and names are strangers' words: they come out safe for a
terminal, and a word that a shell would read as more than a word is not offered.
"""
