//! What goes out to the platform: the form of every request, where the token travels, and where it must never go.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::support::{Hospital, Recorded, Recorder, TOKEN, cipher, encrypted, marked_record};

/// One night of one record, against a platform that writes everything down.
async fn requests_of_a_night(recorder: &Recorder, hospital: &Hospital, request_id: &str) -> Vec<Recorded> {
    let record = marked_record("M-1", &format!(r#""requestId":"{request_id}""#));
    recorder.answer(
        "order",
        encrypted(&format!(r#"{{"code":200,"success":true,"result":[{record}],"timestamp":1767636000000}}"#)),
    );
    let before = recorder.requests().len();
    assert_eq!(hospital.run_well().await.acknowledged, 1);
    recorder.requests().split_off(before)
}

/// A requestId whose callback's ciphertext needs escaping in a form: it holds `+`, `/` and `=`.
fn awkward_request_id() -> String {
    let has_all = |text: &str| ['+', '/', '='].iter().all(|sign| text.contains(*sign));
    let ids = (0..1000).map(|number| format!("batch-{number}"));
    ids.into_iter().find(|id| has_all(&cipher().encrypt(callback_of(id).as_bytes()))).unwrap()
}

fn callback_of(request_id: &str) -> String {
    format!(r#"{{"requestId":"{request_id}"}}"#)
}

const TOKEN_PARAMETERS: &str = r#"{"apikey":"simulated-api-key","secret":"simulated-secret"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn parameters_travel_encrypted_in_one_form_field() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    let id = awkward_request_id();
    let [token, order, callback] = &requests_of_a_night(&recorder, &hospital, &id).await[..] else {
        panic!("three calls")
    };
    for (request, endpoint, parameters) in
        [(token, "token", TOKEN_PARAMETERS), (callback, "callback", &callback_of(&id))]
    {
        assert_eq!(request.endpoint, endpoint);
        assert_eq!(request.header("Content-Type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(request.fields()[0].0, "data");
        assert_eq!(request.parameters(), parameters);
        // No sign of Base64 may stand in a form as it is.
        let value = request.body.strip_prefix("data=").unwrap();
        assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'%'), "{value}");
    }
    assert!(["%2B", "%2F", "%3D"].iter().all(|escaped| callback.body.contains(escaped)), "{}", callback.body);
    assert_empty_order(order, "application/x-www-form-urlencoded");
}

/// An order has no parameters; what it would have them in is said all the same, since gateways refuse it otherwise (415).
fn assert_empty_order(order: &Recorded, content_type: &str) {
    assert_eq!(order.endpoint, "order");
    assert_eq!((order.body.as_str(), order.header("Content-Length")), ("", Some("0")));
    assert_eq!(order.header("Content-Type"), Some(content_type));
    assert_eq!(order.headers.get_all("Content-Type").iter().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_field_is_the_pipelines_choice() {
    let recorder = Recorder::start().await;
    let mut hospital = recorder.hospital().await;
    hospital.redefine(|text| text.replace("[contract]", "form_field = \"参数 &=\"\n[contract]"));
    let requests = requests_of_a_night(&recorder, &hospital, "R-1").await;
    for (request, parameters) in [(&requests[0], TOKEN_PARAMETERS), (&requests[2], &callback_of("R-1"))] {
        assert_eq!(request.fields()[0].0, "参数 &=");
        assert_eq!(request.parameters(), parameters);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raw_request_is_the_ciphertext_itself() {
    let recorder = Recorder::start().await;
    let mut hospital = recorder.hospital().await;
    hospital.redefine(|text| text.replace("[contract]", "request_body = \"raw\"\n[contract]"));
    let id = awkward_request_id();
    let requests = requests_of_a_night(&recorder, &hospital, &id).await;
    for (request, parameters) in [(&requests[0], TOKEN_PARAMETERS), (&requests[2], &callback_of(&id))] {
        assert_eq!(request.body, cipher().encrypt(parameters.as_bytes()));
        assert_eq!(request.header("Content-Type"), Some("text/plain; charset=utf-8"));
    }
    assert_empty_order(&requests[1], "text/plain; charset=utf-8");
    // The simulator takes it, too.
    let mut hospital = Hospital::new().await;
    hospital.redefine(|text| text.replace("[contract]", "request_body = \"raw\"\n[contract]"));
    hospital.simulator.insert_records(vec![marked_record("M-1", "")]);
    assert_eq!(hospital.run_well().await.acknowledged, 1);
    assert_eq!(hospital.run_well().await.counts.received, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ciphertext_is_written_as_the_pipeline_says() {
    let id = awkward_request_id();
    let ciphertext = cipher().encrypt(callback_of(&id).as_bytes());
    let url_safe = ciphertext.replace('+', "-").replace('/', "_");
    let recorder = Recorder::start().await;
    for (settings, expected) in [
        ("request_quotes = true", format!("\"{ciphertext}\"")),
        ("request_base64 = \"url-safe\"", url_safe.clone()),
        ("request_quotes = true\nrequest_base64 = \"url-safe\"", format!("\"{url_safe}\"")),
        ("request_quotes = false\nrequest_base64 = \"standard\"", ciphertext.clone()),
    ] {
        for body in ["form", "raw"] {
            let keys = format!("request_body = \"{body}\"\n{settings}\n[contract]");
            let mut hospital = recorder.hospital().await;
            hospital.redefine(|text| text.replace("[contract]", &keys));
            let requests = requests_of_a_night(&recorder, &hospital, &id).await;
            let sent = |request: &Recorded| match body {
                "form" => request.fields().remove(0).1,
                _ => request.body.clone(),
            };
            assert_eq!(sent(&requests[2]), expected, "{keys}");
            let token = cipher().decrypt(sent(&requests[0]).as_bytes()).unwrap();
            assert_eq!(String::from_utf8(token).unwrap(), TOKEN_PARAMETERS, "{keys}");
            // The simulator takes it, too.
            let mut hospital = Hospital::new().await;
            hospital.redefine(|text| text.replace("[contract]", &keys));
            hospital.simulator.insert_records(vec![marked_record("M-1", "")]);
            assert_eq!(hospital.run_well().await.acknowledged, 1, "{keys}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_travels_in_its_header_and_nowhere_else() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    let requests = requests_of_a_night(&recorder, &hospital, "R-1").await;
    let agent = format!("tijian/{}", env!("CARGO_PKG_VERSION"));
    for request in &requests {
        assert_eq!(request.method, "POST");
        assert_eq!(request.query, None);
        assert_eq!(request.header("User-Agent"), Some(agent.as_str()));
        let expected = (request.endpoint != "token").then_some(TOKEN);
        assert_eq!(request.header("ACCESS-TOKEN"), expected, "{}", request.endpoint);
        let others = request.headers.iter().filter(|(name, _)| *name != "access-token");
        assert!(others.into_iter().all(|(_, value)| !value.to_str().unwrap().contains(TOKEN)));
        for secret in [TOKEN, "eyJ", "simulated-api-key", "simulated-secret", "simulated-aeskey", "标记姓名"] {
            assert!(!request.body.contains(secret), "{}", request.endpoint);
            assert!(request.body.is_empty() || request.endpoint == "token" || !request.parameters().contains(secret));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed() {
    let elsewhere = Recorder::start().await;
    for endpoint in ["token", "order", "callback"] {
        let recorder = Recorder::start().await;
        let hospital = recorder.hospital().await;
        for status in [301, 302, 303, 307, 308] {
            let record = marked_record(&format!("M-{status}"), &format!(r#""requestId":"R-{status}""#));
            let order = format!(r#"{{"code":200,"success":true,"result":[{record}],"timestamp":1767636000000}}"#);
            let location = format!("{}/reservation/sync/{endpoint}", elsewhere.url);
            if endpoint == "callback" {
                recorder.answer("order", encrypted(&order));
            }
            recorder.answer(endpoint, (StatusCode::from_u16(status).unwrap(), [("Location", location)]));
            let report = hospital.run().await;
            let words = hospital.words(&report).await;
            assert_eq!(report.exit_code().status(), if endpoint == "callback" { 4 } else { 1 }, "{words}");
            let said = format!(
                "the platform answered /reservation/sync/{endpoint} with HTTP status {status}, which points to http at 127.0.0.1"
            );
            assert!(words.contains(&said) && !words.contains(&elsewhere.url), "{words}");
            hospital.run_well().await;
        }
        hospital.database.assert_sound().await;
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

/// By them, a load balancer finds the server that knows the token.
#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_kept_for_the_run_and_no_longer() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    let token =
        encrypted(&format!(r#"{{"code":200,"success":true,"result":{{"expire":86400000,"token":"{TOKEN}"}}}}"#));
    recorder.answer("token", ([("Set-Cookie", "route=node-7; Path=/; HttpOnly")], token));
    let requests = requests_of_a_night(&recorder, &hospital, "R-1").await;
    let cookies: Vec<_> = requests.iter().map(|request| request.header("Cookie")).collect();
    assert_eq!(cookies, [None, Some("route=node-7"), Some("route=node-7")]);
    let requests = requests_of_a_night(&recorder, &hospital, "R-2").await;
    assert!(requests.iter().all(|request| request.header("Cookie").is_none()), "the next run begins without");
}

/// What a gateway says in the platform's place, each with the way out of its own.
#[tokio::test(flavor = "multi_thread")]
async fn what_gateways_say_is_told_with_what_to_do() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    let page = "<!DOCTYPE html><html>please log in</html>";
    let login = [("Location", "https://login.invalid/sso?ticket=ticket-of-somebody")];
    let status = |code| StatusCode::from_u16(code).unwrap();
    let answers: [(Response, &str, &str, i32); 10] = [
        (
            (status(302), login, page).into_response(),
            "302, which points to https at login.invalid",
            "base_url leads to a log-in page",
            1,
        ),
        (status(304).into_response(), "with HTTP status 304", "base_url leads to a log-in page", 1),
        (status(405).into_response(), "with HTTP status 405", "does not accept POST", 1),
        (status(413).into_response(), "with HTTP status 413", "raise its limit", 1),
        (status(415).into_response(), "with HTTP status 415", "set request_body", 1),
        ((status(415), page).into_response(), "with HTTP status 415", "set request_body", 1),
        (page.into_response(), "the body is a web page", "in the platform's place", 1),
        ((status(403), page).into_response(), "with HTTP status 403", "in the platform's place", 1),
        (status(403).into_response(), "with HTTP status 403", "check the API key", 1),
        ((status(502), page).into_response(), "with HTTP status 502", "in the platform's place", 75),
    ];
    for (answer, said, what_to_do, code) in answers {
        recorder.answer("order", answer);
        let stderr = hospital.night(&[]).expect(code).stderr;
        assert!(stderr.contains(said) && stderr.contains(what_to_do), "{stderr}");
        assert!(!stderr.contains("ticket") && !stderr.contains("please log in"), "{stderr}");
    }
    hospital.database.assert_sound().await;
}
