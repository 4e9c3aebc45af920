"""The one error a person meets: what happened, and what to do about it."""


class BuildError(Exception):
    """Says what failed and the remedy in one line; `log` names a file with the details, if there is one."""

    def __init__(self, message, log=None):
        super().__init__(message)
        self.log = log


class MissingInput(BuildError):
    """An image needs something that another step makes (a binary, a data folder)."""
