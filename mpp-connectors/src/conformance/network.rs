//! A network that answers what the test says and remembers what was sent.

use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream;
use mpp_transport::{
    Body, Bytes, HeaderMap, Request, Response, StatusCode, Transport, TransportError, header,
};

type Script = dyn Fn() -> Result<Response, TransportError> + Send + Sync;

/// A request as it was sent.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The whole address.
    pub url: String,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Remembers every request; answers by its script or, without one, passes the request on.
pub struct ScriptedNetwork {
    script: Option<Box<Script>>,
    beyond: Option<Arc<dyn Transport>>,
    sent: Mutex<Vec<Recorded>>,
}

impl ScriptedNetwork {
    /// A network that answers every request so.
    #[must_use]
    pub fn answering(
        script: impl Fn() -> Result<Response, TransportError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { script: Some(Box::new(script)), beyond: None, sent: Mutex::default() })
    }

    /// A network that gives this status and body.
    #[must_use]
    pub fn giving(status: u16, body: &str) -> Arc<Self> {
        let body = Bytes::copy_from_slice(body.as_bytes());
        Self::answering(move || {
            let mut response = Response::new(StatusCode::from_u16(status).unwrap(), body.clone());
            response.headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
            response.headers.insert(header::RETRY_AFTER, "120".parse().unwrap());
            Ok(response)
        })
    }

    /// A network whose answers break off after these bytes.
    #[must_use]
    pub fn cut_after(start: Vec<u8>) -> Arc<Self> {
        let start = Bytes::from(start);
        Self::answering(move || {
            let parts = vec![Ok(start.clone()), Err(TransportError::interrupted("cut"))];
            Ok(Response::new(StatusCode::OK, Body::stream(stream::iter(parts))))
        })
    }

    /// A network that passes requests on.
    #[must_use]
    pub fn before(beyond: Arc<dyn Transport>) -> Arc<Self> {
        Arc::new(Self { script: None, beyond: Some(beyond), sent: Mutex::default() })
    }

    /// Everything that was sent.
    #[must_use]
    pub fn sent(&self) -> Vec<Recorded> {
        self.sent.lock().unwrap().clone()
    }
}

impl fmt::Debug for ScriptedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScriptedNetwork")
    }
}

#[async_trait]
impl Transport for ScriptedNetwork {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        let body = std::mem::take(&mut request.body).collect(1 << 20).await?;
        request.body = Body::from(body.clone());
        self.sent.lock().unwrap().push(Recorded {
            url: request.url.to_string(),
            headers: request.headers.clone(),
            body,
        });
        match (&self.script, &self.beyond) {
            (Some(script), _) => script(),
            (None, Some(beyond)) => beyond.send(request).await,
            (None, None) => Err(TransportError::connect("nothing beyond")),
        }
    }
}
