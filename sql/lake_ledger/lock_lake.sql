-- Purpose: lock a lake ($1) for its one writer, shared with everyone who holds an account by the site key's lock ($2); false: somebody
-- has one of them. Until the session ends or gives its locks back.
select
    case
        when pg_try_advisory_lock_shared($2) then pg_try_advisory_lock(hashtextextended('tijian lake ' || $1, 0))
        else false
    end as is_locked
