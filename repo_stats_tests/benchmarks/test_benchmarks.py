"""What the benchmarks count and compute. `make bench` runs the benchmarks themselves."""

import asyncio
import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.comparing import fastest, growth_of, lines_of, ratio_of
from benchmarks.importing import parse_import_time
from benchmarks.launcher import __file__ as launcher
from benchmarks.measuring import Measurement, base_environment, median
from benchmarks.others import count_distinct, select_stream
from benchmarks.profiling import StepTime, find_steps
from benchmarks.serve import CountedSimulator, build_world, parse_shape
from benchmarks.simulated import TOKEN
from benchmarks.table import Finding, format_findings, format_lines
from repo_stats.simulator.generator import PREFECT, Shape
from repo_stats.simulator.simulator import Simulator

ORPHAN = """
import os, sys, time
if os.fork() == 0:
    if os.fork() == 0:
        while time.process_time() < 0.3:
            pass
        os._exit(0)
    os._exit(0)
os.wait()
"""
"""Leaves a process behind that works for a while, without waiting for it."""


def measured(**figures: Any) -> Measurement:
    return replace(Measurement(*[1.0] * len(fields(Measurement))), **figures)


def launch(folder: Path, seconds: float, script: str) -> dict[str, Any]:
    report = folder / "report.json"
    command = [sys.executable, launcher, str(report), str(seconds), sys.executable, "-c", script]
    subprocess.run(command, check=True)
    took: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return took


def test_the_work_of_processes_that_lost_their_parent_is_counted(tmp_path: Path) -> None:
    took = launch(tmp_path, 60, ORPHAN)
    assert took["code"] == took["killed"] == 0
    assert took["cpu"] >= 0.3


def test_a_command_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    script = f"""
import os, signal
child = os.fork()
if child:
    open({str(tmp_path / "child")!r}, "w").write(str(child))
signal.pause()
"""
    took = launch(tmp_path, 3, script)
    assert took["code"] is None
    assert took["killed"] == 2
    assert not Path("/proc", (tmp_path / "child").read_text(encoding="utf-8")).exists()


def test_commands_inherit_no_settings_and_may_write_byte_code() -> None:
    environ = {"PYTHONDONTWRITEBYTECODE": "1", "REPO_STATS_REPOS": "a/b", "PATH": "/bin"}
    environment = base_environment(environ)
    assert {*environ} & {*environment} == {"PATH"}
    assert environment["DO_NOT_TRACK"] == "1"


def test_each_figure_has_a_median_of_its_own_and_unknown_ones_stay_unknown() -> None:
    runs = [
        measured(wall=1, cpu=9, before=None, rows=None),
        measured(wall=5, cpu=2, before=3, rows=None),
        measured(wall=2, cpu=4, before=1, rows=None),
    ]
    middle = median(runs)
    assert (middle.wall, middle.cpu, middle.before, middle.rows) == (2, 4, 2, None)


def test_ratios_are_found_for_those_that_took_part() -> None:
    found = {"ours": [measured(wall=3)], "theirs": [measured(wall=6)], "broken": []}
    assert ratio_of("x", found, "ours", "theirs", "wall", 0.4) == [Finding("x", 0.5, target=0.4)]
    assert ratio_of("x", found, "ours", "broken", "wall") == []
    assert ratio_of("x", found, "ours", "absent", "wall") == []
    assert fastest(found, ["theirs", "broken", "ours"]) == "ours"
    assert fastest(found, ["broken"]) is None
    assert [line.who for line in lines_of("x", found)] == ["ours", "theirs"]


def test_the_cost_of_one_more_is_found_between_the_sizes_that_were_measured() -> None:
    found = {"1": [measured(cpu=2)], "50": [], "201": [measured(cpu=8)]}
    costs = growth_of("CPU", found, {"1": 1, "50": 50, "201": 201}, "cpu", 40)
    assert costs == [Finding("CPU, 1 to 201", 30, "ms", 40)]


def test_the_tables_line_up_and_show_which_targets_are_missed() -> None:
    lines = lines_of("large", {"ours": [measured(wall=12.345, rows=6000, before=None)]})
    assert format_lines(lines).splitlines()[-1] == (
        "| large | ours |  12.35 |  1.00 |       1 |        1 |       1 |    1.00 |          "
        "|     1.00 |    1.00 | 6,000 |"
    )
    findings = [
        Finding("a ratio", 0.5, target=0.6),
        Finding("a cost", 41, "ms", 40),
        Finding("b", 1234.5, "s"),
    ]
    assert format_findings(findings) == (
        "| what counts |  measured |    target | verdict |\n"
        "| ----------- | --------: | --------: | ------: |\n"
        "| a ratio     |      0.50 |    ≤ 0.60 |     met |\n"
        "| a cost      |   41.0 ms | ≤ 40.0 ms |  MISSED |\n"
        "| b           | 1,234.5 s |           |         |"
    )


def test_the_own_import_times_of_modules_are_summed_by_package() -> None:
    text = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:      1500 |       1500 |   pandas.core\n"
        "import time:      2500 |       4000 | pandas\n"
        "import time:      9000 |      13000 | dagster\n"
        "some other line\n"
    )
    assert parse_import_time(text) == {"dagster": 9, "pandas": 4}


def test_a_step_lasts_from_its_first_start_to_its_last_end() -> None:
    events = [
        (None, "PIPELINE_START", 0.0),
        ("a", "STEP_START", 1.0),
        ("a", "STEP_START", 2.0),
        ("b", "STEP_START", 2.5),
        ("a", "STEP_SUCCESS", 3.0),
        ("killed", "STEP_START", 4.0),
        ("b", "STEP_FAILURE", 5.0),
    ]
    assert find_steps(events) == [StepTime("a", 1.0, 3.0), StepTime("b", 2.5, 5.0)]


def test_items_are_counted_once_and_one_stream_is_selected(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text('{"id": 1}\n{"id": 2}\n{"id": 1}\n{}\n', encoding="utf-8")
    assert count_distinct(path, lambda row: row.get("id")) == 2
    streams: list[dict[str, Any]] = [
        {"tap_stream_id": name, "metadata": [{"breadcrumb": [], "metadata": {}}]}
        for name in ("issues", "commits")
    ]
    chosen = select_stream({"streams": streams}, "issues")["streams"]
    assert [s["metadata"][0]["metadata"]["selected"] for s in chosen] == [True, False]


def test_shapes_are_read_and_nonsense_is_refused() -> None:
    assert parse_shape("a/b:5:2:1") == Shape("a/b", 5, 2, 1)
    assert parse_shape(PREFECT.full_name) == PREFECT
    with pytest.raises(ValueError, match="'a/b:5' is no shape"):
        parse_shape("a/b:5")


def test_the_server_counts_what_it_sends_until_it_is_reset() -> None:
    simulator = Simulator(build_world([Shape("a/b", 5, 2)]))
    transport = httpx.ASGITransport(app=CountedSimulator(simulator))
    query = '{repo0: repository(name: "b", owner: "a") { databaseId } rateLimit { cost } }'
    token = {"authorization": f"token {TOKEN}"}

    async def ask() -> tuple[list[httpx.Response], dict[str, Any], dict[str, Any]]:
        async with httpx.AsyncClient(transport=transport, base_url="http://simulated") as client:
            responses = [
                await client.get("/repos/a/b/issues"),
                await client.post("/graphql", json={"query": query}, headers=token),
            ]
            log = (await client.get("/_benchmark/log")).json()
            return responses, log, (await client.get("/_benchmark/reset?latency=0.5")).json()

    responses, log, after = asyncio.run(ask())
    assert len(responses[0].json()) == 5
    [number] = simulator.world.repositories
    assert responses[1].json()["data"]["repo0"]["databaseId"] == number
    assert [request["target"] for request in log["requests"]] == ["/repos/a/b/issues", "/graphql"]
    assert [request["points"] for request in log["requests"]] == [0, 1]
    raw = sum(response.num_bytes_downloaded for response in responses)
    assert log["sent_bytes"] > raw > 0
    assert after == {"sent_bytes": 0, "requests": []}
    assert simulator.latency == 0.5
