//! The simulated platform over real HTTP, as a client meets it.

mod faults;
mod time;

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::*;

/// A client of the simplest kind: it shares the cipher with the simulator, and reports what it sees.
struct Client {
    simulator: Simulator,
    http: reqwest::Client,
    cipher: Cipher,
    token: String,
}

impl Client {
    async fn start(reservations: u32) -> Client {
        Client::start_with(options(reservations)).await
    }

    async fn start_with(options: SimulatorOptions) -> Client {
        let cipher = Cipher::new(&options.credentials.aes_key).unwrap();
        let simulator = Simulator::start(options).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut client = Client { simulator, http, cipher, token: String::new() };
        client.token = client.fetch_token().await;
        client
    }

    async fn fetch_token(&self) -> String {
        let parameters = json!({"apikey": "simulated-api-key", "secret": "simulated-secret"});
        let answer = self.call("token", parameters).await;
        answer["result"]["token"].as_str().unwrap_or_default().to_owned()
    }

    fn request(&self, endpoint: &str, parameters: Value) -> reqwest::RequestBuilder {
        let text = self.cipher.encrypt(parameters.to_string().as_bytes());
        self.http
            .post(format!("{}/reservation/sync/{endpoint}", self.simulator.url()))
            .header("ACCESS-TOKEN", &self.token)
            .form(&[("data", text)])
    }

    async fn raw(&self, endpoint: &str) -> (StatusCode, Vec<u8>) {
        let response = self.request(endpoint, json!({})).send().await.unwrap();
        (response.status(), response.bytes().await.unwrap().to_vec())
    }

    async fn text(&self, endpoint: &str, parameters: Value) -> String {
        let response = self.request(endpoint, parameters).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        String::from_utf8(self.cipher.decrypt(&response.bytes().await.unwrap()).unwrap()).unwrap()
    }

    async fn call(&self, endpoint: &str, parameters: Value) -> Value {
        serde_json::from_str(&self.text(endpoint, parameters).await).unwrap()
    }

    async fn pull(&self) -> Vec<Value> {
        let answer = self.call("order", json!({})).await;
        assert_eq!(answer["code"], 200);
        answer["result"].as_array().unwrap().clone()
    }

    async fn wait_for_calls(&self, number: usize) {
        while self.simulator.counts().calls < number {
            tokio::task::yield_now().await;
        }
    }

    async fn control(&self, route: &str, body: &Value) -> (StatusCode, Value) {
        let url = format!("{}/simulator/{route}", self.simulator.url());
        let response = self.http.post(url).body(body.to_string()).send().await.unwrap();
        let status = response.status();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
    }
}

fn options(reservations: u32) -> SimulatorOptions {
    let generator = GeneratorOptions { reservations, new_per_night: 5, changes: 0.5, ..GeneratorOptions::default() };
    SimulatorOptions { generator, ..SimulatorOptions::default() }
}

fn request_id(records: &[Value]) -> &Value {
    &records[0]["requestId"]
}

fn serial_numbers(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record["serialNumber"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn records_come_again_until_they_are_acknowledged() {
    let client = Client::start(20).await;
    let first = client.pull().await;
    let second = client.pull().await;
    assert_eq!(first.len(), 20);
    assert_eq!(serial_numbers(&first), serial_numbers(&second));
    assert_ne!(request_id(&first), request_id(&second));
    assert_eq!(request_id(&first).as_str().unwrap().len(), 32);
    assert_eq!(first.iter().map(|record| &record["requestId"]).collect::<Vec<_>>(), vec![request_id(&first); 20]);

    let answer = client.call("callback", json!({"requestId": request_id(&first)})).await;
    assert_eq!((&answer["code"], &answer["success"], &answer["result"]), (&json!(200), &json!(true), &Value::Null));
    assert_eq!(client.pull().await, Vec::<Value>::new());
    assert_eq!(client.simulator.unacknowledged(), 0);
}

#[tokio::test]
async fn the_order_answer_has_the_samples_shape() {
    let client = Client::start(1).await;
    let text = client.text("order", json!({})).await;
    let expected = r#"{"code":200,"message":"操作成功","success":true,"result":[{"requestId":""#;
    assert!(text.starts_with(expected), "{text}");
    // The second call of the first night: one simulated second after the token's.
    assert!(text.ends_with(r#"}],"timestamp":1767636001000}"#), "{text}");
}

#[tokio::test]
async fn a_single_acknowledgement_marks_one_reservation() {
    let client = Client::start(3).await;
    client.pull().await;
    client.call("callback", json!({"requestId": null, "serialNumber": "ZJ109-000001"})).await;
    assert_eq!(serial_numbers(&client.pull().await), ["ZJ109-000000", "ZJ109-000002"]);
}

#[tokio::test]
async fn request_id_wins_over_serial_number() {
    let client = Client::start(3).await;
    let records = client.pull().await;
    let parameters = json!({"requestId": request_id(&records), "serialNumber": "ZJ109-000001"});
    client.call("callback", parameters).await;
    assert_eq!(client.simulator.unacknowledged(), 0);
}

#[tokio::test]
async fn callbacks_that_name_nothing_known_are_refused() {
    let client = Client::start(3).await;
    client.pull().await;
    for parameters in [json!({}), json!({"requestId": "0".repeat(32)}), json!({"serialNumber": "ZJ109-000099"})] {
        let text = client.text("callback", parameters).await;
        assert!(text.starts_with(r#"{"code":50002,"message":"数据有误","success":false,"result":null,"timestamp":"#));
    }
    assert_eq!(client.simulator.unacknowledged(), 3);
}

#[tokio::test]
async fn a_change_after_the_pull_survives_the_batch_acknowledgement() {
    let client = Client::start(40).await;
    let records = client.pull().await;
    client.simulator.advance_night();
    client.call("callback", json!({"requestId": request_id(&records)})).await;
    let later = client.pull().await;
    assert!(later.len() > 5, "{}", later.len());
    let again: BTreeSet<_> = serial_numbers(&later).into_iter().collect();
    assert!(serial_numbers(&records).iter().any(|serial_number| again.contains(serial_number)));
}

#[tokio::test]
async fn a_change_between_pull_and_single_callback_is_lost_unless_the_platform_reads_it_kindly() {
    let state = |status: u8| format!(r#"{{"requestId":"$request","serialNumber":"X-1","orderStatus":{status}}}"#);
    for (callbacks, unseen) in [(Callbacks::STRICT, 1), (Callbacks::KIND, 0), (Callbacks::STRICTEST, 1)] {
        let client = Client::start_with(SimulatorOptions { callbacks, ..options(0) }).await;
        client.simulator.insert_records(vec![state(1)]);
        client.pull().await;
        client.simulator.before(Endpoint::Callback, 1, Happening::Records(vec![state(5)]));
        client.call("callback", json!({"serialNumber": "X-1"})).await;
        assert_eq!(client.simulator.counts().unseen, unseen, "{callbacks:?}");
        assert_eq!(client.simulator.log().last().unwrap().unseen, unseen);
        assert_eq!(client.simulator.unacknowledged(), 1 - unseen);
        // Marked, it is not deaf: what changes from now on is delivered.
        client.simulator.insert_records(vec![state(1)]);
        assert_eq!(client.pull().await.len(), 2 - unseen);
    }
}

#[tokio::test]
async fn a_night_between_pull_and_batch_callback_is_lost_in_the_strictest_reading_only() {
    for (callbacks, is_lost) in [(Callbacks::STRICT, false), (Callbacks::STRICTEST, true)] {
        let client = Client::start_with(SimulatorOptions { callbacks, ..options(40) }).await;
        let records = client.pull().await;
        client.simulator.before(Endpoint::Callback, 1, Happening::Night);
        client.call("callback", json!({"requestId": request_id(&records)})).await;
        assert_eq!(client.simulator.counts().unseen > 0, is_lost);
        // Five new reservations came that night, in no batch yet.
        assert_eq!(client.pull().await.len() == 5, is_lost);
    }
}

#[tokio::test]
async fn several_states_of_a_reservation_come_in_time_order() {
    let client = Client::start(0).await;
    let state = |status: u8| format!(r#"{{"requestId":"$request","serialNumber":"X-1","orderStatus":{status}}}"#);
    client.simulator.insert_records(vec![state(1), state(2)]);
    client.simulator.insert_records(vec![state(5)]);
    let records = client.pull().await;
    let states: Vec<_> = records.iter().map(|record| record["orderStatus"].as_u64().unwrap()).collect();
    assert_eq!(states, [1, 2, 5]);
    assert_eq!(records[2]["requestId"].as_str().unwrap().len(), 32);
    client.call("callback", json!({"serialNumber": "X-1"})).await;
    assert_eq!(client.simulator.unacknowledged(), 0);
}

#[tokio::test]
async fn inserted_texts_are_delivered_as_they_are() {
    let client = Client::start(0).await;
    let text = r#"{ "requestId":"given",  "examinationFee" : 1e2, "name":"\u0000" }"#;
    client.simulator.insert_records(vec![text.to_owned()]);
    assert!(client.text("order", json!({})).await.contains(text));
    client.simulator.insert_body(b"anything".to_vec());
    assert_eq!(client.raw("order").await, (StatusCode::OK, b"anything".to_vec()));
    assert_eq!(client.simulator.unacknowledged(), 1);
}

#[tokio::test]
async fn a_correction_takes_the_place_of_the_defective_record() {
    let mut options = options(30);
    options.generator = GeneratorOptions { reservations: 30, changes: 0.0, defects: 1.0, ..options.generator };
    options.generator.new_per_night = 0;
    let client = Client::start_with(options).await;
    let defective = client.pull().await;
    (0..3).for_each(|_| client.simulator.advance_night());
    let corrected = client.pull().await;
    assert_eq!(corrected.len(), 30);
    let numbers = |records| serial_numbers(records).into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(numbers(&defective), numbers(&corrected));
    assert!(corrected.iter().all(|record| record["hospitalCode"].is_string() && record["orderStatus"] == 1));
}

#[tokio::test]
async fn wrong_credentials_get_no_token() {
    let client = Client::start(0).await;
    let answer = client.call("token", json!({"apikey": "simulated-api-key", "secret": "guess"})).await;
    assert_eq!((&answer["code"], &answer["success"]), (&json!(50003), &json!(false)));
}

#[tokio::test]
async fn tokens_expire_and_look_like_those_of_the_document() {
    let mut client = Client::start(0).await;
    assert_eq!(client.token.split('.').count(), 3);
    client.simulator.expire_tokens();
    assert_eq!(client.call("order", json!({})).await["code"], 50001);
    client.token = client.fetch_token().await;
    assert_eq!(client.call("order", json!({})).await["code"], 200);

    let short = Client::start_with(SimulatorOptions { token_lifetime: Duration::ZERO, ..options(0) }).await;
    assert_eq!(short.call("order", json!({})).await["code"], 50001);
}

#[tokio::test]
async fn arrivals_need_a_reservation_and_are_recorded() {
    let client = Client::start(2).await;
    client.call("arrival", json!({"serialNumber": "ZJ109-000001", "arriveDate": "2026-01-08 08:00:00"})).await;
    client.call("arrival", json!({"serialNumber": "ZJ109-000000"})).await;
    assert_eq!(client.call("arrival", json!({"serialNumber": "nobody"})).await["code"], 50002);
    assert_eq!(client.call("arrival", json!({})).await["code"], 50002);
    let dates: Vec<_> = client.simulator.arrivals().into_iter().map(|arrival| arrival.arrive_date).collect();
    assert_eq!(dates, [Some("2026-01-08 08:00:00".to_owned()), None]);
}

#[tokio::test]
async fn raw_bodies_and_any_form_field_are_read_unless_one_is_named() {
    let strict = SimulatorOptions { form_field: Some("data".to_owned()), ..options(1) };
    for (options, other_field_code) in [(options(1), 200), (strict, 50002)] {
        let client = Client::start_with(options).await;
        client.pull().await;
        let text = client.cipher.encrypt(br#"{"serialNumber":"ZJ109-000000"}"#);
        let post = || {
            let url = format!("{}/reservation/sync/callback", client.simulator.url());
            client.http.post(url).header("ACCESS-TOKEN", &client.token)
        };
        for (request, code) in
            [(post().body(text.clone()), 200), (post().form(&[("params", text.as_str())]), other_field_code)]
        {
            let body = request.send().await.unwrap().bytes().await.unwrap();
            let answer: Value = serde_json::from_slice(&client.cipher.decrypt(&body).unwrap()).unwrap();
            assert_eq!(answer["code"], code);
        }
    }
}

#[tokio::test]
async fn refusals_can_be_plain() {
    let client = Client::start_with(SimulatorOptions { failure_form: FailureForm::Plain, ..options(1) }).await;
    let (_, body) = client.raw("callback").await;
    assert!(body.starts_with(r#"{"code":50002"#.as_bytes()));
}

#[tokio::test]
async fn the_log_says_what_was_acknowledged_and_when() {
    let client = Client::start(2).await;
    let records = client.pull().await;
    client.call("callback", json!({"serialNumber": "ZJ109-000001"})).await;
    client.call("callback", json!({"requestId": request_id(&records)})).await;
    let log = client.simulator.log();
    assert_eq!(log.iter().map(|entry| entry.order).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(log[1].key.as_deref(), request_id(&records).as_str());
    assert_eq!((log[1].endpoint, log[1].records, log[1].outcome), (Endpoint::Order, 2, Outcome::Answered));
    assert_eq!(
        (log[2].key.as_deref(), &log[2].serial_numbers[..]),
        (Some("ZJ109-000001"), &["ZJ109-000001".to_owned()][..])
    );
    assert_eq!(
        (log[3].key.as_deref(), &log[3].serial_numbers[..]),
        (request_id(&records).as_str(), &["ZJ109-000000".to_owned()][..])
    );
    assert!(log.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
}

#[tokio::test]
async fn a_streamed_answer_of_20_000_decrypts_and_parses() {
    let client = Client::start(20_000).await;
    let response = client.request("order", json!({})).send().await.unwrap();
    assert!(response.content_length().is_none(), "the answer is not a stream");
    let text = client.cipher.decrypt(&response.bytes().await.unwrap()).unwrap();
    let answer: Value = serde_json::from_slice(&text).unwrap();
    let records = answer["result"].as_array().unwrap();
    assert_eq!(records.len(), 20_000);
    assert_eq!(records[19_999]["serialNumber"], "ZJ109-019999");
}

#[tokio::test]
async fn control_routes_do_what_the_methods_do() {
    let client = Client::start(3).await;
    let (_, counts) = client.control("night", &Value::Null).await;
    assert_eq!((&counts["night"], &counts["reservations"]), (&json!(1), &json!(8)));
    let records = json!([{"requestId": "$request", "serialNumber": "X-1"}]);
    assert_eq!(client.control("records", &records).await.1, json!({"inserted": 1}));
    assert_eq!(client.control("records", &json!({})).await.0, StatusCode::BAD_REQUEST);
    client.control("faults", &json!({"endpoint": "order", "fault": "http-503", "times": 1})).await;
    assert_eq!(client.raw("order").await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(client.control("faults", &json!({"endpoint": "order", "fault": "x"})).await.0, StatusCode::BAD_REQUEST);
    let last = client.pull().await.pop().unwrap();
    assert_eq!(last["requestId"].as_str().unwrap().len(), 32);

    let get = async |route: &str| -> Value {
        let url = format!("{}/simulator/{route}", client.simulator.url());
        serde_json::from_slice(&client.http.get(url).send().await.unwrap().bytes().await.unwrap()).unwrap()
    };
    assert_eq!(get("state").await["unacknowledged"], client.simulator.unacknowledged());
    assert_eq!(get("log").await[1]["outcome"], json!({"failed": "http-503"}));
}

#[tokio::test]
async fn an_answer_prepared_beforehand_is_the_next_one() {
    let client = Client::start(20).await;
    assert_eq!(client.control("answer", &Value::Null).await.1, json!({"prepared": 20}));
    client.simulator.advance_night();
    let prepared = client.pull().await;
    assert_eq!(prepared.len(), 20);
    // It is a delivery like any other: what it held can be acknowledged, by its requestId and one by one.
    client.call("callback", json!({"serialNumber": serial_numbers(&prepared)[0]})).await;
    let pending = client.simulator.unacknowledged();
    client.call("callback", json!({"requestId": request_id(&prepared)})).await;
    assert_eq!(client.simulator.unacknowledged(), pending - 19);
    assert_eq!(client.pull().await.len(), client.simulator.unacknowledged());
}

#[tokio::test]
async fn after_stopping_connections_are_refused() {
    let client = Client::start(1).await;
    client.simulator.arm(Endpoint::Order, Fault::Hang, 1);
    let hanging = tokio::spawn(client.request("order", json!({})).send());
    client.wait_for_calls(2).await;
    let request = client.request("order", json!({}));
    client.simulator.stop().await;
    assert!(request.send().await.unwrap_err().is_connect());
    assert_eq!(hanging.await.unwrap().unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn only_loopback_unless_told_otherwise() {
    let listen: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let error = Simulator::start(SimulatorOptions { listen, ..options(0) }).await.err().unwrap();
    assert!(matches!(error, SimulatorError::NotLoopback(address) if address == listen));
    let exposed = SimulatorOptions { listen, exposure: Exposure::AnyAddress, ..options(0) };
    Simulator::start(exposed).await.unwrap().stop().await;
}
