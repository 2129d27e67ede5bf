use std::sync::Arc;
use std::time::Duration;

use curl::easy::{Easy2, Handler, List, WriteError};
use curl::multi::{Easy2Handle, Multi};

use super::{Client, TIMEOUT};
use crate::Failure;
use crate::message::{Body, authorization, check, url};
use crate::send::Options;
use crate::work::Work;

/// Collects the response body.
struct Collected(Vec<u8>);

impl Handler for Collected {
    fn write(&mut self, data: &[u8]) -> Result<usize, WriteError> {
        self.0.extend_from_slice(data);
        Ok(data.len())
    }
}

/// One easy handle that is reused, or a multi handle with one easy handle per send in flight.
pub struct Libcurl {
    multi: Multi,
    idle: Vec<Easy2<Collected>>,
}

impl Libcurl {
    pub fn new(options: &Options) -> Result<Self, Failure> {
        let idle: Result<_, Failure> = (0..options.in_flight).map(|_| handle(options)).collect();
        Ok(Libcurl { multi: Multi::new(), idle: idle? })
    }

    fn one_after_another(&mut self, work: &Work) -> Result<(), Failure> {
        let easy = &mut self.idle[0];
        while let Some(number) = work.take() {
            prepare(easy, number)?;
            easy.perform()?;
            check_response(easy)?;
        }
        Ok(())
    }

    fn many_in_flight(&mut self, work: &Work) -> Result<(), Failure> {
        let mut busy: Vec<Option<Easy2Handle<Collected>>> = Vec::new();
        while let Some(mut easy) = self.idle.pop() {
            let Some(number) = work.take() else {
                self.idle.push(easy);
                break;
            };
            prepare(&mut easy, number)?;
            busy.push(Some(add(&self.multi, easy, busy.len())?));
        }
        let mut in_flight = busy.len();
        while in_flight > 0 {
            self.multi.perform()?;
            let mut done = Vec::new();
            self.multi.messages(|message| {
                if let (Ok(slot), Some(result)) = (message.token(), message.result()) {
                    done.push((slot, result));
                }
            });
            if done.is_empty() {
                self.multi.wait(&mut [], Duration::from_secs(1))?;
            }
            for (slot, result) in done {
                result?;
                let handle = busy[slot].take().ok_or("libcurl reported a transfer twice")?;
                let mut easy = self.multi.remove2(handle)?;
                check_response(&easy)?;
                if let Some(number) = work.take() {
                    prepare(&mut easy, number)?;
                    busy[slot] = Some(add(&self.multi, easy, slot)?);
                } else {
                    in_flight -= 1;
                    self.idle.push(easy);
                }
            }
        }
        Ok(())
    }
}

impl Client for Libcurl {
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure> {
        if self.idle.len() == 1 { self.one_after_another(work) } else { self.many_in_flight(work) }
    }

    fn version(&self) -> String {
        curl::Version::get().version().to_owned()
    }
}

fn handle(options: &Options) -> Result<Easy2<Collected>, Failure> {
    let mut headers = List::new();
    headers.append(&format!("Authorization: {}", authorization()?))?;
    headers.append("Content-Type: application/json")?;
    let mut easy = Easy2::new(Collected(Vec::new()));
    easy.url(&url(&options.url))?;
    easy.post(true)?;
    easy.http_headers(headers)?;
    easy.timeout(TIMEOUT)?;
    if let Some(path) = &options.ca_file {
        easy.cainfo(path)?;
    }
    Ok(easy)
}

fn prepare(easy: &mut Easy2<Collected>, number: u64) -> Result<(), Failure> {
    easy.get_mut().0.clear();
    easy.post_fields_copy(&serde_json::to_vec(&Body::new(number))?)?;
    Ok(())
}

fn check_response(easy: &Easy2<Collected>) -> Result<(), Failure> {
    let status = easy.response_code()?.try_into()?;
    check(status, &serde_json::from_slice(&easy.get_ref().0)?)
}

fn add(multi: &Multi, easy: Easy2<Collected>, slot: usize) -> Result<Easy2Handle<Collected>, Failure> {
    let mut handle = multi.add2(easy)?;
    handle.set_token(slot)?;
    Ok(handle)
}
