"""How much one tick of `repo_activity` polls, and for how long."""

from collections import Counter

import pytest

from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.defs.sensors.watched import Deploy
from repo_stats_tests.helpers.deployment import Deployment


def test_a_tick_polls_so_many_repositories_and_the_next_polls_the_others(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repo_stats.defs.sensors.repo_activity.MOST_POLLS", 3)
    deployment = deploy()
    deployment.begin(deployment.tick("new_repositories"))
    simulator.log.clear()
    for _ in range(4):
        deployment.tick("repo_activity")
    polls = Counter(request.target.split("/")[2] for request in simulator.log)
    assert sorted(polls.values()) == [3, 3, 3, 3]


def test_a_tick_begins_no_further_poll_after_half_a_minute(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deploy()
    deployment.begin(deployment.tick("new_repositories"))
    later = Deployment(deployment.settings, deployment.instance, iter([5.0, *[35.0] * 4]).__next__)
    simulator.log.clear()
    assert later.tick("repo_activity") == "Nothing happened in 0 repositories."
    assert simulator.log == []
