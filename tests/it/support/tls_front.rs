//! TLS in front of a server that speaks none: the simulator, and PostgreSQL where its programs are built without.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};

use crate::support::Issued;

/// What is said before TLS begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    Nothing,
    /// PostgreSQL's: a request of eight bytes, and `S` for yes.
    SslRequest,
}

/// Listens on a port of loopback until it is dropped.
pub struct TlsFront {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl TlsFront {
    /// Listens on this address, and passes on to the server `behind` what comes encrypted.
    pub async fn start(address: SocketAddr, behind: String, opening: Opening, issued: &Issued) -> TlsFront {
        let certificate = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
        // Not asked whether the key is the certificate's: a server may also pretend.
        let key = aws_lc_rs::sign::any_supported_type(&key).unwrap();
        let certified = CertifiedKey::new(vec![certificate], key);
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(pass_on(stream, acceptor.clone(), behind.clone(), opening));
            }
        });
        TlsFront { address, connections, task }
    }

    /// Connections so far, those that ended before they were encrypted among them.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass_on(mut stream: TcpStream, acceptor: TlsAcceptor, behind: String, opening: Opening) {
    let mut server = TcpStream::connect(behind).await.unwrap();
    if opening == Opening::SslRequest {
        let mut request = [0; 8];
        stream.read_exact(&mut request).await.unwrap();
        if request != [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f] {
            // Somebody who wants no TLS.
            server.write_all(&request).await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut server).await;
            return;
        }
        stream.write_all(b"S").await.unwrap();
    }
    // Who does not trust us hangs up here.
    let Ok(mut client) = acceptor.accept(stream).await else { return };
    let _ = copy_bidirectional(&mut client, &mut server).await;
}
