"""The rules for alerts: one alert for each failure and one for its end."""

from dataclasses import replace

import pytest

from repo_stats.alerts.rules import Alert, EndedRun, find_failures, find_low_quota, find_recoveries

CHECK, OTHER = "open_issues.refreshed", "repo_metadata.refreshed"


def failed(reason: str = "why", task: str = "refresh") -> EndedRun:
    return EndedRun("run", "job", ["a/b", "c/d"], task, f"The {task}", failure=reason)


def succeeded(findings: dict[str, dict[str, str]] | None = None, task: str = "refresh") -> EndedRun:
    return EndedRun("run", "job", ["a/b", "c/d"], task, f"The {task}", findings=findings or {})


def texts(alerts: list[Alert]) -> list[str]:
    return [alert.text for alert in alerts]


def test_a_task_that_fails_repeatedly_leads_to_one_alert_and_its_recovery_to_another() -> None:
    failing, alerts = find_failures({}, failed())
    assert texts(alerts) == ["The refresh failed: why"]
    failing, alerts = find_failures(failing, failed("why still"))
    assert alerts == []
    still, alerts = find_recoveries(failing, failed())
    assert (still.keys(), alerts) == (failing.keys(), [])
    recovered, alerts = find_recoveries(failing, succeeded())
    assert texts(alerts) == ["The refresh succeeds again."]
    assert recovered == {}


def test_a_task_recovers_only_for_the_repositories_of_the_run_that_succeeds() -> None:
    failing, _ = find_failures({}, failed())
    one = replace(succeeded(), repositories=["c/d"], title="The refresh of c/d")
    failing, alerts = find_recoveries(failing, one)
    assert [(alert.text, alert.repositories) for alert in alerts] == [
        ("The refresh of c/d succeeds again.", ["c/d"])
    ]
    failing, alerts = find_failures(failing, failed())
    assert [alert.repositories for alert in alerts] == [["c/d"]]


def test_a_stale_repository_leads_to_an_alert_although_the_run_succeeds() -> None:
    failing, alerts = find_failures({}, succeeded({CHECK: {"a/b": "gone"}}))
    assert texts(alerts) == ["a/b is stale: gone"]
    assert alerts[0].repositories == ["a/b"]
    both = succeeded({CHECK: {"a/b": "gone", "c/d": "gone too"}})
    failing, alerts = find_failures(failing, both)
    assert texts(alerts) == ["c/d is stale: gone too"]
    failing, alerts = find_recoveries(failing, succeeded({CHECK: {"c/d": "gone too"}}))
    assert texts(alerts) == ["a/b is refreshed again."]
    assert set(failing) == {"c/d"}


@pytest.mark.parametrize(
    ("check", "alert", "recovery"),
    [
        ("issues.refreshed", "a/b is stale: why", "a/b is refreshed again."),
        ("repo_statistics.recent", "a/b is stale: why", "a/b is refreshed again."),
        (
            "open_issues.unique",
            "The check unique of open_issues failed for a/b: why",
            "The check unique of open_issues passes again for a/b.",
        ),
        (
            "open_issues.only_open",
            "The check only_open of open_issues failed for a/b: why",
            "The check only_open of open_issues passes again for a/b.",
        ),
    ],
)
def test_only_the_checks_of_age_call_a_repository_stale(
    check: str, alert: str, recovery: str
) -> None:
    failing, alerts = find_failures({}, succeeded({check: {"a/b": "why"}}))
    assert texts(alerts) == [alert]
    _, alerts = find_recoveries(failing, succeeded({check: {}}))
    assert texts(alerts) == [recovery]


def test_a_reason_leads_to_one_alert_even_if_several_checks_and_tasks_find_it() -> None:
    both = succeeded({CHECK: {"a/b": "gone"}, OTHER: {"a/b": "gone"}})
    failing, alerts = find_failures({}, both)
    assert texts(alerts) == ["a/b is stale: gone"]
    alone = replace(failed("gone"), repositories=["a/b"])
    failing, alerts = find_failures(failing, alone)
    assert alerts == []
    failing, alerts = find_recoveries(failing, succeeded({CHECK: {}}))
    assert alerts == []
    failing, alerts = find_recoveries(failing, succeeded({CHECK: {}, OTHER: {}}))
    assert texts(alerts) == ["a/b is refreshed again."]
    assert failing == {}


def test_a_run_does_not_end_a_failure_that_it_did_not_examine() -> None:
    failing, _ = find_failures({}, succeeded({CHECK: {"a/b": "gone"}}))
    elsewhere = succeeded({"issues.refreshed": {}}, task="publish_report")
    after, alerts = find_recoveries(failing, elsewhere)
    assert (after, alerts) == (failing, [])
    failing, _ = find_failures({}, failed())
    after, alerts = find_recoveries(failing, elsewhere)
    assert (after, alerts) == (failing, [])


def test_a_low_quota_leads_to_one_alert_until_it_resets() -> None:
    def left(remaining: int, resets_at: float) -> EndedRun:
        return EndedRun("run", "job", [], "task", "Title", quota=(remaining, 5000, resets_at))

    until, alerts = find_low_quota(0.0, left(500, 100.0))
    assert (until, alerts) == (0.0, [])
    until, alerts = find_low_quota(until, left(499, 100.0))
    assert [alert.text for alert in alerts] == [
        "Only 499 of 5000 GitHub requests remain until the hour's quota resets."
    ]
    until, alerts = find_low_quota(until, left(100, 100.0))
    assert alerts == []
    until, alerts = find_low_quota(until, left(100, 3700.0))
    assert len(alerts) == 1
