-- Purpose: from here on whole histories are read: plans that a load must not have are the right ones, and need to know how
-- much there is now.
set local enable_seqscan = on;
set local enable_hashjoin = on;
set local enable_mergejoin = on;
analyze replay.reservation_versions;
analyze replay.rejections;
