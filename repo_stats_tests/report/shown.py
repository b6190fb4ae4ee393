"""What the report shows, as queries that are written from what its pages say."""

SHOWN = {
    "numbers": """
        from repo_statistics join (
          select repo, html_url, description, language, is_archived, is_fork, is_private
          from repo_metadata
        ) using (repo)
        """,
    "stars": """
        with numbered as (select *, row_number() over () as place from repo_history),
        seen as (
          select snapshot_at::date as day, last(stars order by place) as stars
          from numbered where snapshot_at <= now() and repo_id = 1 group by day
        ),
        given as (from star_days where repo_id = 1),
        ends as (
          select min(day) - 1 as first_day, max(day) as last_given, sum(stars) as total
          from given having count(*) > 0
        ),
        known as (
          select first_day, greatest(last_given, snapshot_at::date) as last_day, stars as counter,
            greatest(0, least(stars - total, greatest(5, stars // 100))) as unlisted
          from ends cross join repo_statistics
        ),
        shown as (
          select day::date as day
          from known, generate_series(first_day, last_day, interval 1 day) as every(day)
          where day > last_day - interval 731 days or isodow(day) = 7 or day = first_day
          union
          select day from seen, known where day <= last_day
        ),
        held as (
          select shown.day, if(shown.day = any_value(last_day), any_value(counter),
            any_value(unlisted) + coalesce(sum(given.stars), 0)) as stars
          from shown cross join known left join given on given.day <= shown.day group by shown.day
        )
        select day::text as day, kind, stars::bigint as value from (
          select day, 'given and still held' as kind, stars from held
          union all
          select day, 'seen', stars from seen
        )
        order by day, kind
        """,
    "backlog": """
        select day::text as day, kind, value from (
          select day, 'issues' as kind, open_issues as value from issue_backlog
          union all
          select day, 'pull requests', open_pull_requests from issue_backlog
        )
        order by day, kind
        """,
    "ages": """
        with groups(place, age, least, below) as (values
          (1, 'under a week', -9999, 7), (2, '1 to 4 weeks', 7, 28), (3, '1 to 3 months', 28, 91),
          (4, '3 to 12 months', 91, 365), (5, '1 to 3 years', 365, 1096),
          (6, 'over 3 years', 1096, 99999)
        ),
        items as (
          select number, if(is_pull_request, 'pull requests', 'issues') as kind,
            epoch(now() - created_at) / 86400 as days
          from open_issues
        )
        select age, kinds.kind, count(number) as value
        from groups cross join (select unnest(['issues', 'pull requests']) as kind) as kinds
        left join items on items.kind = kinds.kind and days >= least and days < below
        group by place, age, kinds.kind order by place, kinds.kind
        """,
    "authors": """
        select user, user_type, is_bot, open_items
        from issues_per_user order by open_items desc, user_id limit 10
        """,
    "flow": """
        with weeks as (
          from issue_trends
          where period = 'week' and kind = 'all' and start < date_trunc('week', now())
          order by start desc limit 52
        )
        select start::text as day, kind, value from (
          select start, 'opened' as kind, opened as value from weeks
          union all
          select start, 'closed', closed from weeks
        )
        order by day, kind desc
        """,
    "closing": """
        with months as (
          from issue_trends
          where period = 'month' and kind = 'all' and start < date_trunc('month', now())
          order by start desc limit 52
        )
        select start::text as day, kind, round(value, 2) as value from (
          select start, 'half of them' as kind, median_days_to_close as value from months
          union all
          select start, 'nine of ten', p90_days_to_close from months
        )
        where value is not null order by day, kind
        """,
    "outcomes": """
        with weeks as (
          from issue_trends
          where period = 'week' and kind = 'pull_request' and start < date_trunc('week', now())
          order by start desc limit 52
        )
        select start::text as day, kind, value from (
          select start, 'merged' as kind, merged as value from weeks
          union all
          select start, 'closed unmerged', closed_unmerged from weeks
        )
        where value is not null order by day, kind desc
        """,
    "merging": """
        with months as (
          from issue_trends
          where period = 'month' and kind = 'pull_request' and start < date_trunc('month', now())
          order by start desc limit 52
        )
        select start::text as day, 'half of them' as kind, round(median_days_to_merge, 2) as value
        from months where value is not null order by day
        """,
    "oldest": """
        select number, title, user, comments, reactions, html_url, created_at, is_pull_request
        from open_issues where not is_pull_request order by created_at, number limit 25
        """,
    "wanted": """
        select number, title, user, comments, reactions, html_url, created_at, is_pull_request
        from open_issues where not is_pull_request and reactions > 0
        order by reactions desc, number limit 10
        """,
    "unanswered": """
        select number, title, user, comments, reactions, html_url, created_at, is_pull_request
        from open_issues where not is_pull_request and comments = 0
        order by created_at, number limit 10
        """,
}
"""What is shown of a repository, each part by a query over its stored tables."""

COMPARED = """
    with busiest as (
      select *, row_number() over () as place from repo_statistics
      order by open_items desc, place limit 20
    )
    select repo as name, kind, value from (
      select open_items, place, repo, 'issues' as kind, open_issues as value from busiest
      union all
      select open_items, place, repo, 'pull requests', open_pull_requests from busiest
    )
    order by open_items desc, place, kind
    """
"""The bars of the first page: the twenty repositories with the most open items."""

TOTALS = """
    select count(*) as "Repositories", coalesce(sum(stars), 0)::bigint as "Stars",
      coalesce(sum(open_issues), 0)::bigint as "Open issues",
      coalesce(sum(open_pull_requests), 0)::bigint as "Open pull requests"
    from repo_statistics
    """
"""The tiles of the first page."""
