"""What the programs of the tests on forking share."""

IN_CHILD = """
def in_child(work=check):
    child = fork.Process(target=work)
    child.start()
    child.join(120)
    hangs = child.is_alive()
    child.kill()
    assert not hangs, "the child hangs"
    assert child.exitcode == 0
"""
"""Runs a function in a forked process, and fails if that hangs."""
