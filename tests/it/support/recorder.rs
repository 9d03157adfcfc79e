//! A platform that writes down every request as it came, and answers as the test says: for what the simulator is too
//! well-behaved to do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tijian::platform::cipher::Cipher;
use tijian::simulator::Credentials;

use crate::support::Hospital;

/// The token that the recorder gives out.
pub const TOKEN: &str = "eyJ.recorded-token+/=.s";

/// A request, byte for byte.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub method: Method,
    /// The last part of the path: `token`, `order`, `callback`.
    pub endpoint: String,
    pub query: Option<String>,
    pub headers: HeaderMap,
    pub body: String,
}

impl Recorded {
    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The form's fields, decoded.
    pub fn fields(&self) -> Vec<(String, String)> {
        let url = reqwest::Url::parse(&format!("http://form/?{}", self.body)).unwrap();
        url.query_pairs().into_owned().collect()
    }

    /// The parameters in clear, from a form of one field.
    pub fn parameters(&self) -> String {
        let [(_, ciphertext)] = &self.fields()[..] else { panic!("one field: {}", self.body) };
        String::from_utf8(cipher().decrypt(ciphertext.as_bytes()).unwrap()).unwrap()
    }
}

/// What a call is answered with, instead of a success without records. Keyed by endpoint; used up in order.
type Script = HashMap<&'static str, Vec<Response>>;

/// The recording platform, on a free port of loopback, until its runtime ends.
pub struct Recorder {
    pub url: String,
    requests: Arc<Mutex<Vec<Recorded>>>,
    script: Arc<Mutex<Script>>,
}

impl Recorder {
    pub async fn start() -> Recorder {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (requests, script) = (Arc::default(), Arc::default());
        let recorder = Recorder { url, requests: Arc::clone(&requests), script: Arc::clone(&script) };
        let router = Router::new().fallback(async move |request: Request| answer(request, &requests, &script).await);
        tokio::spawn(async { axum::serve(listener, router).await });
        recorder
    }

    /// A hospital that calls this platform, with one try per call.
    pub async fn hospital(&self) -> Hospital {
        let mut hospital = Hospital::new().await;
        let simulator = hospital.simulator.url();
        hospital.redefine(|text| text.replace(&simulator, &self.url));
        hospital.hurry(1);
        hospital
    }

    /// Answers the next call of `endpoint` that nothing else is waiting for.
    pub fn answer(&self, endpoint: &'static str, response: impl IntoResponse) {
        self.script.lock().unwrap().entry(endpoint).or_default().push(response.into_response());
    }

    /// Forgets answers that nobody has asked for.
    pub fn forget(&self, endpoint: &'static str) {
        self.script.lock().unwrap().remove(endpoint);
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap().clone()
    }

    /// Requests of one kind so far.
    pub fn requests_of(&self, endpoint: &str) -> Vec<Recorded> {
        self.requests().into_iter().filter(|request| request.endpoint == endpoint).collect()
    }
}

/// The cipher that the hospital of the tests and its platform share.
pub fn cipher() -> Cipher {
    Cipher::new(&Credentials::default().aes_key).unwrap()
}

/// An envelope, encrypted.
pub fn encrypted(envelope: &str) -> String {
    cipher().encrypt(envelope.as_bytes())
}

async fn answer(request: Request, requests: &Mutex<Vec<Recorded>>, script: &Mutex<Script>) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let endpoint = head.uri.path().rsplit('/').next().unwrap().to_owned();
    requests.lock().unwrap().push(Recorded {
        method: head.method,
        endpoint: endpoint.clone(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    if let Some(waiting) = script.lock().unwrap().get_mut(endpoint.as_str())
        && !waiting.is_empty()
    {
        return waiting.remove(0);
    }
    let result = match endpoint.as_str() {
        "token" => format!(r#"{{"expire":86400000,"token":"{TOKEN}"}}"#),
        "order" => "[]".to_owned(),
        "callback" => "null".to_owned(),
        _ => return (StatusCode::NOT_FOUND, Body::empty()).into_response(),
    };
    encrypted(&format!(
        r#"{{"code":200,"message":"操作成功","success":true,"result":{result},"timestamp":1767636000000}}"#
    ))
    .into_response()
}
