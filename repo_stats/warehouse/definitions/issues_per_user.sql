select
  repo,
  repo_id,
  user_id,
  last("user" order by updated_at, number) as "user",
  last(user_type order by updated_at, number) as user_type,
  last(is_bot order by updated_at, number) as is_bot,
  count(*) as open_items,
  count(*) filter (not is_pull_request) as open_issues,
  count(*) filter (is_pull_request) as open_pull_requests,
  min(created_at) as oldest_created_at,
  max(created_at) as latest_created_at
from open_issues
group by repo, repo_id, user_id
order by repo, open_items desc, user_id
