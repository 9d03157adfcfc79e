-- An arrival that somebody has withdrawn is told from one that was given up with its reservation.

alter table etl.outbox add column withdrawn_by text check (withdrawn_by is null or state = 'superseded');
comment on column etl.outbox.withdrawn_by is '到检由谁撤回：操作系统用户（自报）与数据库登录用户；未撤回的为空 | Who has withdrawn this arrival: user of the operating system, as the environment says, and login of the database; null: nobody';
