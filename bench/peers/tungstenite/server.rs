//! A bare relay of tokio and tokio-tungstenite, as one would write it with care: a task a socket, small buffers, a queue to each
//! socket, and all that waits in it is fed and flushed at once. Its runtime has one thread, for it gets one core.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::typing::{self, Request, Roll};

/// Bytes of a socket's buffers: its default of 128 KiB is filled with zeros at each read.
const BUFFER_BYTES: usize = 4 * 1024;
/// Messages that are fed between two flushes.
const BATCH: usize = 64;

type Shared = Arc<Mutex<Roll<UnboundedSender<Message>>>>;

/// Serves until it is killed.
///
/// # Errors
/// The port is taken.
pub(crate) fn serve(port: u16) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(listen(port))
}

async fn listen(port: u16) -> Result<(), String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(|error| format!("port {port}: {error}"))?;
    let roll = Shared::default();
    loop {
        let (stream, _) = listener.accept().await.map_err(|error| format!("accept: {error}"))?;
        let roll = Arc::clone(&roll);
        tokio::spawn(async move {
            // A socket that ends, ends for itself.
            let _ = talk(stream, roll).await;
        });
    }
}

async fn talk(stream: TcpStream, roll: Shared) -> Result<(), Error> {
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(BUFFER_BYTES).write_buffer_size(BUFFER_BYTES);
    let (mut sink, mut stream) = accept_async_with_config(stream, Some(config)).await?.split();
    let (queue, mut waiting) = unbounded_channel();
    let reading = async {
        let mut participant = None;
        while let Some(message) = stream.next().await {
            let Message::Binary(payload) = message? else { continue };
            match typing::read(&payload) {
                Some(Request::Login(by, conversations)) => {
                    roll.lock().unwrap_or_else(PoisonError::into_inner).join(&by, &conversations, &queue);
                    participant = Some(by);
                    // The queue ends with its reader only, and then this ends too.
                    let _ = queue.send(Message::binary(typing::welcome()));
                }
                Some(Request::Typing(conversation, on)) => {
                    let Some(by) = &participant else { break };
                    let roll = roll.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(other) = roll.other(by, conversation) {
                        let mut frame = Vec::with_capacity(160);
                        typing::typing_by(&mut frame, conversation, by, on);
                        let _ = other.send(Message::binary(frame));
                    }
                }
                None => break,
            }
        }
        Ok(())
    };
    tokio::select! {
        read = reading => read,
        written = write(&mut sink, &mut waiting) => written,
    }
}

async fn write(
    sink: &mut (impl SinkExt<Message, Error = Error> + Unpin),
    waiting: &mut UnboundedReceiver<Message>,
) -> Result<(), Error> {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        for message in batch.drain(..) {
            sink.feed(message).await?;
        }
        sink.flush().await?;
    }
    Ok(())
}
