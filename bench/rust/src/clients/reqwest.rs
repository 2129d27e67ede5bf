use std::fs;
use std::sync::Arc;

use reqwest::Certificate;
use tokio::runtime::Runtime;

use super::{Client, TIMEOUT};
use crate::Failure;
use crate::message::{Body, Reply, authorization, check, url};
use crate::send::Options;
use crate::work::Work;

fn authority(options: &Options) -> Result<Option<Certificate>, Failure> {
    let Some(path) = &options.ca_file else { return Ok(None) };
    Ok(Some(Certificate::from_pem(&fs::read(path)?)?))
}

/// One after another.
pub struct Blocking {
    client: reqwest::blocking::Client,
    url: String,
    authorization: String,
}

impl Blocking {
    pub fn new(options: &Options) -> Result<Self, Failure> {
        let mut builder = reqwest::blocking::Client::builder().timeout(TIMEOUT);
        if let Some(certificate) = authority(options)? {
            builder = builder.tls_certs_only([certificate]);
        }
        Ok(Blocking { client: builder.build()?, url: url(&options.url), authorization: authorization()? })
    }
}

impl Client for Blocking {
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure> {
        while let Some(number) = work.take() {
            let request = self.client.post(&self.url).header("Authorization", &self.authorization);
            let response = request.json(&Body::new(number)).send()?;
            let status = response.status().as_u16();
            check(status, &response.json::<Reply>()?)?;
        }
        Ok(())
    }

    fn version(&self) -> String {
        super::locked("reqwest")
    }
}

/// Several in flight: one task per send, on tokio's multi-thread runtime.
pub struct Asynchronous {
    runtime: Runtime,
    client: reqwest::Client,
    url: Arc<str>,
    authorization: Arc<str>,
    in_flight: usize,
}

impl Asynchronous {
    pub fn new(options: &Options) -> Result<Self, Failure> {
        let mut builder = reqwest::Client::builder().timeout(TIMEOUT);
        if let Some(certificate) = authority(options)? {
            builder = builder.tls_certs_only([certificate]);
        }
        Ok(Asynchronous {
            runtime: tokio::runtime::Builder::new_multi_thread().enable_all().build()?,
            client: builder.build()?,
            url: url(&options.url).into(),
            authorization: authorization()?.into(),
            in_flight: options.in_flight,
        })
    }

    fn task(&self, work: &Arc<Work>) -> impl Future<Output = Result<(), Failure>> + Send + 'static {
        let (client, work) = (self.client.clone(), work.clone());
        let (url, authorization) = (self.url.clone(), self.authorization.clone());
        async move {
            while let Some(number) = work.take() {
                let request = client.post(&*url).header("Authorization", &*authorization);
                let response = request.json(&Body::new(number)).send().await?;
                let status = response.status().as_u16();
                check(status, &response.json::<Reply>().await?)?;
            }
            Ok(())
        }
    }
}

impl Client for Asynchronous {
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure> {
        let tasks: Vec<_> = (0..self.in_flight).map(|_| self.runtime.spawn(self.task(work))).collect();
        self.runtime.block_on(async {
            for task in tasks {
                task.await??;
            }
            Ok(())
        })
    }

    fn version(&self) -> String {
        super::locked("reqwest")
    }
}
