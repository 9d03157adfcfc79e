//! The other end of a connection: as much of PostgreSQL's protocol as one COPY needs, and the bytes that it was sent.

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, NoTls};

/// Bytes in flight. A COPY of the fuzzer has fewer; more would only wait.
const PIPE_BYTES: usize = 1 << 20;

/// A client, and what its COPY will have sent once it is gone.
pub(super) async fn connect(columns: usize) -> (Client, JoinHandle<Vec<u8>>) {
    let (near, far) = tokio::io::duplex(PIPE_BYTES);
    let server = tokio::spawn(serve(far, columns as u16));
    let (client, connection) = Config::new().user("fuzz").connect_raw(near, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    (client, server)
}

async fn serve(mut stream: DuplexStream, columns: u16) -> Vec<u8> {
    let length = stream.read_u32().await.expect("the start");
    let mut start = vec![0; length as usize - 4];
    stream.read_exact(&mut start).await.expect("the start");
    send(&mut stream, &[(b'R', &[0; 4]), (b'Z', b"I")]).await;

    let (mut copied, mut is_copying) = (Vec::new(), false);
    // Until the client hangs up.
    while let Ok(kind) = stream.read_u8().await {
        let length = stream.read_u32().await.expect("a message");
        let mut message = vec![0; length as usize - 4];
        stream.read_exact(&mut message).await.expect("a message");
        match kind {
            b'P' => send(&mut stream, &[(b'1', b"")]).await,
            // A statement without parameters and without rows.
            b'D' => send(&mut stream, &[(b't', &[0; 2]), (b'n', b"")]).await,
            b'B' => send(&mut stream, &[(b'2', b"")]).await,
            b'E' => {
                is_copying = true;
                // Binary, and so every column.
                let mut formats = vec![1];
                formats.extend(columns.to_be_bytes());
                formats.extend((0..columns).flat_map(|_| [0, 1]));
                send(&mut stream, &[(b'G', &formats)]).await;
            }
            b'd' => copied.extend(message),
            b'c' => {
                is_copying = false;
                send(&mut stream, &[(b'C', b"COPY 0\0")]).await;
            }
            b'C' => send(&mut stream, &[(b'3', b"")]).await,
            b'S' if !is_copying => send(&mut stream, &[(b'Z', b"I")]).await,
            b'S' => {}
            b'X' => break,
            other => panic!("a COPY does not send {}", char::from(other)),
        }
    }
    copied
}

async fn send(stream: &mut DuplexStream, messages: &[(u8, &[u8])]) {
    for (kind, message) in messages {
        let head = [&[*kind][..], &(message.len() as u32 + 4).to_be_bytes()].concat();
        // The client may be gone.
        let _ = stream.write_all(&[&head, *message].concat()).await;
    }
}
