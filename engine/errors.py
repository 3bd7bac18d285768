"""The errors a person is meant to read: one plain line that tells what to do."""


class PanzaError(Exception):
    """The work failed. The message says what happened, what was kept and what to do."""

    exit_code = 1


class UsageError(PanzaError):
    """The command line or a setting is wrong."""

    exit_code = 2


class NotReadyError(PanzaError):
    """There is no mail or no model yet for what was asked."""

    exit_code = 3
