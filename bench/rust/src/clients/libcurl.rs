use std::sync::Arc;
use std::time::Duration;

use curl::easy::{Easy2, Handler, List, WriteError};
use curl::multi::{Easy2Handle, Multi};

use super::{Client, TIMEOUT};
use crate::Failure;
use crate::message::{Body, authorization, check, url};
use crate::send::Options;
use crate::work::Work;

/// The body of the answer.
struct Collected(Vec<u8>);

impl Handler for Collected {
    fn write(&mut self, data: &[u8]) -> Result<usize, WriteError> {
        self.0.extend_from_slice(data);
        Ok(data.len())
    }
}

/// One easy handle that is used again and again, or a multi handle with as many as sends are in flight.
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
            answered(easy)?;
        }
        Ok(())
    }

    fn many_at_once(&mut self, work: &Work) -> Result<(), Failure> {
        let mut busy: Vec<Option<Easy2Handle<Collected>>> = Vec::new();
        while let Some(mut easy) = self.idle.pop() {
            let Some(number) = work.take() else {
                self.idle.push(easy);
                break;
            };
            prepare(&mut easy, number)?;
            busy.push(Some(added(&self.multi, easy, busy.len())?));
        }
        let mut under_way = busy.len();
        while under_way > 0 {
            self.multi.perform()?;
            let mut done = Vec::new();
            self.multi.messages(|message| {
                if let (Ok(place), Some(result)) = (message.token(), message.result()) {
                    done.push((place, result));
                }
            });
            if done.is_empty() {
                self.multi.wait(&mut [], Duration::from_secs(1))?;
            }
            for (place, result) in done {
                result?;
                let handle = busy[place].take().ok_or("libcurl told of a send twice")?;
                let mut easy = self.multi.remove2(handle)?;
                answered(&easy)?;
                if let Some(number) = work.take() {
                    prepare(&mut easy, number)?;
                    busy[place] = Some(added(&self.multi, easy, place)?);
                } else {
                    under_way -= 1;
                    self.idle.push(easy);
                }
            }
        }
        Ok(())
    }
}

impl Client for Libcurl {
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure> {
        if self.idle.len() == 1 { self.one_after_another(work) } else { self.many_at_once(work) }
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

fn answered(easy: &Easy2<Collected>) -> Result<(), Failure> {
    let status = easy.response_code()?.try_into()?;
    check(status, &serde_json::from_slice(&easy.get_ref().0)?)
}

fn added(multi: &Multi, easy: Easy2<Collected>, place: usize) -> Result<Easy2Handle<Collected>, Failure> {
    let mut handle = multi.add2(easy)?;
    handle.set_token(place)?;
    Ok(handle)
}
