## CliError

TJ-1021 = cannot start the async runtime
TJ-1022 = cannot write to standard output
TJ-1031 = nothing was changed: add --confirm to adopt these folders
TJ-1032 = these arrivals belong to one account: name its pipeline file
TJ-1033 = { $list } is larger than { $bytes } bytes
TJ-1034 = { $list }: { $problem }
TJ-1035 = a serialNumber of --withdraw is empty, longer than 500 characters, or not plain text
TJ-1036 = { $naming } names a database, and { $asked } asks for the private server: remove one of the two
TJ-1037 = no database is named: set DATABASE_URL, or PGHOST and PGDATABASE, or ask for the private server of the data folder with --private-server or TIJIAN_PRIVATE_SERVER=1
TJ-1038 = --fetch-postgres is for the private server, but DATABASE_URL or a PG… variable names another
TJ-1039 = login { $login } has more rights than group { $group }, or cannot log in: choose another --login
TJ-1040 = { $path } exists, and is not a demo's folder: name another with --dir
TJ-1041 = the server of an earlier demo is still running in { $path }: end the programs that use it (tijian db serve, psql), or name another folder with --dir
TJ-1042 = the demo's pipeline file is missing
TJ-1043 = { $option } { $path } is not a file name
TJ-1044 = nothing was erased: erasing cannot be undone, so it needs --confirm
TJ-1045 = enter the document number on standard input, on one line
TJ-1046 = write the month like 2026-11: year, hyphen, month
TJ-1047 = { $month } is not over: it can be closed from { $from } on, Beijing time
TJ-1048 = the system provides no random bytes: { $reason }
TJ-1049 = no pipeline file in { $folder }/ is enabled: copy { $folder }/zheliban.toml, fill it in and set enabled = true
TJ-1050 = there is no folder { $folder }/ here; name a pipeline file, or start tijian where that folder is
TJ-1051 = there is no record { $record } in quarantine, or no longer; `tijian quarantine list` shows the numbers
TJ-1052 = say which records: by number, --field, --rule or --older-than-days
TJ-1053 = { $counted ->
    [one] nothing was discarded: this would delete one record for good, so it needs --yes
   *[other] nothing was discarded: this would delete { $counted } records for good, so it needs --yes
}
TJ-1054 = the period ends before it begins: { $first } to { $last }
TJ-1055 = { $path } already exists and is never replaced
TJ-1056 = a list belongs to one account: name its pipeline file, or add --account
TJ-1059 = --from names a delivery of one account: name one pipeline file
TJ-1060 = { $account } has no finance export: name a folder with --out
TJ-1062 = the period has { $days } days, from { $first } to { $last }; at most { $days_max } fit on the page
TJ-1063 = TIJIAN_SITE_KEY and TIJIAN_SITE_KEY_PREVIOUS are the same key: set TIJIAN_SITE_KEY to the new one
TJ-1070 = there is no folder { $folder } for { $option }: create it, or name another place
TJ-1071 = { $option } { $path } is a folder: name a file in it
TJ-1072 = cannot write into the folder { $folder } of { $option } ({ $reason }): name another place, or ask for the right to write there
TJ-1073 = cannot use { $path } for the demo ({ $reason }): name another folder with --dir
TJ-1074 = another demo is running in { $path }: wait for it to end, or name another folder with --dir
TJ-1075 = { $path } is a file, and { $option } needs a folder there: name another place
TJ-1076 = cannot read { $path } ({ $reason }): name a file that is there, and that you may read
TJ-1077 = { $option } { $path } is not a file name in UTF-8
TJ-1078 = { $option } { $path } is too long for a file name here: choose a shorter one
TJ-1079 = line { $line } of standard input: { $problem }
TJ-1080 = line { $line } of standard input, { $column }: { $problem }
TJ-1081 = none of these pipelines has an [[export]] of kind "lake"
TJ-1057 = --serial-number is empty, longer than 500 characters, or not plain text
TJ-1058 = --arrived-at is not a time like '2026-11-25 08:10:00'
support-written = { $path }: look through it, then send it to whoever helps you
support-no-log = journalctl shows no log here: { $reason }

## Columns of tables

column-account = account
column-night = night
column-what-happened = what happened
column-delivery = delivery
column-deliveries = deliveries
column-received = received
column-accepted = accepted
column-rejected = rejected
column-unchanged = unchanged
column-opened = opened
column-closed = closed
column-callbacks = callbacks
column-pending = pending
column-files = files
column-seconds = seconds
column-outcome = outcome
column-run = run
column-started = started
column-field = field
column-rule = rule
column-records = records
column-oldest = oldest
column-id = id
column-serial-number = serial number
column-first-seen = first seen
column-last-seen = last seen
column-reasons = reasons
column-tried = tried
column-loaded = loaded
column-refused = refused
column-superseded = superseded
column-left-out = left out
column-discarded = discarded
column-taken = taken
column-repeated = repeated
column-waiting = waiting
column-confirmed = confirmed
column-entries = entries
column-lost = lost

## How a run ended

outcome-good = good
outcome-quarantined = some in quarantine
outcome-pending = acknowledgements pending
outcome-locked = held by another run
outcome-temporary = temporary failure: run again
outcome-failed = failed
outcome-definition = definition error
outcome-running = running or killed

## tijian run: progress, and what systemd shows of --watch

progress-owed = sending what is still owed
progress-recovered = { $count ->
    [one] recovered 1 entry
   *[other] recovered { $entries } entries
}
progress-pulling = pulling
progress-loading = { $count ->
    [one] loading 1 record ({ $bytes })
   *[other] loading { $records } records ({ $bytes })
}
progress-loaded = { $count ->
    [one] loaded 1 record
   *[other] loaded { $records } records
}
progress-committing = committing
progress-acknowledging = acknowledging
progress-confirmed = confirmed { $confirmed }
progress-taking-arrivals = taking arrivals
progress-took-arrivals = { $count ->
    [one] took 1 arrival
   *[other] took { $arrivals } arrivals
}
progress-refreshing = refreshing the marts
progress-refreshing-and-exporting = refreshing the marts and exporting
progress-exporting = exporting
progress-done = done
progress-replaying = { $count ->
    [one] replaying 1 delivery
   *[other] replaying { $deliveries } deliveries
}
progress-replayed = replayed { $nth } of { $deliveries } deliveries
progress-decoded = decoded { $nth } of { $deliveries } deliveries
progress-comparing = comparing with the live history
progress-finishing = finishing
watch-at-work = { $count ->
    [one] working on 1 account
   *[other] working on { $count } accounts
}
watch-round = last round: { $good } of { $all } accounts well
watch-out-of-reach = last round: the database is out of reach
watch-next = { $said }; next at { $next }, Beijing time
pause-form = write a whole number and its unit, like 90s, 10m or 2h; between 1s and 24h
shard-form = write which shard, counted from 0, and of how many, like 0/4, 1/4, 2/4 and 3/4; at most 10000 shards
shard-empty = shard { $shard } has no accounts: nothing to do

## tijian status

status-no-run = no run yet
status-account = account { $account }
status-last-run = last run: { $failure }
status-reservations = reservations for { $first } to { $last }: { $total }, most on { $day }: { $most }
status-no-reservations = reservations for { $first } to { $last }: none
status-pending = acknowledgements and arrivals pending: { $pending } since { $since }
status-none-pending = acknowledgements and arrivals pending: none
status-inbox = arrivals in the inbox: { $arrivals } since { $since }
status-inbox-refused = arrivals refused in the last seven days: { $arrivals }
status-lake = { $count ->
    [0] lake { $lake }: lacks nothing
    [one] lake { $lake }: lacks { $count } delivery
   *[other] lake { $lake }: lacks { $count } deliveries
}
status-quarantine = quarantine:
status-quarantine-empty = quarantine: empty

## tijian quarantine

quarantine-empty = nothing in quarantine
whole-record = record

## tijian arrive

arrive-line = line { $line }: { $said }
arrive-inbox = { $account }, inbox { $inbox_id }: { $said }
arrival-not-again = not taken again: { $reason }
arrival-waits = waiting: { $reason }
arrival-refused = refused: { $reason }
arrival-already-taken = this reservation already has an arrival, and its first time is kept
arrival-in-future = the arrival time is in the future; was its time zone given?
arrival-long-ago = the arrival time is more than a year ago
arrival-cancelled = the reservation is cancelled
arrival-unknown = the warehouse has no reservation with this serialNumber
withdrawal = { $serial_number }: { $said }
withdrawal-of-nth = number { $nth } of those given: { $said }
withdrawal-done = withdrawn: it is not reported to the platform and does not count; it can be reported again
withdrawal-repeated = withdrawn before
withdrawal-confirmed = not withdrawn: the platform has confirmed it
withdrawal-not-taken = not withdrawn: no arrival with this serialNumber was taken
withdrawal-pending = { $arrivals ->
    [one] { $account }: 1 arrival pending
   *[other] { $account }: { $arrivals } arrivals pending
}
standard-input = standard input

## tijian retain, tijian erase

amount-deliveries = { $count ->
    [one] 1 delivery
   *[other] { $count } deliveries
}
amount-quarantined-records = { $count ->
    [one] 1 quarantined record
   *[other] { $count } quarantined records
}
amount-inbox-rows = { $count ->
    [one] 1 row of the arrival inbox
   *[other] { $count } rows of the arrival inbox
}
amount-snapshots = { $count ->
    [one] 1 finance snapshot
   *[other] { $count } finance snapshots
}
amount-reservations = { $count ->
    [one] 1 reservation
   *[other] { $count } reservations
}
amount-versions = { $count ->
    [one] 1 version
   *[other] { $count } versions
}
retained = { $account }: removed { $what }
retained-nothing = { $account }: nothing removed, because clocks differ: { $clocks }
clocks-apart = { $platform ->
    [none] this machine says { $machine }, the database { $database }, the platform in its newest delivery nothing so far (UTC)
   *[other] this machine says { $machine }, the database { $database }, the platform in its newest delivery { $platform } (UTC)
}
erase-prompt = document number:
erased = { $account }: erased from { $what } (erasure { $erasure_id })
erase-would = { $account }: would erase from { $what }
erase-nothing = { $account }: no data of this person
erase-other-owner = { $account }/{ $serial_number }: was this person's and is somebody else's now; --also includes it
erase-lookalike = { $account }/{ $serial_number }: looks like this person's, under another number or none; --also includes it
also-form = name the account and the reservation, such as demo/ZJ109-000001

## tijian adopt

adopt-warehouse = warehouse { $id } ({ $database })
adopt-none = no folder belongs to another warehouse
adopt-found = { $before ->
    [none] { $account }: { $folder } belongs to no warehouse
   *[other] { $account }: { $folder } belongs to warehouse { $before }
}
adopt-done = { $before ->
    [none] { $account }: { $folder } adopted; it belonged to no warehouse
   *[other] { $account }: { $folder } adopted from warehouse { $before }
}

## tijian rotate-key

rotated-files = { $files ->
    [one] { $before ->
        [0] 1 landed file sealed under the new key
        [one] 1 landed file sealed under the new key (1 was already)
       *[other] 1 landed file sealed under the new key ({ $before } were already)
    }
   *[other] { $before ->
        [0] { $files } landed files sealed under the new key
        [one] { $files } landed files sealed under the new key (1 was already)
       *[other] { $files } landed files sealed under the new key ({ $before } were already)
    }
}
rotated-before = the warehouse already uses the new key
rotated-records = { $records ->
    [one] 1 quarantined record sealed under the new key
   *[other] { $records } quarantined records sealed under the new key
}
rotated-persons = { $persons ->
    [one] 1 person has a new person_id (versions changed: { $versions })
   *[other] { $persons } people have a new person_id (versions changed: { $versions })
}
rotated-files-owed = { $files ->
    [one] the next run will make 1 history file again
   *[other] the next run will make { $files } history files again
}

## tijian migrate

migrated = applied { $migration }
migrated-before = the schema is up to date

## tijian audit: what must be true, by the name of its query in sql/checks

audit-broken = { $rows ->
    [one] { $promise }: 1 row contradicts it
   *[other] { $promise }: { $rows } rows contradict it
}
audit-versions-count-from-one-without-gaps = versions count from one without gaps
audit-versions-follow-each-other = versions follow each other
audit-reservations-have-one-current-version = reservations have one current version
audit-consecutive-versions-differ = consecutive versions differ
audit-versions-come-from-a-delivery = versions come from a delivery
audit-deliveries-opened-what-they-say = deliveries opened what they say
audit-batches-add-up-to-their-delivery = batches add up to their delivery
audit-refused-reservations-are-not-acknowledged = refused reservations are not acknowledged
audit-cancelled-versions-say-so = cancelled versions say so
audit-changed-months-are-marked = changed months are marked
audit-daily-volumes-are-those-of-the-history = daily volumes are those of the history
audit-rejected-records-have-a-reason = rejected records have a reason
audit-handoffs-follow-each-other = handoffs follow each other
audit-handoffs-hold-what-the-versions-give = handoffs hold what the versions give
audit-handoffs-hold-their-entries = handoffs hold their entries
audit-handed-over-amounts-are-the-active-fees = handed over amounts are the active fees
audit-closed-months-follow-each-other = closed months follow each other
audit-arrivals-are-of-reservations-and-owed-once = arrivals are of reservations and owed once

## tijian check

checked-none = { $folder }: no pipeline file here
checked-pipeline = { $is_enabled ->
    [true] { $file }: account { $account }
   *[false] { $file }: account { $account }, disabled
}
checked-warning = { $file }: { $warning }
checked-examples = { $count ->
    [one] { $file }: 1 example
   *[other] { $file }: { $count } examples
}
checked-examples-differ = { $file }: { $differ } of { $count } examples differ
example-verdict = { $is_expected_good ->
    [true] verdict: expected accepted, found rejected
   *[false] verdict: expected rejected, found accepted
}
example-reasons = { $expected ->
    [none] reasons: expected none, found { $found }
   *[other] { $found ->
        [none] reasons: expected { $expected }, found none
       *[other] reasons: expected { $expected }, found { $found }
    }
}
example-warnings = { $expected ->
    [none] warnings: expected none, found { $found }
   *[other] { $found ->
        [none] warnings: expected { $expected }, found none
       *[other] warnings: expected { $expected }, found { $found }
    }
}
example-rejected = record { $record } of delivery { $delivery } is rejected: { $reasons }
example-expected = expected { $version }
example-found = found    { $version }
example-version = { $serial_number } version { $version } { $change } [{ $from }, { $to })
example-version-twice = a version occurs twice
example-count = { $what }: expected { $expected }, found { $found }

## tijian replay

replayed = { $account }: { $deliveries } deliveries replayed, { $versions } versions
replay-identical = identical to the live history, row for row
replay-differing = { $differing ->
    [one] 1 version differs
   *[other] { $differing } versions differ
}
replay-month = { $month }: { $live_only } only live, { $replay_only } only in the replay, { $different } different
replay-version-live = { $serial_number } version { $version }: only live
replay-version-replay = { $serial_number } version { $version }: only in the replay
replay-version-differs = { $serial_number } version { $version }: differs in { $columns }
replay-more = … and { $count } more: all of them in replay.differences
replay-judged = by today's contract, newly accepted records: { $accepted }; newly refused: { $refused }
replay-rule = { $is_rejecting ->
    [true] { $field } { $rule }: { $replay } rejected, before { $live }
   *[false] { $field } { $rule }: { $replay } with a warning, before { $live }
}
replay-rule-record = { $is_rejecting ->
    [true] (record) { $rule }: { $replay } rejected, before { $live }
   *[false] (record) { $rule }: { $replay } with a warning, before { $live }
}
replay-swapped = swapped: the next `tijian run` or `tijian export` rewrites volumes and files; the next handoff gives finance the difference
replay-swap-hint = `tijian replay … --swap` replaces the live history with it: back up the database first, there is no other way back

## tijian reconcile

column-reservations = reservations
reconcile-as-of = account { $account }: the history is as of the delivery of { $time }
reconcile-columns = columns read: { $columns }; not read: { $ignored }
reconcile-no-dates = check dates: none in the list; missing_there is not checked unless --from or --to says what the list covers
reconcile-dates = check dates: { $first } to { $last }
reconcile-listed = in the list
reconcile-agree = agree
reconcile-missing-here = missing_here
reconcile-missing-there = missing_there
reconcile-different = different
reconcile-in-quarantine = in_quarantine
reconcile-contradictory = contradictory
reconcile-unreadable = unreadable cells
reconcile-cancelled = cancelled here, not in the list
reconcile-outside = outside these check dates
reconcile-found = found: { $path }

## tijian db serve

served-host = host      { $host }
served-port = port      { $port }
served-database = database  { $database }
served-user = user      { $login }
served-password = { $is_set ->
    [true] password  already set; to change it: { $command }
   *[false] password  none yet; to set it: { $command }
}
served-schema = schema    { $schema }

## Forms of arguments

column-form = write FIELD=HEADING
column-fields = the fields are { $names }
column-heading-empty = the heading is empty
date-form = not a date like 2026-12-01
login-form = lower-case letters, digits and _, beginning with a letter, at most 63
duration-form = write a whole number and its unit, like 200ms, 90s, 10m or 24h

## Around errors

error = { $code ->
    [none] error: { $message }
   *[other] error { $code }: { $message }
}
because = { $code ->
    [none] because: { $message }
   *[other] because { $code }: { $message }
}
what-to-do = what to do: { $remedy }
coded = { $code ->
    [none] { $problem }
   *[other] { $code }: { $problem }
}
account = account { $account }:
operation-listen-for-metrics = cannot listen on { $address } (--metrics-listen)

## worker

worker-cells = number of cells: { $count } instead of { $wanted }
worker-long = longer than { $bytes } bytes
worker-cut-off = the input ends before the end of the line
worker-null = null, where a value is needed
worker-no-utf-8 = not UTF-8
worker-carriage-return = has a carriage return, which has to be replaced
worker-empty = empty
worker-no-number = not a number in plain digits
worker-no-time = not a time between 1970 and 9999, in microseconds
worker-no-hex = not 1 to { $bytes } bytes in hexadecimal digits
worker-no-date = not a date like 2026-11-25
worker-unsorted = not after the line before it; sort by account, serial_number, delivery_id and position, texts by their bytes
worker-later-pull = not earlier than the delivery
worker-forgotten-pull = earlier than what a delivery can repeat
worker-other-pull = not the same for all states of a reservation in one delivery
worker-other-time = not the same for all states of a reservation in one pull

## tijian lake

lake-up-to-date = { $lake }: nothing is owed; its last publication is { $number }
lake-published = { $lake }: published up to { $number }: { $deliveries } deliveries, { $states } states
lake-decoded-account = { $account }: { $deliveries } deliveries decoded, { $states } states
lake-decoded-before = { $account }: decoded already, by the same contract
lake-decoded = { $lake }: all accounts are decoded, and published
lake-decoding-open = { $lake }: { $decoded } of { $accounts } accounts are decoded; they are published when all are
patience-form = a time above zero, like 90s, 10m or 1h
progress-engine-starts = the engine is starting, or waiting for free cores
progress-planning = the engine is planning versions
progress-writing-history = the engine is writing the history
progress-summing = the engine is summing up volumes and the journal
progress-checking = the engine is checking what it made
rebuilt = { $lake }: rebuilt from publication { $publication }: { $versions } versions of { $states } states, { $volumes } rows of volumes, { $totals } totals of the journal
rebuilt-overtaken = (publication { $newest } came while the engine worked: the next rebuild takes it in)
lake-verified = { $lake }: the rebuild from publication { $publication }, compared with the warehouse
lake-part-history-totals = history, by account, month, hospital and way of payment
lake-part-journal-totals = journal, by account, month, hospital and way of payment
lake-part-daily-volumes = volumes, row by row
lake-part-history = history, row by row
lake-part-agrees = { $rows } equal
lake-part-differs = { $equal } equal, { $different } different, { $missing_there } not in the lake, { $missing_here } not in the warehouse
lake-account-not-built = nothing of account { $account } is built yet: publish, then rebuild
