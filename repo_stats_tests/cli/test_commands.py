"""The command `repo-stats`, as a user types it."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from repo_stats.cli import commands
from repo_stats.cli.commands import main
from repo_stats.cli.simulate import SimulatorOptions, make_simulator, simulate
from repo_stats.config.settings import Settings, load_settings
from repo_stats.simulator.generator import PREFECT, Shape, generate_repository
from repo_stats.simulator.showcase import DAYS, MISSING, PROJECTS, WATCHED
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.chart_scripts import store_chart_script
from repo_stats_tests.helpers.preloaded import Command
from repo_stats_tests.helpers.runs import refresh_here
from repo_stats_tests.helpers.star_requests import count_star_pages, without_stars

Serve = Callable[[Simulator], str]


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    returncode: int | None
    stdout: str
    stderr: str


def command(folder: Path, *arguments: str, **variables: str) -> Ended:
    """Run `repo-stats` in a new process."""
    with Command(folder, "-m", "repo_stats", *arguments, **variables) as process:
        output, errors = process.communicate()
        return Ended(process.returncode, output, errors)


def invoke(*arguments: str, **variables: str) -> Result:
    """Run `repo-stats` in this process; only for commands that start no run."""
    return CliRunner(env=variables).invoke(main, list(arguments))


def test_the_demo_prints_the_four_lines_of_each_repository_and_leaves_tables_and_a_report(
    tmp_path: Path,
) -> None:
    credentials = {"GITHUB_TOKENS": "not, meant, for, the, demo", "REPO_STATS_APP_ID": "7"}
    store_chart_script(tmp_path / "simulated")
    result = command(tmp_path, "demo", **credentials)
    assert result.returncode == 0, result.stderr
    report = tmp_path / "simulated" / "report" / "index.html"
    lines = result.stdout.splitlines()
    assert lines[:4] == [
        "PrefectHQ/prefect repository statistics 📊:",
        "Stars 🌟 : 12159",
        "Forks 🍴 : 1251",
        "Average open issues per user 🐛 : 2.20",
    ]
    assert len(lines) == 4 * len(PROJECTS) + 2
    assert lines[-2:] == ["146 requests, 144 charged.", f"Report: {report}"]
    assert "7 repositories: 6 new, 1 failed." in result.stderr
    assert "acme/dinghy is now called acme/sailboat." in result.stderr
    assert f"{MISSING} could not be read: GitHub knows no repository {MISSING}" in result.stderr
    assert "DEBUG" not in result.stderr
    text = report.read_text(encoding="utf-8")
    assert [name for name in WATCHED if name not in text] == []
    assert [path.name for path in tmp_path.iterdir()] == ["simulated"]
    for project in PROJECTS:  # one run is enough to show two years
        days = {
            name: (report.parent / f"{project.full_name}.{name}.csv").read_text().splitlines()
            for name in ("stars", "backlog")
        }
        assert min(map(len, days.values())) > DAYS - 30
        assert days["stars"][-1].endswith(f",{project.stars},{project.stars}")
    rows = json.loads((report.parent / "numbers.json").read_text())["repositories"]
    assert len([row for row in rows if row["growth_7"] and row["growth_30"]]) == len(PROJECTS)


def test_a_refresh_can_be_forced_and_shown_and_reports_what_cannot_be_read_next_to_the_statistics(
    tmp_path: Path, serve: Serve
) -> None:
    simulator = Simulator(World.of([generate_repository(Shape("acme/small", 30, 4))]))
    variables = {
        "REPO_STATS_API_URL": serve(simulator),
        "REPO_STATS_REPOS": "acme/small",
        "NO_COLOR": "1",
        "COLUMNS": "80",
    }
    assert refresh_here(variables).success
    simulator.log.clear()
    forced = command(tmp_path, "refresh", "ACME/Small", "acme/nobody", "--force", **variables)
    assert forced.returncode == 0
    assert "acme/small repository statistics" in forced.stdout
    assert "Average open issues per user 🐛 : 7.50" in forced.stdout
    others = without_stars(simulator.log)
    assert sorted(request.status for request in others) == [200, 200, 404]
    assert len(simulator.log) - len(others) == count_star_pages(simulator, "acme/small")
    assert "2 repositories: 1 unchanged, 1 failed." in forced.stderr
    assert "acme/nobody could not be read: GitHub knows no" in forced.stderr
    assert forced.stderr.count("acme/nobody") == 2  # once as its name, once in the reason
    assert "watchlist" not in forced.stderr

    overview = invoke("show", **variables).output
    assert "acme/small" in overview
    assert "7.50" in overview
    detail = invoke("show", "ACME/small", "--top", "2", **variables).output
    assert "Proved to be exact" in detail
    assert detail.count("User") + detail.count("Bot") - detail.count("Users") == 2


def test_a_failed_refresh_says_why_in_one_sentence(tmp_path: Path, serve: Serve) -> None:
    url = serve(Simulator(World.of([])))
    result = command(tmp_path, "refresh", "acme/nobody", REPO_STATS_API_URL=url)
    assert result.returncode == 1
    assert result.stderr.count("GitHub knows no repository acme/nobody") == 1
    assert result.stderr.splitlines()[-1].startswith("Error: GitHub knows no repository acme/nobo")
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        (["refresh", "oops"], {}, "Argument: 'oops' is not a repository name"),
        (["refresh", "https://github.com/a/b"], {}, "is an address; write only the owner/name"),
        (["refresh"], {"REPO_STATS_MAX_AGE": "soon"}, "REPO_STATS_MAX_AGE is 'soon'"),
        (["refresh"], {"REPO_STATS_REPOS": "a/b,.."}, "REPO_STATS_REPOS: '..' is not a repo"),
        (["refresh"], {"REPO_STATS_MAX_AGE": "9" * 5_000}, f"'{'9' * 80}…'; write a whole number"),
        (["refresh"], {"REPO_STATS_WAREHOUSE": "~nobody-here/x"}, "that home folder is unknown"),
        (["refresh"], {"REPO_STATS_WATCHLIST": "~nobody-here/x"}, "that home folder is unknown"),
        (["report"], {"REPO_STATS_WEBHOOK_URL": "http://x:99999"}, "is not a web address"),
        (["sql", "select 1"], {"REPO_STATS_WATCHLIST": "/dev/zero"}, "is larger than 4 MiB"),
        (["show", "x" * 1_000_000], {}, f"Argument: '{'x' * 80}…' is not a repository name"),
        (["show", "a"], {}, "Argument: 'a' is not a repository name"),
        (["simulate", "--fault", "boom@1"], {}, "'boom@1' is no fault"),
        (["simulate", "--port", "99999"], {}, "99999"),
        (["simulate", "--items", "-3"], {}, "-3"),
        (["simulate", "--repo", "x"], {}, "--repo: 'x' is not a repository name"),
    ],
)
def test_bad_input_is_a_usage_error_with_the_offending_text(
    arguments: list[str], variables: dict[str, str], says: str
) -> None:
    result = invoke(*arguments, **variables)
    assert result.exit_code == 2
    assert says in result.output
    assert len(result.output) < 1_000


def test_showing_a_repository_that_was_never_refreshed_says_what_to_run(
    settings_for: Callable[..., Settings],
) -> None:
    nothing = invoke("show")
    assert nothing.exit_code == 1
    assert "run repo-stats refresh." in nothing.output
    other = invoke("show", "a/b")
    assert "run repo-stats refresh a/b." in other.output


def test_the_simulator_prints_how_to_use_it(tmp_path: Path) -> None:
    with Command(tmp_path, "-m", "repo_stats", "simulate", "--port", "0") as process:
        while process.printed()[0].count("\n") < 2:
            assert process.poll() is None
            time.sleep(0.02)
        lines = process.printed()[0].splitlines()
    assert lines[0].startswith("A simulated GitHub answers at http://127.0.0.1:")
    assert f"REPO_STATS_REPOS={PREFECT.full_name} repo-stats refresh" in lines[1]
    assert "GITHUB_TOKEN=simulated REPO_STATS_WAREHOUSE=simulated" in lines[1]


@pytest.mark.parametrize(("arguments", "serves"), [([], True), (["--no-graphql"], False)])
def test_the_simulator_has_a_graphql_api_unless_it_is_turned_off(
    arguments: list[str], serves: bool
) -> None:
    simulator = simulated("--items", "3", "--latency", "0.5", *arguments)
    assert (simulator.serves_graphql, simulator.latency) == (serves, 0.5)


def simulated(*arguments: str) -> Simulator:
    """The simulator that the command `simulate` makes for some arguments."""
    options = simulate.make_context("simulate", list(arguments)).params
    given = {name: value for name, value in options.items() if name not in ("host", "port")}
    return make_simulator(SimulatorOptions(**given))


def test_simulated_repositories_do_not_look_alike() -> None:
    names = [f"acme/re-{number}" for number in range(8)]
    options = [part for name in names for part in ("--repo", name)]
    described = [r.describe() for r in simulated(*options).world.repositories.values()]
    for key in ("stargazers_count", "open_issues_count"):
        assert len({each[key] for each in described}) == 8
    assert [each["full_name"] for each in described] == names
    chosen = simulated(*options, "--items", "7").world.repositories.values()
    assert {repository.describe()["open_issues_count"] for repository in chosen} == {7}
    [single] = simulated("--repo", "acme/re-3").world.repositories.values()
    assert single.describe()["open_issues_count"] == 591
    assert single.object["stargazers_count"] == described[3]["stargazers_count"]


def test_a_refresh_of_named_repositories_knows_the_whole_watchlist(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed: dict[str, object] = {}
    monkeypatch.setattr(commands, "refresh_and_print", lambda **options: passed.update(options))
    monkeypatch.setenv("REPO_STATS_REPOS", "acme/old,acme/small")
    monkeypatch.setenv("REPO_STATS_HISTORY", "acme/old")
    assert invoke("refresh", "acme/new").exit_code == 0
    assert os.environ["REPO_STATS_REPOS"] == "acme/new"
    assert passed == {"force": False, "strict": False, "watched": ("acme/old", "acme/small")}


def test_a_refresh_of_named_repositories_keeps_the_bots_of_the_watchlist_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "watchlist.yaml"
    file.write_text("repos: [acme/old]\nbots: [acme-*]\n")
    monkeypatch.setattr(commands, "refresh_and_print", lambda **_: None)
    monkeypatch.setenv("REPO_STATS_WATCHLIST", str(file))
    for variable in ("REPO_STATS_REPOS", "REPO_STATS_HISTORY", "REPO_STATS_BOTS"):
        monkeypatch.setenv(variable, "")
    before = load_settings().bots
    assert invoke("refresh", "acme/new").exit_code == 0
    assert os.environ["REPO_STATS_REPOS"] == "acme/new"
    assert "acme-*" in before
    assert load_settings().bots == before
