use std::time::Duration;

use clap::Parser;
use protocol::server::Scope;

use super::*;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    limits: LimitSettings,
}

fn limits(flags: &[&str]) -> Limits {
    let flags = Flags::try_parse_from(["chatdesk"].iter().chain(flags)).unwrap();
    Limits::new(&flags.limits)
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn later(seconds: u64) -> Moment {
    Moment::now().after(Duration::from_secs(seconds))
}

#[test]
fn the_sockets_of_a_session_share_its_buckets_and_those_of_another_do_not() {
    let limits = limits(&["--frame-burst", "3", "--frame-rate", "1"]);
    let organization = OrganizationId::generate();
    let socket = |session: u8| {
        let mut allowance = limits.stranger(address("192.0.2.1"));
        allowance.share(&limits, [session; 32], organization);
        allowance
    };
    let (mut one, mut two, mut other) = (socket(1), socket(1), socket(2));
    let now = Moment::now();
    assert!(one.take(&limits, 10, now).is_ok() && two.take(&limits, 10, now).is_ok());
    assert!(one.take(&limits, 10, now).is_ok());
    let refusal = two.take(&limits, 10, now).unwrap_err();
    assert_eq!((refusal.scope, refusal.retry_ms, refusal.tell, refusal.enough), (Scope::Session, 1_000, true, false));
    assert!(other.take(&limits, 10, now).is_ok());
    // Whoever reconnects finds the bucket as it was.
    drop((one, two));
    limits.sweep();
    assert!(socket(1).take(&limits, 10, now).is_err());
}

#[test]
fn an_address_and_an_organization_have_buckets_over_all_their_sessions() {
    let limits = limits(&[
        "--address-frame-burst",
        "3000",
        "--address-frame-rate",
        "1",
        "--organization-byte-burst",
        "65536",
        "--organization-byte-rate",
        "1000",
    ]);
    let organization = OrganizationId::generate();
    let now = Moment::now();
    let mut strangers: Vec<_> = (0..4).map(|_| limits.stranger(address("2001:db8::1"))).collect();
    let taken = strangers.iter_mut().map(|one| (0..1_000).filter(|_| one.take(&limits, 1, now).is_ok()).count());
    assert_eq!(taken.sum::<usize>(), 3_000);
    let refusal = limits.stranger(address("2001:db8::2")).take(&limits, 1, now).unwrap_err();
    assert_eq!(refusal.scope, Scope::Address);

    let mut member = limits.stranger(address("192.0.2.1"));
    member.share(&limits, [1; 32], organization);
    assert!(member.take(&limits, 65_536, now).is_ok());
    let mut colleague = limits.stranger(address("192.0.2.2"));
    colleague.share(&limits, [2; 32], organization);
    assert_eq!(colleague.take(&limits, 1, now).unwrap_err().scope, Scope::Organization);
}

#[test]
fn whoever_goes_on_is_told_once_a_second_and_then_closed() {
    let limits = limits(&["--frame-burst", "1", "--frame-rate", "1", "--refusal-burst", "3", "--refusal-rate", "1"]);
    let mut socket = limits.stranger(address("192.0.2.1"));
    let now = Moment::now();
    assert!(socket.take(&limits, 1, now).is_ok());
    let verdicts: Vec<_> = (0..4).map(|_| socket.take(&limits, 1, now).unwrap_err()).collect();
    assert_eq!(verdicts.iter().map(|refusal| refusal.tell).collect::<Vec<_>>(), [true, false, false, false]);
    assert_eq!(verdicts.iter().map(|refusal| refusal.enough).collect::<Vec<_>>(), [false, false, false, true]);
    assert!(socket.take(&limits, 1, now.after(Duration::from_secs(1))).is_ok());
    assert!(socket.take(&limits, 1, now.after(Duration::from_secs(1))).unwrap_err().tell);
}

#[test]
fn an_address_has_so_many_sockets_and_gets_their_places_back() {
    let limits = limits(&["--sockets-per-address", "2"]);
    let first = limits.take_socket(address("::ffff:192.0.2.1")).unwrap();
    let second = limits.take_socket(address("192.0.2.1")).unwrap();
    assert!(limits.take_socket(address("192.0.2.1")).is_none());
    assert!(limits.take_socket(address("192.0.2.2")).is_some());
    drop(first);
    assert!(limits.take_socket(address("192.0.2.1")).is_some());
    drop(second);
}

#[test]
fn downloads_have_places_and_requests_and_handshakes_buckets_of_their_own() {
    let limits = limits(&["--downloads-per-address", "1", "--request-burst", "2", "--handshake-burst", "3"]);
    let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
    let place = limits.take_download(one).unwrap();
    assert!(limits.take_download(one).is_none() && limits.take_download(other).is_some());
    assert!(limits.take_socket(one).is_some());
    sweep(&limits.addresses, later(60));
    assert_eq!(limits.addresses.len(), 1, "a download is under way");
    drop(place);
    assert!(limits.take_download(one).is_some());
    let taken = |take: &dyn Fn() -> Result<(), u32>| (0..5).filter(|_| take().is_ok()).count();
    assert_eq!(taken(&|| limits.take_request(one)), 2);
    assert_eq!(taken(&|| limits.take_handshake(one)), 3);
}

#[test]
fn visits_take_from_a_bucket_that_the_sockets_of_a_session_share() {
    let limits = limits(&["--visit-burst", "3", "--visit-rate", "1"]);
    let organization = OrganizationId::generate();
    let socket = |session: u8| {
        let mut allowance = limits.stranger(address("192.0.2.1"));
        allowance.share(&limits, [session; 32], organization);
        allowance
    };
    let (one, two, other) = (socket(1), socket(1), socket(2));
    let now = Moment::now();
    let taken = [&one, &two, &one, &two].map(|socket| socket.take_visit(&limits, now));
    assert_eq!(taken, [Ok(()), Ok(()), Ok(()), Err(1_000)]);
    assert_eq!(other.take_visit(&limits, now), Ok(()));
    drop((one, two, other));
    sweep(&limits.sessions, now);
    assert_eq!(limits.sessions.len(), 2, "not full yet");
}

#[test]
fn hellos_of_an_address_are_looked_at_until_too_many_were_refused() {
    let limits = limits(&["--refused-hello-burst", "2", "--refused-hello-rate", "1"]);
    let one = address("192.0.2.1");
    assert!((0..10).all(|_| limits.check_hello(one).is_ok()), "looking costs nothing");
    limits.refuse_hello(one);
    assert_eq!(limits.check_hello(one), Ok(()));
    limits.refuse_hello(one);
    limits.refuse_hello(one);
    assert!((900..=1_000).contains(&limits.check_hello(one).unwrap_err()));
    assert_eq!(limits.check_hello(address("192.0.2.2")), Ok(()));
}

#[test]
fn unlimited_networks_have_no_address_limits_but_their_sessions_have_theirs() {
    let limits = limits(&[
        "--unlimited",
        "10.0.0.0/8",
        "--sockets-per-address",
        "1",
        "--logins-per-minute",
        "1",
        "--frame-burst",
        "1",
        "--frame-rate",
        "1",
    ]);
    let bench = address("10.1.2.3");
    let places: Vec<_> = (0..10).map(|_| limits.take_socket(bench)).collect();
    assert!(places.iter().all(Option::is_some));
    assert!((0..10).all(|_| limits.take_login(bench).is_ok() && limits.take_session(bench).is_ok()));
    assert!((0..10_000).all(|_| limits.take_request(bench).is_ok() && limits.take_handshake(bench).is_ok()));
    assert!(limits.take_login(address("192.0.2.1")).is_ok() && limits.take_login(address("192.0.2.1")).is_err());
    let mut socket = limits.stranger(bench);
    let now = Moment::now();
    assert!(socket.take(&limits, 1, now).is_ok() && socket.take(&limits, 1, now).is_err());
}

#[test]
fn buckets_are_forgotten_when_they_are_full_and_nobody_holds_them() {
    let limits = limits(&[]);
    let place = limits.take_socket(address("192.0.2.1"));
    let mut socket = limits.stranger(address("192.0.2.1"));
    socket.share(&limits, [1; 32], OrganizationId::generate());
    socket.take(&limits, 1, Moment::now()).unwrap();
    sweep(&limits.sessions, later(60));
    sweep(&limits.addresses, later(60));
    assert_eq!((limits.sessions.len(), limits.addresses.len()), (1, 1), "held");
    drop(socket);
    sweep(&limits.sessions, Moment::now());
    assert_eq!(limits.sessions.len(), 1, "not full yet");
    sweep(&limits.sessions, later(60));
    sweep(&limits.organizations, later(60));
    sweep(&limits.addresses, later(60));
    assert_eq!((limits.sessions.len(), limits.addresses.len(), limits.organizations.len()), (0, 1, 0));
    drop(place);
    sweep(&limits.addresses, later(60));
    assert!(limits.addresses.is_empty());
}

#[test]
fn one_ipv6_host_is_one_address() {
    let of = |text: &str| network_of(address(text));
    assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
    assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
    assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
}
