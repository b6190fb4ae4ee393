"""Addresses in responses: only those of the same origin are accepted."""

import pytest

from repo_stats.github.errors import PermanentError
from repo_stats.github.http.responses import require_same_origin


@pytest.mark.parametrize("url", ["https://evil/x", "http://host/x", "https://host:8443/x"])
def test_another_origin_is_refused(url: str) -> None:
    with pytest.raises(PermanentError, match="leads to another host"):
        require_same_origin(url, "https://host/api", "a/b")
    require_same_origin("https://host/other", "https://host/api", "a/b")
