-- Names of unknown fields are cut, and as many are kept as somebody reads; the others are counted.

alter table etl.deliveries add column unknown_fields_more bigint not null default 0;
comment on column etl.deliveries.unknown_fields is '合同未知的字段名：至多一百个，每个至多 64 字 | Names of fields that the contract does not know: a hundred at most, of 64 characters at most';
comment on column etl.deliveries.unknown_fields_more is '合同未知的其他字段名的个数（约数） | How many other unknown names there were (about)';

alter table replay.deliveries add column unknown_fields_more bigint not null default 0;
comment on column replay.deliveries.unknown_fields_more is '合同未知的其他字段名的个数（约数） | How many other unknown names there were (about)';
