-- Purpose: what this transaction records was recorded at this time first: $1 takes the place of its own start.
select set_config('tijian.recorded_at', $1, true) as recorded_at
