//! The relays in Rust, with real sockets: every typing frame comes out at the other end, in order.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use super::dialect::Relay;
use crate::record::Faults;
use crate::talk::{Crew, Plot, Stretch, measure};

/// Three agents, the last of whom has fewer conversations.
const PAIRS: usize = 8;
const VISITORS_PER_AGENT: usize = 3;

/// A busy machine may make a test's messages late.
const MAX_LATE_MS: f64 = 10_000.0;

async fn passes_on(serve: impl FnOnce(u16) -> Result<(), String> + Send + 'static) {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    // It serves until the tests end.
    std::thread::spawn(move || serve(port).unwrap());
    let target = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    while std::net::TcpStream::connect(target).is_err() {
        std::thread::yield_now();
    }
    let plot = Plot { answers: true, acknowledged: false, told: false, merges: true, preludes: 0 };
    let mut crew = Crew::open(2, PAIRS, VISITORS_PER_AGENT, plot, |share| Relay::new(target, share)).await.unwrap();
    for rate in [400.0, 4_000.0] {
        let (warmup, time, drain) = (Duration::ZERO, Duration::from_millis(200), Duration::from_secs(10));
        let stretch = Stretch { rate, warmup, measure: time, drain };
        let tally = measure(&mut crew, "relay", stretch, MAX_LATE_MS, &Vec::new).await.unwrap().tally;
        assert_eq!((tally.sent, tally.arrived, tally.merged), (tally.scheduled, tally.scheduled, 0));
        assert_eq!(tally.routed_faults, Faults::default());
        assert!(tally.scheduled >= (rate / 5.0) as u64 - 2);
    }
    crew.close().await.unwrap();
}

#[tokio::test]
async fn the_relay_on_epoll_passes_everything_on() {
    passes_on(super::epoll::serve).await;
}

#[tokio::test]
async fn the_relay_on_tungstenite_passes_everything_on() {
    passes_on(super::tungstenite::serve).await;
}
