"""Tell what a file without mail is in a profile of Thunderbird, in a folder or in a zip."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.mail.archives.formats import NOT_MAIL_BY_NAME, UNREAD_FOLDER

_MAIL_FOLDERS = frozenset(("Mail", "ImapMail", "News"))
_DEEPEST_PROFILE = 16  # folders above it
_NEWSGROUPS = re.compile(r"(?:^|/)News/[^/]+\.rc$")  # the newsgroups of a server, and what was read
# Thunderbird compacts into such a file, which has mails that were deleted since if it is left.
_COMPACTING = re.compile(r"/nstmp(?:-\d{1,4})?$")


def is_unfinished_copy(path: str) -> bool:
    """Return whether a file in a folder or archive is a copy that Thunderbird did not finish.

    The folder that it compacted is beside it, complete.
    """
    return _COMPACTING.search(path) is not None


def problem_in_profile(path: str, exists: Callable[[str], bool]) -> str | None:
    """Return UNREAD_FOLDER for a mail folder, NOT_MAIL_BY_NAME for a setting, None if neither.

    path: of a file in which no mail is recognised, with "/". exists: whether there is a file or
    folder of such a path in the same folder or archive.
    """
    if exists(f"{path}.msf"):
        return UNREAD_FOLDER
    *folders, _ = path.split("/")
    if _NEWSGROUPS.search(path):
        return NOT_MAIL_BY_NAME
    if _MAIL_FOLDERS.intersection(folders):
        return None
    for depth in range(min(len(folders), _DEEPEST_PROFILE) + 1):
        profile = "".join(f"{folder}/" for folder in folders[:depth])
        if exists(f"{profile}prefs.js") and exists(f"{profile}Mail"):
            return NOT_MAIL_BY_NAME
    return None
