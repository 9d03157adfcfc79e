# `tijian demo`: its nights, and the summary at its end.

demo-night-first = first night: everything is new
demo-night-callback-lost = the answer to a callback is lost: the next pull settles it
demo-night-token-expires = the token expires: a fresh one is fetched
demo-night-pull-fails = the first pull gets HTTP 503: a retry succeeds
demo-night-arrivals = an ordinary night; three arrivals are reported
demo-night-ordinary = an ordinary night
demo-night-again = run again at once: nothing changes

demo-totals = { $reservations } reservations of { $people } people in { $versions } versions; { $cancelled } cancelled; { $fees } yuan booked
demo-quarantine = { $reasons ->
    [none] quarantine: empty
   *[other] quarantine: { $reasons }
}
demo-pending = acknowledgements pending: { $pending }
demo-arrivals = arrivals reported: { $arrivals }
demo-audit = { $violations ->
    [0] audit: { $checks } checks, clean
    [one] audit: { $checks } checks, 1 row contradicts them
   *[other] audit: { $checks } checks, { $violations } rows contradict them
}
demo-doctor = doctor: { $verdict }
demo-took = took { $seconds } s

demo-look-further = Look further:
demo-files = Files:
demo-file-history = Parquet, one file per month of check dates
demo-file-mart = Parquet, reservations per check date
demo-file-finance = CSV for Excel: snapshots and handoffs, with manifests
demo-file-landing = deliveries as received, encrypted
demo-file-definition = the pipeline that ran
