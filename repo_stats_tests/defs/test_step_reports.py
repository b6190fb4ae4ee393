"""Reports of steps: what gets through to the command, and what does not."""

from pathlib import Path

import dagster as dg

from repo_stats.defs.loggers import PROGRESS_LOGGER, progress_logger
from repo_stats.defs.step_reports import Report, ReportFile
from repo_stats.defs.steps.github_requests import Progress


def test_reports_are_read_once_and_an_unfinished_line_later(tmp_path: Path) -> None:
    file = ReportFile(tmp_path / "reports")
    assert file.read_new() == []
    file.append(Report(warning="One\nline."))
    line = file.path.read_bytes()
    with file.path.open("ab") as half:
        half.write(b"garbled\n" + line[:7])
    assert file.read_new() == [Report(warning="One\nline.")]
    assert file.read_new() == []
    with file.path.open("ab") as half:
        half.write(line[7:])
    assert file.read_new() == [Report(warning="One\nline.")]


def test_a_report_that_cannot_be_written_is_dropped(tmp_path: Path) -> None:
    file = ReportFile(tmp_path / "missing" / "reports")
    file.append(Report(warning="Dropped."))
    assert file.read_new() == []


def test_the_command_gets_warnings_and_counts_of_steps(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    @dg.op
    def step(context: dg.OpExecutionContext) -> None:
        context.log.info("For the run's log only.")
        context.log.warning("For both.")
        Progress(context.log, "pages read", 2).advance()

    @dg.job(logger_defs={PROGRESS_LOGGER: progress_logger})
    def job() -> None:
        step()

    file = ReportFile(tmp_path / "reports")
    config = {"loggers": {PROGRESS_LOGGER: {"config": {"path": str(file.path)}}}}
    result = job.execute_in_process(config, instance=instance)
    begun, *reports = file.read_new()
    assert begun == Report(run_id=result.run_id)
    assert [report for report in reports if not report.run_id] == [
        Report(warning="For both."),
        Report(step="step", what="pages read", done=0, planned=2),
        Report(step="step", what="pages read", done=1, planned=2),
    ]
