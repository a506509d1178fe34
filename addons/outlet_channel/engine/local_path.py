"""Where a page may send its visitor: nowhere but to this site."""

import re
from urllib.parse import urlsplit

_PLAIN = re.compile(r"[!-~]+")  # printable ASCII without blanks


def safe_path(raw, default):
    """Return ``raw`` when it is a path of this site, else ``default``.

    Browsers read a backslash as a slash, drop tabs and line ends, and take ``//host``
    for another site: whatever isn't a plain path is refused, not repaired.

    >>> safe_path("/my/tickets?page=2#top", "/my")
    '/my/tickets?page=2#top'
    >>> bad = ("//evil.example", "https://evil.example", "/\\\\evil.example", "my", "",
    ...     None, "/\\t/evil.example", "javascript:alert(1)")
    >>> {safe_path(raw, "/my") for raw in bad}
    {'/my'}
    >>> safe_path("/.//evil.example", "/my"), safe_path("/owner/login", "/my")
    ('/my', '/my')
    """
    if not isinstance(raw, str) or not _PLAIN.fullmatch(raw) or len(raw) > 500:
        return default
    if not raw.startswith("/") or "\\" in raw or "//" in urlsplit(raw).path:
        return default
    parts = urlsplit(raw)
    if parts.scheme or parts.netloc or parts.path.startswith("/owner/log"):
        return default
    return raw
