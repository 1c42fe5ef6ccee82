"""The Command Center: all tasks at once, on the whole screen, each a keystroke away.

Threads read the store and act on it (`eye`, `deeds`), and post messages; the app's handlers take
them in and change its state (`state`, which is pure); widgets draw what they are handed, and
never see the store. What is drawn is worked out by pure functions (`drawing`, `side`, `bar`), as
lines of styled text.
"""
