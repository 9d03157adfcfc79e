## PlatformDefinition: what is said aloud about it

plain-http = base_url is plain http, which allow_http permits: the token is sent unencrypted, and nothing proves that it is the platform that answers

## DefinitionError: where, and what is wrong

TJ-1201 = { $place }: { $problem }
definition-lines =
    { $first }
    { $other }

## Files and folders

definition-folder-unlisted = the folder cannot be listed: { $reason }
definition-file-unread = cannot be read: { $reason }
definition-no-plain-file = cannot be read: it is not a regular file, but a folder, a device, a pipe or a socket
definition-file-large = is larger than { $mebibytes } MiB, too large for a definition file
definition-file-encoding = is not UTF-8 text: save it in that encoding
definition-no-toml = is not TOML, column { $column }: { $reason }
definition-account-taken = "{ $account }" is also the account of { $other }
definition-access-shared = { $other } uses { $variable } at this base_url, too: each of the two accounts would take the other's reservations

## Keys and values of any file

definition-unknown-key = unknown key; known here: { $known }
definition-unknown-key-near = unknown key; did you mean { $near }?
definition-no-version = is missing: write version = 1
definition-must-be-version = must be 1, the version of this file's format, found { $found }
definition-control-character = must not hold a control character
definition-must-be-text = must be text that is not empty, found { $found }
definition-must-be-true-or-false = must be true or false, found { $found }
definition-must-be-whole-number = must be a whole number from { $from } to { $to }, found { $found }
definition-must-be-choice = must be { $choices }, found { $found }
definition-either = { $first } or { $other }
definition-must-be-table = must be a table, found { $found }
definition-must-be-tables = must be an array of tables, found { $found }
definition-must-be-array = must be an array, found { $found }
definition-an-array = an array
definition-a-table = a table
definition-long-string = a long string
definition-long-integer = a long integer
definition-long-float = a long float

## A pipeline file

definition-no-account = is missing: the account's short name
definition-must-be-account = must be 1 to { $most } characters of a-z, 0-9 and "-", beginning with a letter or a digit, found { $found }
definition-no-platform = is missing: the table of the platform's keys
definition-no-contract = is missing: the table that names the contract file
definition-no-contract-file = is missing: the contract's path, relative to this file
definition-must-be-percentage = must be a percentage from "0%" to "100%", with at most two decimals, like "5%", found { $found }
definition-must-be-names = must be an array of names, found { $found }
definition-never-ignored-fee = must not be examinationFee: a change of the amount always makes a version
definition-never-ignored = must not be { $field }: the history depends on it
definition-twice = is listed twice

## [platform]

definition-no-address = is missing: the platform's address, https://…
definition-must-be-address = must be an address, https://host or https://host/path
definition-must-begin-with-https = must begin with https://
definition-must-be-https = must be https: http is for loopback addresses only (127.0.0.1, localhost), unless allow_http = true; then the token is sent unencrypted, and nothing proves that it is the platform that answers
definition-login-in-address = must not hold a user name or password
definition-query-in-address = must not hold a query (?…) or fragment (#…)
definition-no-secret = is missing: {"{"} env = "NAME" {"}"}, the environment variable that holds it
definition-must-be-secret = must be {"{"} env = "NAME" {"}"}, the name of an environment variable: secrets stay out of files
definition-no-variable = is missing: the name of an environment variable
definition-must-be-variable = must be the name of an environment variable: letters, digits and _, no digit first
definition-must-be-fingerprint = must be 64 hexadecimal digits, as openssl x509 -noout -fingerprint -sha256 prints them, found { $found }
definition-fingerprint-over-http = is for https only: over http, the server shows no certificate
definition-must-be-proxy = must be "none", or a proxy like http://proxy.local:3128
definition-login-in-proxy = must not hold a user name or password: proxy_user and proxy_password name the variables that hold them
definition-path-in-proxy = must end with the proxy's port, like http://proxy.local:3128
definition-proxy-elsewhere = is on another machine, so http would leave this machine unencrypted: leave it out, or set allow_http = true
definition-half-a-login = needs its counterpart: proxy_user and proxy_password go together
definition-login-without-proxy = is for a proxy that the file names: proxy = "http://…"
definition-must-be-result-path = must be 1 to { $most } names of members separated by dots, like "result.records", found { $found }
definition-must-be-time-within = must be a time from "1s" to "1h", like "5m", found { $found }

## [[export]]

definition-no-kind = is missing: "history", "daily_volumes", "finance", "report" or "lake"
definition-no-folder = is missing: the folder for the files
definition-no-format = is missing: "parquet" for history and daily_volumes, "csv" or "xlsx" for finance, "html" for report
definition-no-lake = is missing: where the lake is, "file:///folder" or "s3://bucket/prefix"
definition-must-be-lake = must be "file:///folder", an absolute path without %, #, ? and *, or "s3://bucket/prefix", of letters, digits, "-", "_", "." and "="
definition-export-twice = {"["}{ $number }] writes the same kind of files into the same folder as [{ $other }]
definition-profile-of-workbook = is for csv only: a workbook is always for people
definition-encoding-of-workbook = is for csv only: a workbook states its own encoding

## A contract file

definition-no-rules = is missing: the table with the severity of every rule
definition-no-severity = is missing: "reject" or "warn"
definition-must-be-reject = must be "reject": a record that breaks it cannot be stored faithfully
definition-no-codes = is missing: an array of {"{"} code = "1", zh = "…", en = "…" {"}"}
definition-no-code = is missing: the code as text
definition-code-long = must have at most { $most } characters
definition-code-twice = code { $code } is listed twice
definition-dictionary-empty = must hold at least one code: an empty dictionary would reject every record
definition-control-character-in-name = must not hold a control character in its name
definition-no-fields = is missing: a table for every field of the interface
definition-no-field = is missing: every field of the interface has its table
definition-no-type = is missing: "text", "date", "boolean" or "decimal"
definition-must-be-type = must be { $column }, like the warehouse's column, found { $found }
definition-must-be-required = must say required = true: the history cannot do without this field
definition-characters-misplaced = is for text fields only
definition-no-characters = is missing: the longest text, in characters
definition-dictionary-misplaced = is for text and boolean fields only
definition-must-be-dictionary = must be the name of one of [dictionaries], found { $found }
definition-no-label = is missing: {"{"} zh = "…", en = "…" {"}"}
definition-no-chinese-name = is missing: the Chinese name
definition-no-english-name = is missing: the English name

## A file of examples

definition-no-example = is missing: [[example]], at least one
definition-no-claim = is missing: what the example claims
definition-no-given = needs one of given, given_json and deliveries
definition-given-twice = cannot be used together with given
definition-no-verdict = is missing: "accepted" or "rejected"
definition-reasons-or-accepted = needs reasons if the record is rejected, and has none if it is accepted
definition-must-be-field = must be a field of the interface, found { $found }
definition-no-rule = is missing: a rule of the contract
definition-must-be-rule = must be a rule of the contract, found { $found }
definition-no-timestamp = is missing: the answer's time
definition-no-records = is missing: an array of partial records, which may be empty
definition-no-expectation = is missing: the versions, and the counts
definition-no-versions = is missing: every version
definition-no-serial-number = is missing: the reservation
definition-no-version-number = is missing: 1, 2, 3, …
definition-must-be-version-number = must be a whole number from 1, found { $found }
definition-no-change = is missing: what made the version
definition-no-valid-from = is missing: when the version begins
definition-no-valid-to = is missing: when it ends, or "infinity"
definition-must-be-instant = must be milliseconds since 1970 or a time with its offset, 2026-01-31T22:00:00+08:00, found { $found }
definition-must-be-64-bits = must be a whole number of at most 64 bits, found { $found }
definition-must-be-json-number = must be a number that JSON can write, found { $found }
