-- What the platform may deliver again is remembered per reservation, until a callback for it is confirmed: however many
-- pulls lie between, and whatever else these hold.

create table etl.unconfirmed_reservations (
    account text not null,
    serial_number text not null,
    noted_by bigint not null references etl.deliveries (delivery_id),
    since_version integer not null check (since_version >= 1),
    confirmed_by bigint references etl.deliveries (delivery_id),
    primary key (account, serial_number, noted_by)
);
create unique index unconfirmed_reservations_open_idx
    on etl.unconfirmed_reservations (account, serial_number)
    where confirmed_by is null;
comment on table etl.unconfirmed_reservations is '平台可能再次推送的预约：多个状态已入库，但回调未获确认 | Reservations whose states the platform may deliver again: taken, but not confirmed as received';
comment on column etl.unconfirmed_reservations.account is '平台账号（医院） | Account with the platform';
comment on column etl.unconfirmed_reservations.serial_number is '平台预约ID | Reservation id of the platform';
comment on column etl.unconfirmed_reservations.noted_by is '发现未确认的交付：前一次交付的回调未获确认 | The delivery at whose load this was noted: the one before it is not confirmed';
comment on column etl.unconfirmed_reservations.since_version is '从此版本起可能再次推送 | The versions from this one on may be delivered again';
comment on column etl.unconfirmed_reservations.confirmed_by is '确认了该预约的交付；为空表示尚未确认 | The delivery whose callback confirmed the reservation; null: none yet';

create table replay.unconfirmed_reservations (like etl.unconfirmed_reservations including all);
comment on table replay.unconfirmed_reservations is '重放中平台可能再次推送的预约 | Reservations whose states the platform could deliver again, in the replay';

alter table etl.deliveries drop column unconfirmed_delivery_ids;
