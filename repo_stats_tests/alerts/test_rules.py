"""The rules for alerts: one alert for each failure and one for its end."""

from dataclasses import replace

import pytest

from repo_stats.alerts.rules import Alert, EndedRun, find_failures, find_low_quota, find_recoveries

CHECK, OTHER = "open_issues.refreshed", "repo_metadata.refreshed"


NOWHERE = EndedRun("run", "prune_runs", [], "prune_runs", "prune_runs", failure="full")
"""A run that is about no repository, and has failed."""


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


def test_a_quota_that_is_not_known_leads_to_no_alert() -> None:
    assert find_low_quota(7.0, succeeded()) == (7.0, [])


def test_every_alert_says_what_kind_it_is_and_which_run_led_to_it() -> None:
    _, failures = find_failures({}, failed())
    _, stale = find_failures({}, succeeded({CHECK: {"a/b": "gone"}}))
    _, doubled = find_failures({}, succeeded({"open_issues.unique": {"a/b": "2 twice"}}))
    low = EndedRun("run", "job", [], "task", "Title", quota=(1, 5000, 9.0))
    _, quota = find_low_quota(0.0, low)
    _, refreshed = find_recoveries({"a/b": {CHECK: "gone"}}, succeeded({CHECK: {}}))
    _, succeeds = find_recoveries({"a/b": {"refresh": "why"}}, succeeded())
    assert [*failures, *stale, *doubled, *quota, *refreshed, *succeeds] == [
        Alert(text, repositories, "job", "run", reason, kind=kind)
        for text, repositories, reason, kind in (
            ("The refresh failed: why", ["a/b", "c/d"], "why", "failure"),
            ("a/b is stale: gone", ["a/b"], "gone", "stale"),
            (
                "The check unique of open_issues failed for a/b: 2 twice",
                ["a/b"],
                "2 twice",
                "failure",
            ),
            (
                "Only 1 of 5000 GitHub requests remain until the hour's quota resets.",
                [],
                "low quota",
                "quota",
            ),
            ("a/b is refreshed again.", ["a/b"], "", "recovery"),
            ("The refresh succeeds again.", ["a/b"], "", "recovery"),
        )
    ]


def test_a_run_about_no_repository_leads_to_one_alert_and_to_one_for_its_end() -> None:
    failing, alerts = find_failures({}, NOWHERE)
    assert [(alert.text, alert.repositories) for alert in alerts] == [
        ("prune_runs failed: full", [])
    ]
    failing, alerts = find_failures(failing, NOWHERE)
    assert alerts == []
    failing, alerts = find_recoveries(failing, replace(NOWHERE, failure=None))
    assert [(alert.text, alert.repositories) for alert in alerts] == [
        ("prune_runs succeeds again.", [])
    ]
    assert failing == {}


def test_checks_that_pass_again_together_are_named_in_one_alert() -> None:
    names = ("open_issues.unique", "open_issues.only_open")
    failing, _ = find_failures({}, succeeded({name: {"a/b": name} for name in names}))
    _, alerts = find_recoveries(failing, succeeded({name: {} for name in names}))
    assert texts(alerts) == [
        "The checks unique of open_issues and only_open of open_issues pass again for a/b."
    ]
    both = {"a/b": {names[0]: "why", CHECK: "gone"}}
    _, alerts = find_recoveries(both, succeeded({names[0]: {}, CHECK: {}}))
    assert texts(alerts) == ["a/b is refreshed again."]


def test_what_a_check_finds_of_a_repository_that_the_run_is_not_about_is_told_once() -> None:
    recent = succeeded({"repo_statistics.recent": {"x/y": "from 2026"}})
    failing, alerts = find_failures({}, recent)
    assert texts(alerts) == ["x/y is stale: from 2026"]
    assert failing == {"x/y": {"repo_statistics.recent": "from 2026"}}
    assert find_failures(failing, recent) == (failing, [])


def test_what_an_alert_does_not_know_is_not_posted() -> None:
    alert = Alert("All is lost.", ["a/b"], "job", "run", "why")
    assert alert.to_json() == {
        "text": "All is lost.",
        "repositories": ["a/b"],
        "job": "job",
        "run_id": "run",
        "reason": "why",
    }
