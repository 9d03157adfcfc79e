
## SealError

TJ-3101 = it was changed or truncated after it was sealed, or swapped with another
TJ-3102 = { $count ->
    [one] it is sealed under the key { $found }; the available key is { $known }
   *[other] it is sealed under the key { $found }; the available keys are { $known }
}
TJ-3103 = it is sealed in format { $format }, which this tijian does not know: a newer version sealed it, or it was changed
TJ-3104 = it is longer than the format allows
TJ-3105 = the system provides no random numbers
