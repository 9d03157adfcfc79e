
## WarehouseError

TJ-4001 = DATABASE_URL cannot be used as a PostgreSQL connection string
TJ-4002 = the PG… variables cannot be used to reach PostgreSQL
TJ-4003 = cannot set TLS up for PostgreSQL
TJ-4004 = cannot set up TLS with the PostgreSQL server: { $failure } ({ $target })
TJ-4005 = cannot get a connection to PostgreSQL ({ $target })
TJ-4006 = { $is_first ->
    [true] cannot get a connection to PostgreSQL ({ $target })
   *[false] cannot get a second connection to PostgreSQL ({ $target })
}
TJ-4007 = cannot get a connection to PostgreSQL ({ $target }): no answer in time (connect_timeout)
TJ-4008 = cannot get a connection from the pool
TJ-4010 = cannot bring the database's schema up to date
TJ-4013 = { $applied ->
    [0] the database has no schema of tijian yet, and the login { $login } may not make one
   *[other] the database's schema is at version { $applied }, this tijian needs its own version { $needed }, and the login { $login } may not change it
}
TJ-4014 = { $applied ->
    [0] the database has no schema of tijian yet
   *[other] the database's schema is at version { $applied }, this tijian needs its own version { $needed }
}
TJ-4015 = TIJIAN_SITE_KEY is not the key that this warehouse was filled with
TJ-4016 = TIJIAN_SITE_KEY is a key that was replaced on { $retired_on }
TJ-4017 = the key that this warehouse was filled with is neither TIJIAN_SITE_KEY nor TIJIAN_SITE_KEY_PREVIOUS
TJ-4018 = the login { $login } does not own the schema, so it may not { $what }
TJ-4019 = a person_id in the history does not match its document number under the previous key; nothing was changed
TJ-4020 = cannot seal a record for the quarantine
TJ-4021 = cannot open the record of rejection { $rejection_id }
TJ-4022 = cannot use the journal: { $problem }
TJ-4023 = the load of delivery { $delivery_id } does not add up: { $what }; nothing of it was committed

## UrlProblem

TJ-4051 = it is not a postgresql:// URL, or has an unknown option or value
TJ-4052 = it has a blank, or one of @ # / ? %, in the wrong place: in a login or a password, they must be percent-encoded
TJ-4053 = its host is not a valid host
TJ-4054 = one of its hosts is empty
TJ-4055 = its port is not a number from 1 to 65535
TJ-4056 = its option { $option } is not supported
TJ-4057 = its sslmode must be disable, prefer, require, verify-ca or verify-full
TJ-4058 = its sslrootcert cannot be used
TJ-4059 = the certificates that { $variable } names cannot be used
TJ-4060 = { $variable ->
    [none] TLS compares the server's name with its certificate: hostaddr needs host, too
   *[other] TLS compares the server's name with its certificate: { $variable } needs host, too
}
TJ-4061 = { $variable ->
    [none] the number of ports, or of addresses, does not match the number of hosts
   *[other] the number of ports, or of addresses, does not match the number of hosts ({ $variable })
}
TJ-4062 = { $variable } asks for something that is not supported
TJ-4063 = { $variable } has an unknown value
TJ-4064 = no login is named, and the user of this process has no name on this machine

## Schema

schema-no-column = a version has no column { $column }
schema-warehouse-lost = etl.warehouse has lost its row: restore it from a backup
schema-pool = cannot make a connection pool: { $reason }
schema-ahead = the database's schema is at version { $applied }, this tijian knows up to { $known }: install the newer tijian that migrated it

## Sums of a load

sum-ended-version = a version that was to end is no longer current
sum-breaks = { $breaks ->
    [one] one version leaves a gap or an overlap in the history
   *[other] { $breaks } versions leave a gap or an overlap in the history
}
sum-open-copy = a statement was sent while a COPY was open
sum-records = { $decoded } records decoded, { $received } loaded
sum-unreadable-version = a version in the history cannot be read
sum-fingerprint = a fingerprint in the history has the wrong length

## ServerFault

server-standby = this PostgreSQL server is a standby: it accepts no writes
server-read-only = this PostgreSQL server is read-only (default_transaction_read_only is on)
server-fsync-off = this PostgreSQL server runs with fsync off: a crash of its machine may lose data that was acknowledged
server-full-page-writes-off = this PostgreSQL server runs with full_page_writes off: a crash of its machine can damage the history
server-replication-role = session_replication_role is { $role }: PostgreSQL would check no foreign keys
server-encoding = this database is encoded in { $encoding }, but Chinese names need UTF8
server-pooler = the connection leads through a pooler (such as PgBouncer) in transaction or statement mode: the lock that keeps two runs apart does not hold there

## DatabaseName

database-name = { $port ->
    [none] database { $name }, host { $host }
   *[other] database { $name }, host { $host }, port { $port }
}
database-target = { $database }, login { $login }
