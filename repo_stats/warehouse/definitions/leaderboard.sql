with history as ( -- rows in the order in which they were added
  select *, row_number() over () as place from repo_history
),
credible as ( -- not those added while the clock was ahead, which are later than a later row
  select * from history
  qualify snapshot_at <= min(snapshot_at) over (
    partition by repo order by place rows between current row and unbounded following
  )
),
earlier as (
  select
    repo,
    last(credible.stars order by place) filter (
      credible.snapshot_at <= now.snapshot_at - interval '7 days'
    ) as stars_7_days_ago,
    last(credible.stars order by place) filter (
      credible.snapshot_at <= now.snapshot_at - interval '30 days'
    ) as stars_30_days_ago
  from repo_statistics as now join credible using (repo, repo_id)
  group by repo
),
given as (
  select
    repo,
    coalesce(sum(star_days.stars) filter (
      day > (snapshot_at - interval '7 days')::date
    ), 0)::bigint as given_in_7_days,
    coalesce(sum(star_days.stars) filter (
      day > (snapshot_at - interval '30 days')::date
    ), 0)::bigint as given_in_30_days
  from repo_statistics join star_days using (repo, repo_id)
  group by repo
),
ages as (
  select
    repo,
    median(greatest(epoch(snapshot_at) - epoch(created_at), 0) / 86400) as median_days_open,
    min(created_at) as oldest_created_at
  from repo_statistics join open_issues using (repo, repo_id)
  where not is_pull_request
  group by repo
)
select
  rank() over (order by stars desc) as rank,
  repo,
  repo_id,
  stars,
  coalesce(stars - stars_7_days_ago, given_in_7_days) as stars_growth_7_days,
  coalesce(stars - stars_30_days_ago, given_in_30_days) as stars_growth_30_days,
  forks,
  open_issues,
  open_pull_requests,
  average_open_issues_per_user,
  average_open_issues_per_user_without_bots,
  median_days_open,
  oldest_created_at,
  snapshot_at,
  is_exact
from repo_statistics
left join earlier using (repo)
left join given using (repo)
left join ages using (repo)
order by rank, repo
