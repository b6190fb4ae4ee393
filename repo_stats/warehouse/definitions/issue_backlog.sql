with history as ( -- rows in the order in which they were added
  select *, row_number() over () as place from repo_history
),
credible as ( -- not those added while the clock was ahead, which are later than a later row
  select * from history
  qualify snapshot_at <= min(snapshot_at) over (
    partition by repo order by place rows between current row and unbounded following
  )
),
past as ( -- not those from the future, unless there are no others
  select * from credible
  qualify snapshot_at <= now() or min(snapshot_at) over (partition by repo) > now()
),
owners as ( -- the repository that has the name now
  select repo, last(repo_id order by place) as repo_id from past group by repo
),
refreshes as (
  select *, snapshot_at::date as day from past join owners using (repo, repo_id)
  qualify row_number() over (partition by repo, day order by place desc) = 1
),
ends as ( -- the items were read up to the day of the last rebuilt row
  select repo, max(day) as last_day from issue_backlog where is_rebuilt group by repo
),
items as (
  select
    repo,
    repo_id,
    last_day,
    is_pull_request,
    created_at::date as opened_on,
    case state when 'closed' then greatest(created_at, closed_at) end::date as closed_on
  from issues join owners using (repo, repo_id) join ends using (repo)
),
days as (
  select repo, unnest(generate_series(min(opened_on), last_day, interval 1 day))::date as day
  from items group by repo, last_day
),
rebuilt as (
  select
    repo,
    repo_id,
    day,
    count(*) filter (closed_on is null or closed_on > day) as open_items,
    count(*) filter ((closed_on is null or closed_on > day) and not is_pull_request) as open_issues,
    count(*) filter ((closed_on is null or closed_on > day) and is_pull_request)
      as open_pull_requests,
    count(*) filter (opened_on = day) as opened,
    count(*) filter (closed_on = day) as closed,
    true as is_rebuilt
  from days join items using (repo)
  where opened_on <= day
  group by repo, repo_id, day
)
from rebuilt
union all
select
  repo, repo_id, day, open_items, open_issues, open_pull_requests,
  null as opened, null as closed, false as is_rebuilt
from refreshes
where not exists (from rebuilt where rebuilt.repo = refreshes.repo and rebuilt.day >= refreshes.day)
order by repo, day
