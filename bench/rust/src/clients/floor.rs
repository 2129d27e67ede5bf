//! The lower bound: a prepared request with the same bytes as roomcast's, one write and one read per message.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use super::{Client, TIMEOUT};
use crate::Failure;
use crate::message::{PEER, ROOM, text};
use crate::send::Options;
use crate::serve::{RESPONSE, request_length};
use crate::work::Work;

pub struct Floor {
    stream: TcpStream,
    request: Vec<u8>,
}

impl Floor {
    pub fn new(options: &Options) -> Result<Self, Failure> {
        let address = options.url.strip_prefix("http://").and_then(|rest| rest.split('/').next());
        let address = address.ok_or("the floor supports only plain HTTP")?;
        if options.in_flight != 1 {
            return Err("the floor has one send in flight".into());
        }
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Floor { stream, request: record(address)? })
    }
}

impl Client for Floor {
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure> {
        let mut response = [0; 4096];
        while work.take().is_some() {
            self.stream.write_all(&self.request)?;
            let read = self.stream.read(&mut response)?;
            if !response[..read].starts_with(b"HTTP/1.1 200") {
                return Err("not a 200".into());
            }
        }
        Ok(())
    }

    fn version(&self) -> String {
        format!("one write of {} bytes, one read", self.request.len())
    }
}

/// The request that roomcast sends to the server at `address`, recorded by a listener.
fn record(address: &str) -> Result<Vec<u8>, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let own_address = listener.local_addr()?.to_string();
    let recorder = thread::spawn(move || -> Result<Vec<u8>, Failure> {
        let (mut stream, _) = listener.accept()?;
        let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
        while request_length(&request)?.is_none() {
            match stream.read(&mut buffer)? {
                0 => return Err("roomcast sent half a request".into()),
                read => request.extend_from_slice(&buffer[..read]),
            }
        }
        stream.write_all(RESPONSE)?;
        Ok(request)
    });
    let client = super::roomcast::client(&format!("http://{own_address}/v2"), None, 1)?;
    client.send_to_peer(ROOM, PEER, text(0))?;
    let request = recorder.join().expect("no thread panics")?;
    Ok(String::from_utf8(request)?.replacen(&own_address, address, 1).into_bytes())
}
