"""What the simulation found, as tables and sentences in Markdown, and as a picture."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.scaling.demand import Arrangement
from benchmarks.scaling.facts import KINDS, Limits, Prices, Work
from benchmarks.scaling.simulation import Outcome, simulate, size

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)

TABLE = (1_000, 10_000, 25_000, 100_000, 300_000, 1_000_000)
"""The sizes that the tables have a line for."""

TOKENS = (1, 2, 4)

DELAYS = (1, 10, 60)
"""Minutes within which a change is to be noticed."""

PILES_UP = "piles up"


def describe() -> str:
    """The generated part of the page: what is assumed, and what follows from it."""
    parts = [
        "### What is assumed",
        _describe_kinds(),
        _describe_limits(),
        "### One deployment, one token, one processor",
        format_outcomes([simulate(Arrangement(repos)) for repos in TABLE]),
        "### How much of each limit that takes",
        _format_use([simulate(Arrangement(repos)) for repos in TABLE]),
        "### More tokens for one deployment",
        format_outcomes(
            [simulate(Arrangement(100_000, tokens=tokens)) for tokens in TOKENS], first="tokens"
        ),
        "### What keeps up",
        format_outcomes([simulate(size(repos)) for repos in TABLE], first="arrangement"),
        "### With webhooks",
        _describe_webhooks(),
    ]
    return "\n\n".join(parts) + "\n"


def format_outcomes(outcomes: Sequence[Outcome], first: str = "") -> str:
    """A table with a line for each outcome.

    Args:
        outcomes: what was found.
        first: what is shown beside the number of repositories: nothing, `tokens`, or the whole
            `arrangement`.
    """
    shown = {"": (), "tokens": ("tokens",), "arrangement": ("deployments", "tokens", "processors")}
    names = [
        *("repositories", *shown[first], "noticed after", "done after", "first fill"),
        *("requests a day", "charged", "points", "processor hours a day", "largest process"),
        "a month",
    ]
    rows = [
        [
            f"{outcome.arrangement.repos:,}",
            *(f"{getattr(outcome.arrangement, name)}" for name in shown[first]),
            describe_time(outcome.notice),
            PILES_UP if outcome.behind is None else describe_time(outcome.behind),
            describe_time(outcome.fill),
            f"{outcome.requests:,.0f}",
            f"{outcome.charged:,.0f}",
            f"{outcome.points:,.0f}",
            f"{outcome.core_hours:.1f}",
            f"{outcome.memory:,.0f} MB",
            f"${outcome.dollars:,.0f}",
        ]
        for outcome in outcomes
    ]
    return _format_table(names, rows)


def describe_time(hours: float) -> str:
    """A time in the unit that suits it."""
    if hours < 1.95:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"


def list_points() -> list[dict[str, float | str]]:
    """The points of the picture: how late a change is noticed, and the slowest work done."""
    points: list[dict[str, float | str]] = []
    for repos in SIZES:
        for name, outcome in (
            ("one deployment", simulate(Arrangement(repos))),
            ("what keeps up", simulate(size(repos))),
        ):
            lines = {f"{name}: a change is noticed": outcome.notice}
            if outcome.behind is not None:
                lines[f"{name}: all work is done"] = outcome.behind
            points += [
                {"repositories": repos, "line": line, "hours": round(hours, 3)}
                for line, hours in lines.items()
            ]
    return points


def draw(path: Path) -> None:
    """Write the picture as SVG."""
    import vl_convert

    def on(field: str) -> dict[str, object]:
        return {"field": field, "type": "quantitative", "scale": {"type": "log"}}

    legend = {"orient": "top", "labelLimit": 400}
    chart = {
        "data": {"values": list_points()},
        "width": 560,
        "height": 280,
        "background": "white",
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": on("repositories"),
            "y": on("hours"),
            "color": {"field": "line", "type": "nominal", "title": None, "legend": legend},
        },
    }
    path.write_text(vl_convert.vegalite_to_svg(chart), encoding="utf-8")


def _format_use(outcomes: Sequence[Outcome]) -> str:
    names = ["repositories", *outcomes[0].use, "bends first"]
    rows = [
        [
            f"{outcome.arrangement.repos:,}",
            *(f"{share:.0%}" for share in outcome.use.values()),
            outcome.bends,
        ]
        for outcome in outcomes
    ]
    return _format_table(names, rows)


def _describe_kinds() -> str:
    names = [
        *("repositories", "share", "pages", "changes a day", "requests of a refresh"),
        *("of them charged", "requests of the first", "new stars each day"),
    ]
    rows = [
        [
            kind.name,
            f"{kind.share:.1%}",
            f"{kind.pages}",
            f"{kind.changes:g}",
            f"{kind.requests:g}",
            f"{kind.charged:g}",
            f"{kind.first_requests}",
            "yes" if kind.starred else "no",
        ]
        for kind in KINDS
    ]
    return _format_table(names, rows)


def _describe_limits() -> str:
    limits, work, prices = Limits(), Work(), Prices()
    quick = Limits(asked=37, seconds_of_query=2)
    sentences = [
        f"A deployment sends {limits.per_minute} requests a minute, whatever tokens it has.",
        f"A token has {limits.charged:,} charged requests and {limits.points:,} points an hour.",
        f"GitHub works for {limits.seconds_of_query:g} seconds on a query for {limits.asked} "
        f"repositories, and at most {limits.query_seconds / 60:g} seconds a minute on those of a "
        f"deployment. So it tells of {limits.looks:,.0f} repositories an hour. When it is quick, "
        f"and answers for {quick.asked} in {quick.seconds_of_query:g} seconds, it tells of "
        f"{quick.looks:,.0f}.",
        f"A repository takes {work.look * 1000:g} ms of a processor if nothing happened in it, "
        f"{work.change * 1000:g} ms if something did, and {work.request * 1000:g} ms for each "
        "further request.",
        f"A refresh of a repository that changed is {work.calls_of_change} calls of object "
        f"storage; the day's row of its history is {work.calls_of_day}.",
        f"A processor costs ${prices.core_hour:g} an hour, a thousand calls "
        f"${prices.thousand_calls:g}. Memory, disks, database and what is always on come on top.",
    ]
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _describe_webhooks() -> str:
    limits = Limits()
    rows = [
        [describe_time(minutes / 60), f"{limits.looks * minutes / 60:,.0f}"] for minutes in DELAYS
    ]
    table = _format_table(["a change is noticed within", "up to so many repositories"], rows)
    told = [simulate(Arrangement(repos, webhooks=True)) for repos in (25_000, 100_000, 300_000)]
    next_one = f"If GitHub told of all changes, this would bend next:\n\n{_format_use(told)}"
    return f"{table}\n\n{next_one}"


def _format_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [names, ["---:"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
