//! A proxy as a hospital's network has one: it opens tunnels and passes plain requests on, once it has been told its login.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it was asked for, the method and whether it was done: `CONNECT true`.
type Asked = Arc<Mutex<Vec<String>>>;

/// Listens on a free port of loopback until it is dropped.
pub struct Proxy {
    pub address: SocketAddr,
    asked: Asked,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Wants this login.
    pub async fn start(user: &str, password: &str) -> Proxy {
        let login = STANDARD.encode(format!("{user}:{password}"));
        let expected = format!("proxy-authorization: basic {login}").to_lowercase();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Asked::default();
        let noted = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, expected.clone(), Arc::clone(&noted)));
            }
        });
        Proxy { address, asked, task }
    }

    /// What it was asked for since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, expected: String, asked: Asked) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let text = String::from_utf8(head.clone()).unwrap();
    let mut words = text.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let is_known = text.to_lowercase().lines().any(|line| line == expected);
    asked.lock().unwrap().push(format!("{method} {is_known}"));
    if !is_known {
        let refusal =
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
        let _ = stream.write_all(refusal.as_bytes()).await;
        return;
    }
    if method == "CONNECT" {
        let Ok(mut server) = TcpStream::connect(target).await else { return };
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
        let _ = copy_bidirectional(&mut stream, &mut server).await;
    } else {
        let url = reqwest::Url::parse(target).unwrap();
        let server = (url.host_str().unwrap(), url.port_or_known_default().unwrap());
        let Ok(mut server) = TcpStream::connect(server).await else { return };
        // A server takes the whole address in the first line as well (RFC 9112, 3.2.2).
        server.write_all(&head).await.unwrap();
        let _ = copy_bidirectional(&mut stream, &mut server).await;
    }
}
