//! A way to the server on which answers get lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mpp_store::PostgresAddress;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::postgres_support::FreshDatabase;

/// Passes connections on to a database's server.
#[derive(Debug)]
pub struct Way {
    url: String,
    loses: Arc<AtomicBool>,
}

impl Way {
    pub async fn to(database: &FreshDatabase) -> Self {
        let url = database.url();
        let (before, rest) = url.rsplit_once('@').unwrap();
        let (server, name) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("{before}@{}/{name}", listener.local_addr().unwrap());
        let (loses, server) = (Arc::new(AtomicBool::new(false)), server.to_owned());
        tokio::spawn({
            let loses = Arc::clone(&loses);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let server = TcpStream::connect(&server).await.unwrap();
                    tokio::spawn(pass(client, server, Arc::clone(&loses)));
                }
            }
        });
        Self { url, loses }
    }

    pub fn address(&self) -> PostgresAddress {
        self.url.parse().unwrap()
    }

    /// What the server says to the next request is not passed on: the connection ends instead.
    pub fn lose_the_next_answer(&self) {
        self.loses.store(true, Ordering::SeqCst);
    }
}

/// Passes on in both directions until either side ends or an answer is to be lost.
async fn pass(client: TcpStream, server: TcpStream, loses: Arc<AtomicBool>) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    // what is on its way already answers something earlier, whenever it comes
    let is_asked = AtomicBool::new(false);
    let requests = async {
        let mut bytes = [0; 8192];
        while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
            is_asked.fetch_or(loses.swap(false, Ordering::SeqCst), Ordering::SeqCst);
            if to_server.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    };
    let answers = async {
        let mut bytes = [0; 8192];
        while let Ok(count @ 1..) = from_server.read(&mut bytes).await {
            if is_asked.load(Ordering::SeqCst) || to_client.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = answers => {}
        () = requests => {}
    }
}
