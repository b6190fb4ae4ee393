with items as ( -- each once for each period and kind that it belongs to
  select
    issues.*,
    period,
    kind,
    date_trunc(period, created_at)::date as opened_in,
    case state when 'closed' then greatest(created_at, closed_at) end as ended_at,
    date_trunc(period, ended_at)::date as closed_in,
    (epoch(ended_at) - epoch(created_at)) / 86400 as days,
    case when is_pull_request and merged_at is not null then greatest(created_at, merged_at) end
      as merged_or_opened_at,
    date_trunc(period, merged_or_opened_at)::date as merged_in,
    (epoch(merged_or_opened_at) - epoch(created_at)) / 86400 as days_to_merge
  from issues
  cross join (select unnest(['week', 'month']) as period)
  join (select unnest(['all', 'issue', 'pull_request']) as kind)
    on kind = 'all' or (kind = 'pull_request') = is_pull_request
),
starts as (
  select repo, repo_id, period, unnest(generate_series(
    min(opened_in), max(greatest(opened_in, closed_in, merged_in)), ('1 ' || period)::interval
  ))::date as start
  from items group by repo, repo_id, period
),
openings as (
  select repo, period, kind, opened_in as start, count(*) as opened
  from items group by all
),
closings as (
  select
    repo,
    period,
    kind,
    closed_in as start,
    count(*) as closed,
    median(days) filter (closed_at is not null) as median_days_to_close,
    quantile_cont(days, 0.9) filter (closed_at is not null) as p90_days_to_close,
    count(*) filter (is_pull_request and merged_at is null) as closed_unmerged,
    avg(is_bot::int) as closed_bot_share
  from items group by all
),
merges as (
  select
    repo,
    period,
    kind,
    merged_in as start,
    count(*) as merged,
    median(days_to_merge) as median_days_to_merge
  from items group by all
),
beginnings as (
  select repo, period, kind, start, count(*) as new_authors
  from (
    select repo, period, kind, user_id, min(opened_in) as start from items group by all
  )
  group by all
),
beginnings_without_bots as (
  select repo, period, kind, start, count(*) as new_authors_without_bots
  from (
    select repo, period, kind, user_id, min(opened_in) as start
    from items where not is_bot group by all
  )
  group by all
)
select
  repo,
  repo_id,
  period,
  start,
  kind,
  coalesce(opened, 0) as opened,
  coalesce(closed, 0) as closed,
  coalesce(merged, 0) as merged,
  coalesce(closed_unmerged, 0) as closed_unmerged,
  coalesce(closed, 0) / nullif(coalesce(opened, 0), 0) as closure_ratio,
  median_days_to_close,
  p90_days_to_close,
  median_days_to_merge,
  closed_bot_share,
  coalesce(new_authors, 0) as new_authors,
  coalesce(new_authors_without_bots, 0) as new_authors_without_bots
from starts
cross join (select unnest(['all', 'issue', 'pull_request']) as kind)
left join openings using (repo, period, kind, start)
left join closings using (repo, period, kind, start)
left join merges using (repo, period, kind, start)
left join beginnings using (repo, period, kind, start)
left join beginnings_without_bots using (repo, period, kind, start)
order by repo, period desc, kind, start
