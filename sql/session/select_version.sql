-- Purpose: the server's version, without what a distribution says of its package after a blank. Reads only.
select
    split_part(current_setting('server_version'), ' ', 1) as version,
    current_setting('server_version_num')::integer / 10000 as major_version
