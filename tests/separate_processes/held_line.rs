//! A line between two programs on which requests can be held.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Passes everything on, except requests with certain words in their head: these it holds, and everything behind them.
pub(crate) struct HeldLine {
    pub(crate) address: SocketAddr,
    reached: mpsc::UnboundedReceiver<()>,
    holding: watch::Sender<bool>,
    _lines: JoinSet<()>,
}

/// What a line knows about what it holds.
struct Hold {
    words: &'static [u8],
    reached: mpsc::UnboundedSender<()>,
    holding: watch::Receiver<bool>,
}

impl HeldLine {
    pub(crate) async fn to(peer: SocketAddr, words: &'static str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (reached, receiver) = mpsc::unbounded_channel();
        let (holding, is_holding) = watch::channel(true);
        let hold = Arc::new(Hold { words: words.as_bytes(), reached, holding: is_holding });
        let mut lines = JoinSet::new();
        lines.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(peer).await else { continue };
                let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
                let hold = Arc::clone(&hold);
                open.spawn(async move { pass(from_near, to_far, Some(hold)).await });
                open.spawn(async move { pass(from_far, to_near, None).await });
            }
        });
        Ok(Self { address, reached: receiver, holding, _lines: lines })
    }

    /// Waits until a request is held.
    pub(crate) async fn holds_one(&mut self) {
        self.reached.recv().await.expect("the line is up");
    }

    /// Passes everything on from now; what was held is lost.
    pub(crate) fn open(&self) {
        self.holding.send_replace(false);
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, hold: Option<Arc<Hold>>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let chunk = &buffer[..count];
        if let Some(hold) = &hold
            && *hold.holding.borrow()
            && chunk.windows(hold.words.len()).any(|window| window == hold.words)
        {
            let _ = hold.reached.send(());
            let _ = hold.holding.clone().wait_for(|holding| !holding).await;
            return;
        }
        if to.write_all(chunk).await.is_err() {
            return;
        }
    }
}
