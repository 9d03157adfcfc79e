
## SealError

TJ-3101 = it was changed or cut off since it was sealed, or is in another one's place
TJ-3102 = { $count ->
    [one] it is sealed under the key { $found }; the key at hand is { $known }
   *[other] it is sealed under the key { $found }; the keys at hand are { $known }
}
TJ-3103 = it is sealed in format { $format }, which this tijian does not know: a newer one sealed it, or it was changed
TJ-3104 = it is longer than the format allows
TJ-3105 = the system gives no random numbers
