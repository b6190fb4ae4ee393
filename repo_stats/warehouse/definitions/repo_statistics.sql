with counts as (
  select
    repo,
    count(*) as open_items,
    count(*) filter (not is_pull_request) as open_issues,
    count(*) filter (is_pull_request) as open_pull_requests,
    count(distinct user_id) as users,
    count(distinct user_id) filter (not is_pull_request) as issue_authors
  from open_issues
  group by repo
),
people as (
  select
    repo,
    count(*) as users_without_bots,
    count(*) filter (open_issues > 0) as people_with_issues,
    sum(open_items) as items_by_people,
    sum(open_issues) as issues_by_people
  from issues_per_user
  where not is_bot
  group by repo
)
select
  repo,
  metadata.repo_id,
  stored.snapshot_at, -- how the list was read is not in a table, so these two are as stored
  stars,
  forks,
  subscribers,
  open_issues_count,
  coalesce(open_items, 0) as open_items,
  coalesce(open_issues, 0) as open_issues,
  coalesce(open_pull_requests, 0) as open_pull_requests,
  coalesce(users, 0) as users,
  coalesce(users_without_bots, 0) as users_without_bots,
  open_items / users as average_open_issues_per_user,
  open_issues / nullif(issue_authors, 0) as average_open_issues_per_user_without_pull_requests,
  items_by_people / users_without_bots as average_open_issues_per_user_without_bots,
  issues_by_people / nullif(people_with_issues, 0)
    as average_open_issues_per_user_without_pull_requests_and_bots,
  stored.is_exact
from repo_metadata as metadata
join (select repo, snapshot_at, is_exact from repo_statistics) as stored using (repo)
left join counts using (repo)
left join people using (repo)
order by repo
