## What is wrong with a command line

TJ-1001 = unexpected argument '{ $argument }' found
TJ-1002 = unrecognized subcommand '{ $subcommand }'
TJ-1003 = '{ $command }' requires a subcommand but one was not provided
TJ-1004 = { $count ->
    [one] the following required argument was not provided: { $arguments }
   *[other] the following required arguments were not provided: { $arguments }
}
TJ-1005 = a value is required for '{ $argument }' but none was supplied
TJ-1006 = invalid value '{ $value }' for '{ $argument }'
TJ-1007 = { $reason ->
    [none] invalid value '{ $value }' for '{ $argument }'
   *[other] invalid value '{ $value }' for '{ $argument }': { $reason }
}
TJ-1008 = { $count ->
    [one] the argument '{ $argument }' cannot be used with '{ $others }'
   *[other] the argument '{ $argument }' cannot be used with these: { $others }
}
TJ-1009 = the argument '{ $argument }' cannot be used multiple times
TJ-1010 = unexpected value '{ $value }' for '{ $argument }' found; no more were expected
TJ-1011 = invalid UTF-8 was detected in one or more arguments
TJ-1012 = { $words }

## Why a value is refused

usage-no-whole-number = not a whole number
usage-no-number = not a number
usage-no-address = not an address and a port, like 127.0.0.1:8999
usage-no-date = not a date like 2026-01-31
usage-out-of-range = must be from { $from } to { $to }
usage-words = { $words }

## Below it

usage-possible-values = [possible values: { $values }]
usage-subcommands = [subcommands: { $subcommands }]
usage-similar-subcommands = { $count ->
    [one] tip: a similar subcommand exists: '{ $subcommands }'
   *[other] tip: some similar subcommands exist: { $subcommands }
}
usage-similar-arguments = { $count ->
    [one] tip: a similar argument exists: '{ $arguments }'
   *[other] tip: some similar arguments exist: { $arguments }
}
usage-similar-values = { $count ->
    [one] tip: a similar value exists: '{ $values }'
   *[other] tip: some similar values exist: { $values }
}
usage-as-value = tip: to pass '{ $value }' as a value, use '{ $typed }'
usage-without-dashes = tip: subcommand '{ $subcommand }' exists; to use it, remove the '--' before it
usage-write = tip: write '{ $typed }'
usage-exists = tip: '{ $typed }' exists
usage-usage = Usage: { $usage }
usage-more = For more information, try '--help'.
