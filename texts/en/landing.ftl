
## LandingError

TJ-3002 = the delivery is larger than { $bytes } bytes, so it was not accepted
TJ-3003 = less than { $reserve_mib } MiB are free in { $dir }: the download was stopped
TJ-3004 = cannot seal { $path }
TJ-3005 = cannot open the landed delivery { $path }
