//! A pooler in transaction mode, as a hospital may have one before its server: a session keeps a connection for as long as a
//! transaction lasts, and what was used last is handed out first.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Connections to the server that no transaction holds.
type Pool = Arc<Mutex<Vec<UnixStream>>>;

/// Listens on loopback, for the server behind this socket, until the tests end.
pub fn start_pooler(socket: PathBuf) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let pool = Pool::default();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (socket, pool) = (socket.clone(), Arc::clone(&pool));
            // A client that goes away ends its thread.
            std::thread::spawn(move || serve(client, socket, &pool).ok());
        }
    });
    address
}

/// Listens on loopback for one server too, one connection for one, and writes `to` wherever a client's message says `from`: so a
/// server is asked for what it refuses. Both are of one length.
pub fn start_misquoting(socket: PathBuf, from: &'static str, to: &'static str) -> SocketAddr {
    assert_eq!(from.len(), to.len());
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let socket = socket.clone();
            std::thread::spawn(move || misquote(client, socket, from.as_bytes(), to.as_bytes()).ok());
        }
    });
    address
}

/// Listens on loopback, and refuses every login with this SQLSTATE and these words.
pub fn start_refusing(state: &'static str, message: &'static str) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let fields = format!("SFATAL\0VFATAL\0C{state}\0M{message}\0\0");
    let length = u32::try_from(fields.len() + 4).unwrap();
    let refusal = [b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            // A client that goes away is refused, too.
            let _ = read_startup(&mut client).and_then(|_| client.write_all(&refusal));
        }
    });
    address
}

fn misquote(mut client: TcpStream, socket: PathBuf, from: &[u8], to: &[u8]) -> io::Result<()> {
    let mut server = UnixStream::connect(socket)?;
    let (mut answers, mut back) = (server.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || {
        let _ = io::copy(&mut answers, &mut back);
        back.shutdown(std::net::Shutdown::Both)
    });
    server.write_all(&read_startup(&mut client)?)?;
    loop {
        let (_, mut message) = read_message(&mut client)?;
        while let Some(at) = message.windows(from.len()).position(|found| found == from) {
            message[at..at + to.len()].copy_from_slice(to);
        }
        server.write_all(&message)?;
    }
}

/// The first message of a client, which has no kind.
fn read_startup(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut startup = vec![0; 4];
    client.read_exact(&mut startup)?;
    let length = u32::from_be_bytes([startup[0], startup[1], startup[2], startup[3]]) as usize;
    startup.resize(length, 0);
    client.read_exact(&mut startup[4..])?;
    Ok(startup)
}

fn serve(mut client: TcpStream, socket: PathBuf, pool: &Pool) -> io::Result<()> {
    // Nobody is to be handed a connection of another login: the tests have one.
    let startup = read_startup(&mut client)?;
    let mut server = UnixStream::connect(socket)?;
    server.write_all(&startup)?;
    let mut held = answer(server, &mut client, pool)?;
    loop {
        let (kind, message) = read_message(&mut client)?;
        if kind == b'X' {
            return Ok(());
        }
        let mut server = match held.take() {
            Some(server) => server,
            None => pool.lock().unwrap().pop().ok_or(io::ErrorKind::NotFound)?,
        };
        server.write_all(&message)?;
        // A simple query, or the end of an extended one.
        held = if matches!(kind, b'Q' | b'S') { answer(server, &mut client, pool)? } else { Some(server) };
    }
}

/// Passes on what the server says until it is ready. In no transaction, it is free before the client hears of that; else it
/// is given back.
fn answer(mut server: UnixStream, client: &mut TcpStream, pool: &Pool) -> io::Result<Option<UnixStream>> {
    loop {
        let (kind, message) = read_message(&mut server)?;
        if kind == b'Z' {
            let held = match message.last() {
                Some(b'I') => {
                    pool.lock().unwrap().push(server);
                    None
                }
                _ => Some(server),
            };
            client.write_all(&message)?;
            return Ok(held);
        }
        client.write_all(&message)?;
    }
}

/// One message, with its kind and its length.
fn read_message(from: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut message = vec![0; 5];
    from.read_exact(&mut message)?;
    let length = u32::from_be_bytes([message[1], message[2], message[3], message[4]]) as usize;
    message.resize(length + 1, 0);
    from.read_exact(&mut message[5..])?;
    Ok((message[0], message))
}
