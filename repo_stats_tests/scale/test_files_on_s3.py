"""Files in a bucket: one request each, and what other processes write is seen at once."""

from collections.abc import Callable

import pytest

from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.footers import TableFooter, find_footer
from repo_stats.warehouse.parquet import to_parquet
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats_tests.helpers.processes import start
from repo_stats_tests.scale.s3_server import S3Server

CALLS: dict[str, tuple[Callable[[Files], object], object, list[str]]] = {
    "read": (lambda files: files.read("t/n"), b"123", ["GET /bucket/stats/t/n"]),
    "read nothing": (lambda files: files.read("t/o"), None, ["GET /bucket/stats/t/o"]),
    "exists": (lambda files: files.exists("t/n"), True, ["HEAD /bucket/stats/t/n"]),
    "exists not": (lambda files: files.exists("t/o"), False, ["HEAD /bucket/stats/t/o"]),
    "names": (lambda files: files.names("t"), ["m", "n"], ["GET /bucket?stats/t/"]),
    "no names": (lambda files: files.names("u"), [], ["GET /bucket?stats/u/"]),
    "folders": (lambda files: files.names(""), ["t"], ["GET /bucket?stats/"]),
    "delete": (lambda files: files.delete("t/n"), None, ["DELETE /bucket/stats/t/n"]),
    "delete nothing": (lambda files: files.delete("t/o"), None, ["DELETE /bucket/stats/t/o"]),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_use_of_a_file_is_one_request(name: str, files: Files, server: S3Server) -> None:
    use, result, calls = CALLS[name]
    files.write("t/n", b"123")
    files.write("t/m", b"")
    server.calls.clear()
    assert use(files) == result
    assert server.calls == calls


def test_a_write_is_one_request_and_gives_the_stamp_of_listings(
    files: Files, server: S3Server
) -> None:
    stamps = {name: files.write(f"t/{name}", name.encode()) for name in ("a", "bc")}
    assert server.calls == ["PUT /bucket/stats/t/a", "PUT /bucket/stats/t/bc"]
    assert files.stamps("t") == stamps
    assert files.write("t/a", b"other") != stamps["a"]


def test_more_files_than_a_listing_gives_at_once_are_all_listed(
    files: Files, server: S3Server
) -> None:
    server.page = 4
    for number in range(9):
        files.write(f"t/{number:04d}", b"")
    server.calls.clear()
    assert len(files.names("t")) == 9
    assert len(server.calls) == 3


@pytest.mark.parametrize("rows", [0, 70_000], ids=["small", "large"])
def test_a_footer_is_one_request_for_the_end_of_a_file(
    rows: int, files: Files, server: S3Server
) -> None:
    # A text of random length makes the file larger than the end that is asked for.
    table = REPO_HISTORY.arrow.empty_table()
    content = to_parquet(table, TableFooter(edition="7" * 9 + "x" * rows))
    files.write("t/n.parquet", content)
    server.calls.clear()
    footer = find_footer(TableFooter, files, "t/n.parquet")
    assert footer is not None
    assert footer.edition is not None
    assert footer.edition.startswith("777777777x" if rows else "777777777")
    assert len(server.calls) == (2 if rows else 1)


def test_an_empty_file_has_no_footer(files: Files) -> None:
    files.write("t/n.parquet", b"")
    assert find_footer(TableFooter, files, "t/n.parquet") is None
    assert find_footer(TableFooter, files, "t/o.parquet") is None


READER = """
import sys
from repo_stats.warehouse.files import Files

files = Files("s3://bucket/stats")
for _ in sys.stdin:
    print(files.read("t/n"), files.names("t"), files.exists("t/n"), sep="|", flush=True)
"""


def test_a_process_that_lives_long_sees_what_another_one_writes_and_removes(files: Files) -> None:
    files.write("t/first", b"")
    reader = start(READER)
    assert reader.stdin is not None
    assert reader.stdout is not None
    seen = []
    for content in (None, b"one", b"other", None):
        if content is None:
            files.delete("t/n")
        else:
            files.write("t/n", content)
        reader.stdin.write("look\n")
        reader.stdin.flush()
        seen.append(reader.stdout.readline().strip())
    reader.communicate()
    assert reader.returncode == 0
    assert seen == [
        "None|['first']|False",
        "b'one'|['first', 'n']|True",
        "b'other'|['first', 'n']|True",
        "None|['first']|False",
    ]


def test_files_of_a_report_have_the_types_that_browsers_need(files: Files) -> None:
    names = ("index.html", "data.csv", "badge.svg", "feed.xml", "row.json", "table.parquet")
    for name in names:
        files.write(f"report/{name}", b"x")
    told = [
        files.filesystem.call_s3("head_object", Bucket="bucket", Key=f"stats/report/{name}")
        for name in names
    ]
    assert [each["ContentType"] for each in told] == [
        "text/html; charset=utf-8",
        "text/csv; charset=utf-8",
        "image/svg+xml",
        "text/xml; charset=utf-8",
        "application/json",
        "application/octet-stream",
    ]


def test_without_credentials_one_sentence_says_what_to_set(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.filesystem.clear_instance_cache()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(WarehouseError) as raised:
        files.read("t/n")
    assert str(raised.value) == (
        "s3://bucket/stats/t/n cannot be read (there are no credentials for it: set "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE)."
    )
    files.filesystem.clear_instance_cache()


def test_a_bucket_that_is_not_there_is_named_without_the_credentials(server: S3Server) -> None:
    with pytest.raises(WarehouseError) as raised:
        Files("s3://nowhere/stats").write("t/n", b"")
    told = str(raised.value)
    assert told.startswith(
        "s3://nowhere/stats/t/n cannot be written (The specified bucket does not exist); what was "
        "stored before is unchanged."
    )
    assert "the-key-id" not in told
    assert "the-secret" not in told
