-- What a version holds, from a few numbers: for tests/bench/partitions.sh, which says how many :accounts there are, and in blocks of how
-- many nights (:block) they repeat themselves. Lengths are those of the simulated platform's records.
create schema bench;

create function bench.account_name(number bigint) returns text language sql immutable as $$
    select 'hospital-' || lpad(number::text, 3, '0')
$$;

-- By number: the account, the night of the booking, the reservation in it, the version, its night, and the night it ends.
create unlogged table bench.states (account bigint, booked int, place int, version int, night int, ended int);

create view bench.versions as
select
    bench.account_name(states.account) as account,
    'ZJ' || lpad(states.account::text, 3, '0') || lpad(states.booked::text, 8, '0') || lpad(states.place::text, 6, '0') as serial_number,
    states.version,
    timestamptz '2020-01-01 18:00Z' + states.night * interval '1 day' + states.account * interval '1 second' as valid_from,
    coalesce(
        timestamptz '2020-01-01 18:00Z' + states.ended * interval '1 day' + states.account * interval '1 second', 'infinity'
    ) as valid_to,
    case when states.version = 1 then 'booked' when dice.h % 10 = 0 then 'cancelled' else 'rescheduled' end as change,
    dice.person as person_id,
    upper(encode(dice.person, 'hex')) as erhc_no,
    translate((dice.h % 900 + 100)::text, '0123456789', '赵钱孙李周吴郑王冯陈') as name,
    '1' as card_type,
    '33010619' || lpad((dice.h % 10000000000)::text, 10, '0') as idcard,
    date '1950-01-01' + (dice.h % 20000)::int as birthdate,
    (1 + dice.h % 2)::text as sex_code,
    dice.h % 40 = 0 as is_pregnant,
    (1 + dice.h / 2 % 2)::text as married,
    '139' || lpad((dice.h % 100000000)::text, 8, '0') as mobile,
    (100637 + states.account * 10 + least(dice.h % 20, 2))::text as hospital_code,
    '杭州市第' || states.account || '人民医院体检中心' as hospital_name,
    date '2020-01-01' + states.booked + 5 + (dice.h % 45)::int + 7 * (states.version - 1) as check_date,
    'RM1' || dice.h / 3 % 8 as hospital_package_id,
    '体检' || dice.h / 3 % 8 || '套餐(男士)' as hospital_package_name,
    case when dice.h % 3 > 0 then 'JX0' || dice.h % 7 || ',JX1' || dice.h % 9 end as add_combination_id,
    case when dice.h % 3 > 0 then '甲状腺彩超' || dice.h % 7 || ',肿瘤标志物检测' || dice.h % 9 end as add_combination_name,
    388.03 + dice.h % 3000 as examination_fee,
    case when states.version = 1 then '1' when dice.h % 10 = 0 then '5' else '2' end as order_status,
    (dice.h % 2)::text as pay_type,
    (array['浙里办', '医院公众号', '支付宝', '窗口'])[1 + dice.h / 7 % 4] as data_sources,
    null::jsonb as extra,
    '\x02'::bytea || substr(dice.person, 1, 20) || int8send(dice.h) || int4send(states.night) as fingerprint,
    (states.night - 1) * :accounts + states.account as delivery_id,
    lpad(((states.account * 100000 + states.night) * 2 + states.place % 2)::text, 32, '0') as request_id
from bench.states as states
cross join lateral (
    select
        abs(hashint8extended(states.account * 1000000 + place.number, 0) / 2) as h,
        substr(sha256(int8send(states.account * 10000 + abs(hashint8extended(place.number, 1) / 2) % 6000)), 1, 28)
            || int4send((states.booked - 1) / :block / 3) as person
    from (select (states.booked - 1) % :block * 1000 + states.place as number) as place
    -- Once a row, not once for each column.
    offset 0
) as dice;
