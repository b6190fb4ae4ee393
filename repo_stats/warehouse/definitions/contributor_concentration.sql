with spans as ( -- when the items were read is not in a table, so the last day is as stored
  select distinct repo, (until - interval 12 months + interval 1 day)::date as since, until
  from contributor_concentration
),
events as (
  select repo, 'opened_issues' as kind, user_id, is_bot, created_at::date as day
  from issues where not is_pull_request
  union all
  select repo, 'opened_pull_requests', user_id, is_bot, created_at::date
  from issues where is_pull_request
  union all
  select repo, 'merged_pull_requests', user_id, is_bot, greatest(created_at, merged_at)::date
  from issues where is_pull_request and merged_at is not null
),
sides as (select unnest([true, false]) as with_bots),
counts as (
  select repo, kind, with_bots, user_id, count(*) as items
  from events join spans using (repo) cross join sides
  where day between since and until and (with_bots or not is_bot)
  group by all
),
ranked as ( -- the busiest first
  select
    *,
    row_number() over busiest as place,
    (sum(items) over busiest)::bigint as items_so_far,
    sum(items) over (partition by repo, kind, with_bots) as all_items
  from counts
  window busiest as (partition by repo, kind, with_bots order by items desc, user_id)
),
halves as (
  select
    repo,
    kind,
    with_bots,
    min(place) filter (2 * items_so_far >= all_items) as authors,
    min(items_so_far) filter (2 * items_so_far >= all_items) as items_of_authors,
    count(*) as total_authors,
    sum(items)::bigint as total_items
  from ranked group by all
)
select
  repo,
  repo_id,
  kind,
  with_bots,
  coalesce(authors, 0) as authors,
  coalesce(items_of_authors, 0) as items_of_authors,
  coalesce(total_authors, 0) as total_authors,
  coalesce(total_items, 0) as total_items,
  since,
  until
from (select distinct repo, repo_id from issues)
join spans using (repo)
cross join (
  select unnest(['opened_issues', 'opened_pull_requests', 'merged_pull_requests']) as kind,
    unnest([1, 2, 3]) as kind_place
)
cross join sides
left join halves using (repo, kind, with_bots)
order by repo, kind_place, with_bots desc
