# `tijian doctor`: what it looks at, and what it finds.

## Names of checks

check-database = database
check-version = version
check-rights = rights
check-migrations = migrations
check-site-key = site key
check-server = server
check-session = session
check-pooler = pooler
check-standbys = standbys
check-database-clock = database clock
check-secrets = secrets
check-key-length = key length
check-platform = platform
check-tls = TLS
check-token = token
check-clock = clock
check-warehouse = warehouse
check-landing-folder = landing folder
check-export-folder = export folder
check-lake = lake
check-acknowledgements = acknowledgements
check-arrivals = arrivals
check-quarantine = quarantine
check-last-night = last night
check-lost-runs = lost runs
check-timestamps = timestamps
check-retention = retention
check-pipelines = pipelines

## Around findings

doctor-account = account { $account }
doctor-no-database = no database
doctor-left-out = left out: { $why }
doctor-trouble = { $problem }; what to do: { $remedy }
doctor-all-good = all good
doctor-verdict = { $broken } to fix, { $watch } to look at, { $left_out } left out: exit status { $status }
doctor-accounts = { $accounts }

## Why something is left out

left-out-the-database-is-out-of-reach = the database is out of reach
left-out-the-schema-is-not-that-of-this-tijian = the schema does not fit this tijian
left-out-there-is-no-schema-yet = there is no schema yet
left-out-there-is-no-key = there is no key
left-out-there-is-no-client-to-ask-with = there is no HTTP client
left-out-the-secrets-cannot-be-used = the secrets cannot be used
left-out-the-platform-s-answer-says-no-time = the platform's answer contains no time
left-out-the-platform-is-out-of-reach = the platform is out of reach
left-out-the-server-is-not-trusted = the server is not trusted
left-out-the-demo-s-platform-ended-with-the-demo = the demo's platform ended with the demo
left-out-there-is-no-token = there is no token

## The database

doctor-reachable = reachable, as the login { $login }
doctor-version = PostgreSQL { $version }
doctor-version-newer = PostgreSQL { $version } is newer than the versions that this tijian was tested with
doctor-version-old = PostgreSQL { $version } is too old
doctor-owner = { $login } owns the schema
doctor-no-rights = the group tijian_loader has not been given its rights
doctor-all-rights = all { $count } rights of tijian_loader
doctor-rights-missing = { $more ->
    [none] { $login } may not do what a night does: { $rights }
   *[other] { $login } may not do what a night does: { $rights } and { $more } more
}
doctor-schema-current = the schema is at version { $version }, as this tijian needs
doctor-schema-behind = the schema is at version { $applied }, this tijian needs its own version { $needed }
doctor-no-schema = no schema yet: the first run creates it
doctor-key-alone = 32 bytes; not compared with the warehouse's: { $why }
doctor-key-known = 32 bytes, the key of this warehouse
doctor-key-first = 32 bytes; the first run ties the warehouse to it

## The server

doctor-durable = durable: fsync and full_page_writes are on; UTF8
doctor-defaults-good = no default gets in the way
doctor-defaults = defaults that tijian overrides: { $settings }
doctor-no-pooler = none in transaction mode
doctor-no-standby = none
doctor-standby-missing = every COMMIT waits for a synchronous standby, and none is connected
doctor-standbys-asynchronous = { $count } connected, none of them synchronous: a promoted one may lack what was acknowledged
doctor-standbys = { $count } connected, { $synchronous } of them synchronous
doctor-standbys-unseen = { $count } connected, and COMMIT waits for synchronous ones; only a member of pg_monitor can see which
doctor-database-clock-good = { $span } from this machine's
doctor-database-clock = { $is_ahead ->
    [true] this machine is { $span } ahead of the database
   *[false] this machine is { $span } behind the database
}

## The platform

doctor-secrets-set = { $names } are set
doctor-secrets = { $problems }
doctor-key-length = { $bytes } bytes: AES-{ $bits }
doctor-answers = answers at { $url }
doctor-pinned = the server has the certificate that certificate_sha256 names
doctor-trusted = the server's certificate is trusted
doctor-loopback = none, and none needed: the platform is on this machine
doctor-token = handed out in { $milliseconds } ms
doctor-platform-clock-good = { $span } from the platform's
doctor-platform-clock = { $is_ahead ->
    [true] this machine is { $span } ahead of the platform
   *[false] this machine is { $span } behind the platform
}

## The folders

doctor-own-folders = { $id }: no folder belongs to another warehouse
doctor-room = { $dir }: { $free } free
doctor-little-room = { $dir }: { $free } free, little more than the { $needed } needed
doctor-no-room = { $dir }: { $free } free, { $needed } needed

## The ledger and the nights

doctor-none-pending = none pending
doctor-pending = { $count } pending, the oldest for { $age }
doctor-quarantine-empty = empty
doctor-quarantine = { $count ->
    [one] one record, waiting for { $age }
   *[other] { $count } records, the oldest for { $age }
}
doctor-no-good-night = no good night yet
doctor-no-night = none yet
doctor-night-late = the last good one was { $age } ago
doctor-night-failed = the last good one was { $age } ago, and the last run failed
doctor-night-good = good, { $age } ago
doctor-no-lost-runs = none since the last good night
doctor-lost-runs = since the last good night { $failed } failed and { $killed } were killed
doctor-times-good = none in the future
doctor-times-were-ahead = the last one is good; { $count } were in the future, where the time of receipt counts instead
doctor-time-ahead = the platform's time of the last delivery was { $span } after its receipt, so the time of receipt counts; so far, that happened with { $count } deliveries
doctor-retention-good = nothing overdue was kept
doctor-retention-kept = the last night kept expired data, because clocks differ: { $clocks }

span-days = { $count } days
span-hours = { $count } hours
span-minutes = { $count } minutes
span-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}

## The lake

doctor-lake-good = { $lake } is at publication { $number }, and lacks nothing
doctor-lake-owed =
    { $count ->
        [one] { $lake } lacks { $count } delivery
       *[other] { $lake } lacks { $count } deliveries
    }
