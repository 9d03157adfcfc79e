//! Every fault, seen from the client's side of the wire.

use super::*;

async fn client(fault: Fault) -> Client {
    let client = Client::start_with(SimulatorOptions { slow_pause: Duration::from_millis(1), ..options(1) }).await;
    client.simulator.arm(Endpoint::Order, fault, 1);
    client
}

/// The fault is gone with its call, and the record is still there.
async fn assert_over(client: &Client) {
    assert_eq!(client.pull().await.len(), 1);
}

#[tokio::test]
async fn http_statuses_and_pages_come_instead_of_the_answer() {
    for (fault, status) in
        [(Fault::Http(503), 503), (Fault::Http(404), 404), (Fault::Garbage, 200), (Fault::EffectThen502, 502)]
    {
        let client = client(fault).await;
        let (seen, body) = client.raw("order").await;
        assert_eq!(seen.as_u16(), status);
        assert!(body.starts_with(b"<!DOCTYPE html>"));
        assert_over(&client).await;
    }
}

#[tokio::test]
async fn empty_and_plain_failures_are_as_the_document_has_them() {
    for (fault, expected) in
        [(Fault::Empty, ""), (Fault::PlainFailure, r#"{"code":500,"message":"数据有误，请联系平台"}"#)]
    {
        let client = client(fault).await;
        assert_eq!(client.raw("order").await, (StatusCode::OK, expected.as_bytes().to_vec()));
        assert_over(&client).await;
    }
}

#[tokio::test]
async fn failure_codes_are_encrypted() {
    for (fault, code) in [(Fault::EncryptedFailure, 50002), (Fault::ExpiredToken, 50001)] {
        let client = client(fault).await;
        assert_eq!(client.call("order", json!({})).await["code"], code);
        assert_over(&client).await;
    }
}

#[tokio::test]
async fn a_truncated_body_has_a_length_that_agrees_and_does_not_decrypt() {
    let client = client(Fault::Truncated).await;
    let response = client.request("order", json!({})).send().await.unwrap();
    let length = response.content_length();
    let body = response.bytes().await.unwrap();
    assert_eq!(length, Some(body.len() as u64));
    assert!(body.len() > 100 && client.cipher.decrypt(&body).is_err());
    assert_over(&client).await;
}

#[tokio::test]
async fn a_disconnect_ends_a_body_before_its_length() {
    let client = client(Fault::Disconnect).await;
    let mut response = client.request("order", json!({})).send().await.unwrap();
    let promised = response.content_length().unwrap();
    let mut received = 0;
    let error = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => received += chunk.len() as u64,
            Ok(None) => panic!("the body ended as if it were whole"),
            Err(error) => break error,
        }
    };
    assert!(received > 0 && received < promised, "{received} of {promised}: {error}");
    assert_over(&client).await;
}

#[tokio::test]
async fn wrong_key_and_bad_padding_do_not_decrypt() {
    for fault in [Fault::WrongKey, Fault::BadPadding] {
        let client = client(fault).await;
        let (status, body) = client.raw("order").await;
        assert_eq!((status, client.cipher.decrypt(&body)), (StatusCode::OK, Err(CipherError::Padding)), "{fault}");
        assert_over(&client).await;
    }
}

#[tokio::test]
async fn envelopes_are_bent() {
    type Check = fn(&Value) -> bool;
    let checks: [(Fault, Check); 5] = [
        (Fault::NullResult, |answer| answer["result"].is_null() && answer.get("result").is_some()),
        (Fault::MissingResult, |answer| answer.get("result").is_none()),
        (Fault::StringCode, |answer| answer["code"] == "200"),
        (Fault::TimestampAbsent, |answer| answer.get("timestamp").is_none() && answer["result"].is_array()),
        (Fault::ResultAsString, |answer| {
            let records: Vec<Value> = serde_json::from_str(answer["result"].as_str().unwrap()).unwrap();
            records.len() == 1
        }),
    ];
    for (fault, is_bent) in checks {
        let client = client(fault).await;
        assert!(is_bent(&client.call("order", json!({})).await), "{fault}");
        assert_over(&client).await;
    }
}

#[tokio::test]
async fn a_plain_success_is_plain() {
    let client = client(Fault::PlainSuccess).await;
    let answer: Value = serde_json::from_slice(&client.raw("order").await.1).unwrap();
    assert_eq!(answer["result"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_slow_answer_trickles_and_is_whole() {
    let client = client(Fault::Slow).await;
    let mut response = client.request("order", json!({})).send().await.unwrap();
    let first = response.chunk().await.unwrap().unwrap();
    assert_eq!(first.len(), 16);
    let mut body = first.to_vec();
    while let Some(chunk) = response.chunk().await.unwrap() {
        body.extend_from_slice(&chunk);
    }
    assert!(client.cipher.decrypt(&body).is_ok());
}

#[tokio::test]
async fn a_hanging_call_is_never_answered() {
    let client = client(Fault::Hang).await;
    let hanging = tokio::spawn(client.request("order", json!({})).send());
    client.wait_for_calls(2).await;
    assert_over(&client).await;
    assert!(!hanging.is_finished());
    hanging.abort();
}

#[tokio::test]
async fn a_callback_takes_effect_although_its_answer_is_lost() {
    for fault in [Fault::EffectThen502, Fault::WrongKey, Fault::Truncated] {
        let client = Client::start(1).await;
        let records = client.pull().await;
        client.simulator.arm(Endpoint::Callback, fault, 1);
        let parameters = json!({"requestId": request_id(&records)});
        client.request("callback", parameters.clone()).send().await.unwrap();
        assert_eq!(client.simulator.unacknowledged(), 0);
        assert_eq!(client.simulator.log()[2].outcome, Outcome::AnsweredWith(fault));
        assert_eq!(client.call("callback", parameters).await["code"], 200, "acknowledging again is fine");
    }
}

#[tokio::test]
async fn a_kind_platform_does_not_take_a_lost_delivery_as_received() {
    let options = SimulatorOptions { callbacks: Callbacks::KIND, ..options(1) };
    let client = Client::start_with(options).await;
    client.simulator.arm(Endpoint::Order, Fault::Truncated, 1);
    client.raw("order").await;
    client.call("callback", json!({"serialNumber": "ZJ109-000000"})).await;
    assert_eq!(client.simulator.unacknowledged(), 1);
}

#[tokio::test]
async fn the_token_endpoint_can_hand_out_a_dead_token() {
    let mut client = Client::start(0).await;
    client.simulator.arm(Endpoint::Token, Fault::ExpiredToken, 1);
    client.token = client.fetch_token().await;
    assert_eq!(client.call("order", json!({})).await["code"], 50001);
    client.token = client.fetch_token().await;
    assert_eq!(client.call("order", json!({})).await["code"], 200);
}

#[tokio::test]
async fn a_busy_platform_asks_to_wait_and_a_redirect_leads_elsewhere() {
    for (fault, status, header, value) in
        [(Fault::Busy, 429, "Retry-After", "1"), (Fault::Redirect, 307, "Location", "http://127.0.0.1:9/")]
    {
        let client = client(fault).await;
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let response = http.post(format!("{}/reservation/sync/order", client.simulator.url())).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert!(response.headers()[header].to_str().unwrap().starts_with(value), "{fault}");
        assert_over(&client).await;
    }
}

#[tokio::test]
async fn chunks_that_are_cut_off_are_no_end() {
    let client = client(Fault::CutChunks).await;
    let response = client.request("order", json!({})).send().await.unwrap();
    assert_eq!(response.content_length(), None);
    assert!(response.bytes().await.is_err());
    assert_over(&client).await;
}

#[tokio::test]
async fn a_dripping_answer_has_no_end() {
    let client = client(Fault::Drip).await;
    let mut response = client.request("order", json!({})).send().await.unwrap();
    let mut breaks = 0;
    while breaks < 20 {
        breaks += usize::from(response.chunk().await.unwrap().unwrap() == "\n");
    }
    assert_over(&client).await;
}

#[tokio::test]
async fn garbage_follows_the_envelope_in_the_ciphertext() {
    let client = client(Fault::TrailingGarbage).await;
    let text = client.text("order", json!({})).await;
    assert!(text.ends_with("}<!-- gateway -->"), "{text}");
    assert_over(&client).await;
}

#[tokio::test]
async fn compressed_answers_are_labelled_and_false_and_huge_ones_too() {
    use std::io::Read;

    for fault in [Fault::Gzip, Fault::FalseGzip, Fault::GzipBomb] {
        let client = client(fault).await;
        // A client that decompresses nothing.
        let http = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
        let request = client.request("order", json!({})).build().unwrap();
        let response = http.execute(request).await.unwrap();
        assert_eq!(response.headers()["Content-Encoding"], "gzip", "{fault}");
        let body = response.bytes().await.unwrap();
        let mut bytes = Vec::new();
        let outcome = flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut bytes);
        match fault {
            Fault::Gzip => assert!(client.cipher.decrypt(&bytes).is_ok()),
            Fault::FalseGzip => assert!(outcome.is_err() && client.cipher.decrypt(&body).is_ok()),
            _ => assert!(body.len() < 1 << 20 && bytes.len() == 4 << 20, "{} {}", body.len(), bytes.len()),
        }
        assert_over(&client).await;
    }
}

#[tokio::test]
async fn a_callback_that_is_never_answered_takes_effect() {
    let client = Client::start(1).await;
    let records = client.pull().await;
    client.simulator.arm(Endpoint::Callback, Fault::EffectThenHang, 1);
    let parameters = json!({"requestId": request_id(&records)});
    let hanging = tokio::spawn(client.request("callback", parameters).send());
    client.wait_for_calls(3).await;
    assert_eq!(client.simulator.unacknowledged(), 0);
    assert!(!hanging.is_finished());
    hanging.abort();
}

#[tokio::test]
async fn records_of_one_delivery_are_dealt_out_to_several_requests() {
    let client = Client::start_with(SimulatorOptions { requests_per_delivery: 3, ..options(7) }).await;
    let records = client.pull().await;
    let ids: BTreeSet<String> = records.iter().map(|record| record["requestId"].to_string()).collect();
    assert_eq!((records.len(), ids.len()), (7, 3));
    assert_eq!(client.call("callback", json!({"requestId": request_id(&records)})).await["code"], 200);
    assert_eq!(serial_numbers(&client.pull().await), serial_numbers(&[&records[1..3], &records[4..6]].concat()));
}
