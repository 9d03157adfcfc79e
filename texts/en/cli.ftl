## CliError

TJ-1021 = cannot start the async runtime
TJ-1022 = cannot write to standard output
TJ-1031 = nothing was changed: add --confirm to adopt these folders
TJ-1032 = these arrivals are one account's: name its pipeline file
TJ-1033 = { $list } is larger than { $bytes } bytes
TJ-1034 = { $list }: { $problem }
TJ-1035 = --withdraw has one that is empty, longer than 500 characters, or not plain text
TJ-1036 = { $naming } names a database, and { $asked } asks for the private server: remove one of the two
TJ-1037 = no database is named: set DATABASE_URL, or PGHOST and PGDATABASE, or ask for the private server of the data folder with --private-server or TIJIAN_PRIVATE_SERVER=1
TJ-1038 = --fetch-postgres is for the private server: DATABASE_URL, or a PG… variable, names another
TJ-1039 = the login { $login } may do more than { $group } does, or cannot log in: choose another --login
TJ-1040 = { $path } is there, and is not a demo's folder: name another one with --dir
TJ-1041 = the server of an earlier demo is still up in { $path }: end what uses it (tijian db serve, psql), or name another folder with --dir
TJ-1042 = the demo's definition is gone
TJ-1043 = --out { $path } is not a file name
TJ-1044 = nothing was erased: it cannot be undone, so it takes --confirm
TJ-1045 = give the document number by standard input, on one line
TJ-1046 = the month is written like 2026-11: year, hyphen, month
TJ-1047 = { $month } is not over: it can be closed from { $from } on, Beijing time
TJ-1048 = the system gives no random bytes: { $reason }
TJ-1049 = { $folder }/ has none that is enabled; copy { $folder }/zheliban.toml, fill it in and set enabled = true
TJ-1050 = there is no folder { $folder }/ here; name a pipeline file, or start tijian where that folder is
TJ-1051 = there is no record { $record } in quarantine, or not any more; `tijian quarantine list` has the numbers
TJ-1052 = say which records: by number, --field, --rule or --older-than-days
TJ-1053 = nothing was discarded: { $counted } records are meant, and it cannot be undone, so it takes --yes
TJ-1054 = the period ends before it begins: { $first } to { $last }
TJ-1055 = { $path } already exists and is never replaced
TJ-1056 = a list is one account's: name its pipeline file, or say --account
TJ-1059 = --from names a delivery of one account: give one pipeline
TJ-1060 = { $account } has no finance export: name a folder with --out
TJ-1062 = the period has { $days } days, from { $first } to { $last }; at most { $days_max } fit on the page
TJ-1063 = TIJIAN_SITE_KEY and TIJIAN_SITE_KEY_PREVIOUS are the same key: set TIJIAN_SITE_KEY to the new one
TJ-1057 = --serial-number is empty, longer than 500 characters, or not plain text
TJ-1058 = --arrived-at is not a time like '2026-11-25 08:10:00'
support-written = { $path }: look at it, then send it to whoever helps
support-no-log = journalctl cannot be run here: { $reason }

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
account = account { $account }:
operation-listen-for-metrics = cannot listen on { $address } (--metrics-listen)
