"""What brings a task's work onto a branch of the user's: merges worked out in memory, files
and index moved in one step, commits that the user's hooks and signing have passed.
"""
