//! The hospital's own system: its login adds to the inbox, and sees nothing.

use crate::arrivals::{arrive, hospital, inbox, kept};
use crate::support::{connect, create_login, server, url_of};

#[tokio::test(flavor = "multi_thread")]
async fn the_front_desk_adds_to_the_inbox_and_sees_nothing_of_it() {
    let hospital = hospital(&["A-1", "A-2"]).await;
    create_login(server(), "tijian_test_frontdesk", "tijian_frontdesk").await;
    let frontdesk = connect(&url_of(&hospital.database.owner_url, "tijian_test_frontdesk")).await;
    frontdesk
        .batch_execute(
            "insert into etl.arrival_inbox (account, serial_number, arrived_at)
            values ('demo', 'A-1', now() - interval '1 minute'), ('demo', 'NOBODY', default);
            insert into etl.arrival_inbox (account, serial_number) values ('demo', 'A-2')",
        )
        .await
        .unwrap();
    let written = "select distinct source || ' ' || state || ' ' || database_user from etl.arrival_inbox";
    assert_eq!(hospital.database.lines(written).await, ["inbox open tijian_test_frontdesk"]);

    for statement in [
        "select * from etl.arrival_inbox",
        "select count(*) from etl.arrival_inbox",
        "insert into etl.arrival_inbox (account, serial_number) values ('demo', 'A-1') returning inbox_id",
        "insert into etl.arrival_inbox (account, serial_number, state) values ('demo', 'A-1', 'taken')",
        "insert into etl.arrival_inbox (account, serial_number, submitted_at) values ('demo', 'A-1', now())",
        "insert into etl.arrival_inbox (account, serial_number, database_user) values ('demo', 'A-1', 'somebody')",
        "insert into etl.arrival_inbox (account, serial_number) values ('demo', 'A-1') on conflict (inbox_id, account) do nothing",
        "update etl.arrival_inbox set serial_number = 'A-2'",
        "delete from etl.arrival_inbox",
        "truncate etl.arrival_inbox",
        "select * from warehouse.arrivals",
        "select * from etl.outbox",
        "select * from mart.arrival_rates",
        "select nextval('etl.arrival_inbox_inbox_id_seq')",
    ] {
        crate::roles::assert_denied(frontdesk.batch_execute(statement).await, statement);
    }
    // What cannot be an arrival is refused at once, and nothing that another has written is told.
    for values in
        ["('demo', '')", "('', 'A-1')", "('demo', repeat('x', 501))", "(repeat('x', 64), 'A-1')", "('demo', null)"]
    {
        let insert = format!("insert into etl.arrival_inbox (account, serial_number) values {values}");
        let error = frontdesk.batch_execute(&insert).await.unwrap_err();
        assert!(error.code().is_some_and(|code| code.code().starts_with("23")), "{values}: {error:?}");
    }
    for time in ["'infinity'", "'-infinity'", "'1999-12-31'", "'2100-01-02'"] {
        let insert = format!(
            "insert into etl.arrival_inbox (account, serial_number, arrived_at) values ('demo', 'A-1', {time})"
        );
        assert!(frontdesk.batch_execute(&insert).await.is_err(), "{time}");
    }

    arrive(&hospital, &[]).expect(3);
    assert_eq!(inbox(&hospital).await, ["A-1 taken", "NOBODY open unknown_reservation", "A-2 taken"]);
    assert_eq!(kept(&hospital).await, ["A-1 inbox done", "A-2 inbox done"]);
    hospital.database.assert_sound().await;
}
