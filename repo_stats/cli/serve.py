"""The command `serve`."""

import errno

import click

from repo_stats.cli.errors import JobError, plain_errors
from repo_stats.config.settings import load_settings


@click.command(short_help="Show the report in a browser of this machine.")
@click.option(
    "--port",
    default=8080,
    type=click.IntRange(0, 65535),
    show_default=True,
    help="Port; 0 for any free.",
)
@plain_errors
def serve(port: int) -> None:
    """Serve the report to the browsers of this machine, until Ctrl-C.

    A report that is made meanwhile is served at once. The warehouse can be a folder or a URL such
    as s3://bucket/stats. Nobody else can connect: to publish the report, put the folder
    report of the warehouse on any web server.
    """
    from repo_stats.cli.serving import ReportServer
    from repo_stats.report.made_pages import FOLDER
    from repo_stats.report.publish import INDEX
    from repo_stats.warehouse.files import Files

    files = Files(load_settings().warehouse)
    if not files.exists(INDEX):
        raise JobError(f"There is no report in {files.root} yet; run repo-stats report.")
    try:
        server = ReportServer(files, FOLDER, port)
    except OSError as error:
        raise JobError(_explain(error, port)) from None
    with server:
        click.echo(f"The report is at {server.url} until you press Ctrl-C.")
        server.serve_forever()


def _explain(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Another program listens on port {port}; choose another one, or 0 for any free."
    return f"Port {port} cannot be listened on ({error.strerror}); choose another one, as --port 0."
