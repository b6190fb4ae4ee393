"""The asset `report`: what the UI shows of it."""

import pytest

from repo_stats.defs.assets.report import link_to


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("/data/my stats/report/index.html", "file:///data/my%20stats/report/index.html"),
        ("file:///data/report/index.html", "file:///data/report/index.html"),
        ("https://host/stats/report/index.html", "https://host/stats/report/index.html"),
        ("s3://bucket/stats/report/index.html", None),
    ],
)
def test_the_ui_shows_the_path_of_the_first_page_and_a_link_if_it_can_be_opened(
    page: str, link: str | None
) -> None:
    shown = {name: value.value for name, value in link_to(page).items()}
    assert shown.pop("first_page") == page
    assert shown == ({} if link is None else {"link": link})
