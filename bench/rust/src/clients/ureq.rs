use std::fs;
use std::sync::Arc;

use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::{Client, TIMEOUT};
use crate::Failure;
use crate::message::{Body, Reply, authorization, check, url};
use crate::send::Options;
use crate::work::{self, Work};

/// ureq, used as in its documentation, with a timeout.
pub struct Ureq {
    agent: Agent,
    url: String,
    authorization: String,
    threads: usize,
}

impl Ureq {
    pub fn new(options: &Options) -> Result<Self, Failure> {
        let mut config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .max_idle_connections(options.in_flight.max(10))
            .max_idle_connections_per_host(options.in_flight.max(10));
        if let Some(path) = &options.ca_file {
            let certificates: Vec<Certificate<'static>> = parse_pem(&fs::read(path)?)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            let roots = RootCerts::new_with_certs(&certificates);
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        Ok(Ureq {
            agent: config.build().into(),
            url: url(&options.url),
            authorization: authorization()?,
            threads: options.in_flight,
        })
    }
}

impl Client for Ureq {
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure> {
        work::blocking(work, self.threads, |number| {
            let request = self.agent.post(&self.url).header("Authorization", &self.authorization);
            let mut response = request.send_json(Body::new(number))?;
            let reply: Reply = response.body_mut().read_json()?;
            check(response.status().as_u16(), &reply)
        })
    }

    fn version(&self) -> String {
        super::locked("ureq")
    }
}
