-- Purpose: what is in each account's inbox of arrivals: open rows, since when, and those refused in the last seven days.
-- An account that no pipeline has is a mistyped one. Reads only.
select
    inbox.account,
    count(*) filter (where inbox.state = 'open') as open,
    min(inbox.submitted_at) filter (where inbox.state = 'open') as open_since,
    count(*) filter (where inbox.state = 'refused') as refused
from etl.arrival_inbox as inbox
where inbox.state = 'open'
    or (inbox.state = 'refused' and inbox.finished_at > now() - interval '7 days')
group by inbox.account
order by inbox.account
