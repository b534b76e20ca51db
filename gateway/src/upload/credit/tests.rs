use super::*;

const KIB: u64 = 1024;

fn upload() -> AttachmentId {
    AttachmentId::generate()
}

fn credit() -> Credit {
    Credit::new(Window::new(16 * KIB, 512 * KIB))
}

/// Receives and writes a chunk.
fn chunk(credit: &mut Credit, upload: AttachmentId, offset: u64, bytes: u64, now: Instant) {
    credit.receive(upload, offset, bytes, now).unwrap();
    credit.written(upload, offset + bytes);
}

#[test]
fn chunks_come_in_order_and_within_the_credit() {
    let (mut credit, one, now) = (Credit::new(Window::new(16 * KIB, 16 * KIB)), upload(), Instant::now());
    assert_eq!(credit.receive(one, 0, 1, now), Err(Refused::Unknown));
    assert_eq!(credit.join(one, 40 * KIB, 4 * KIB, now), 16 * 1024);
    assert_eq!(credit.receive(one, 0, 1, now), Err(Refused::OutOfOrder));
    assert_eq!(credit.receive(one, 5 * KIB, 1, now), Err(Refused::OutOfOrder));
    assert_eq!(credit.receive(one, 4 * KIB, 16 * KIB + 1, now), Err(Refused::BeyondCredit));
    assert_eq!(credit.receive(one, 4 * KIB, 16 * KIB, now), Ok(()));
    assert_eq!(credit.receive(one, 4 * KIB, 1, now), Err(Refused::OutOfOrder), "no byte is taken twice");
    assert_eq!(credit.receive(one, 20 * KIB, 1, now), Err(Refused::BeyondCredit));
    assert_eq!(credit.grant(now), [], "what is received but not written still counts");
    credit.written(one, 20 * KIB);
    assert_eq!(credit.grant(now), [Grant { upload: one, offset: 20 * KIB, credit: 16 * 1024 }]);
    chunk(&mut credit, one, 20 * KIB, 16 * KIB, now);
    assert_eq!(credit.grant(now), [Grant { upload: one, offset: 36 * KIB, credit: 4 * 1024 }], "the end of it");
    chunk(&mut credit, one, 36 * KIB, 4 * KIB, now);
    assert_eq!(credit.grant(now), [], "all is granted");
    credit.leave(one);
    assert_eq!(credit.receive(one, 40 * KIB, 1, now), Err(Refused::Unknown));
}

#[test]
fn at_the_floor_uploads_take_turns_with_whole_chunks() {
    let (mut credit, start) = (Credit::new(Window::new(16 * KIB, 16 * KIB)), Instant::now());
    let uploads = [upload(), upload(), upload()];
    let first = uploads.map(|upload| credit.join(upload, 64 * KIB, 0, start));
    assert_eq!(first, [16 * 1024, 0, 0]);
    let mut have = [0; 3];
    let (mut now, mut sender, mut order) = (start, 0, vec![0]);
    for _ in 0..8 {
        now += Duration::from_millis(100);
        chunk(&mut credit, uploads[sender], have[sender], 16 * KIB, now);
        have[sender] += 16 * KIB;
        let granted = credit.grant(now);
        assert_eq!(granted.len(), 1);
        sender = uploads.iter().position(|upload| *upload == granted[0].upload).unwrap();
        order.push(sender);
    }
    for index in 0..3 {
        assert_eq!(order.iter().filter(|sender| **sender == index).count(), 3, "{order:?}");
    }
}

#[test]
fn an_upload_that_stalls_holds_up_no_other() {
    let (mut credit, now) = (credit(), Instant::now());
    let (stalled, other) = (upload(), upload());
    credit.join(stalled, 64 * KIB, 0, now);
    assert_eq!(credit.join(other, 64 * KIB, 0, now), 0);
    assert_eq!(credit.grant(now), []);
    assert!(credit.is_awaited(), "nothing that comes would wake the other");
    let granted = credit.grant(now + STALLED);
    assert_eq!(granted, [Grant { upload: other, offset: 0, credit: 16 * 1024 }]);
    assert!(!credit.is_awaited());
    assert_eq!((credit.leave(other), credit.leave(other)), (16 * KIB, 0));
}

/// A client that sends whatever it may at once, behind a link with a queue.
struct Link {
    bytes_per_second: u64,
    latency: Duration,
}

/// What a simulated upload showed.
struct Shown {
    /// How long a chat frame would have waited behind chunks, at the worst moment.
    longest_wait: Duration,
    /// The largest window.
    window: u64,
    took: Duration,
}

impl Link {
    /// Sends `files` files of `size` bytes side by side.
    fn upload(&self, files: usize, size: u64) -> Shown {
        let start = Instant::now();
        let mut credit = credit();
        let uploads: Vec<AttachmentId> = (0..files).map(|_| upload()).collect();
        // What the client knows, when: (time, upload, it may have sent so much).
        let mut credits: VecDeque<(Instant, usize, u64)> = VecDeque::new();
        for (index, upload) in uploads.iter().enumerate() {
            let first = credit.join(*upload, size, 0, start);
            credits.push_back((start + self.latency, index, u64::from(first)));
        }
        let (mut sent, mut free) = (vec![0; files], start);
        let mut shown = Shown { longest_wait: Duration::ZERO, window: 0, took: Duration::ZERO };
        let mut chunks: VecDeque<(Instant, usize, u64, u64)> = VecDeque::new();
        loop {
            let next_credit = credits.front().map(|credit| credit.0);
            let next_chunk = chunks.front().map(|chunk| chunk.0);
            match (next_credit, next_chunk) {
                (None, None) => break,
                (Some(at), other) if other.is_none_or(|other| at <= other) => {
                    let (now, index, upto) = credits.pop_front().unwrap();
                    while sent[index] < upto {
                        let bytes = (upto - sent[index]).min(CHUNK);
                        let micros = bytes * 1_000_000 / self.bytes_per_second;
                        free = free.max(now) + Duration::from_micros(micros);
                        chunks.push_back((free + self.latency, index, sent[index], bytes));
                        sent[index] += bytes;
                    }
                    shown.longest_wait = shown.longest_wait.max(free.saturating_duration_since(now));
                }
                _ => {
                    let (now, index, offset, bytes) = chunks.pop_front().unwrap();
                    chunk(&mut credit, uploads[index], offset, bytes, now);
                    for grant in credit.grant(now) {
                        let index = uploads.iter().position(|upload| *upload == grant.upload).unwrap();
                        credits.push_back((now + self.latency, index, grant.offset + u64::from(grant.credit)));
                    }
                    if offset + bytes == size {
                        credit.leave(uploads[index]);
                        for grant in credit.grant(now) {
                            let index = uploads.iter().position(|upload| *upload == grant.upload).unwrap();
                            credits.push_back((now + self.latency, index, grant.offset + u64::from(grant.credit)));
                        }
                    }
                    shown.window = shown.window.max(credit.window.size());
                    shown.took = now.duration_since(start);
                }
            }
        }
        assert!(sent.iter().all(|sent| *sent == size), "every upload ends: {sent:?}");
        shown
    }
}

const MEGABYTES_10: u64 = 10 * 1000 * 1000;

#[test]
fn on_a_link_of_1_mbit_a_chat_frame_waits_at_most_300_ms() {
    for millis in [0, 1, 5, 20, 50, 100] {
        for files in [1, 4] {
            let link = Link { bytes_per_second: 125_000, latency: Duration::from_millis(millis) };
            let shown = link.upload(files, MEGABYTES_10 / files as u64);
            assert!(shown.longest_wait <= Duration::from_millis(300), "{millis} ms: {:?}", shown.longest_wait);
            // The link is used all the same: 80 s would be all of it.
            assert!(shown.took <= Duration::from_secs(if millis <= 50 { 120 } else { 180 }), "{:?}", shown.took);
        }
    }
}

#[test]
fn on_a_fast_link_the_window_reaches_its_cap() {
    for latency in [Duration::from_micros(100), Duration::from_millis(10)] {
        let shown = Link { bytes_per_second: 125_000_000, latency }.upload(1, MEGABYTES_10);
        assert_eq!(shown.window, 512 * KIB);
        assert!(shown.took < Duration::from_secs(1), "{:?}", shown.took);
    }
}

#[test]
fn small_files_make_the_window_no_larger_than_they_fill() {
    let start = Instant::now();
    let mut credit = credit();
    for turn in 0..50 {
        let (small, now) = (upload(), start + Duration::from_millis(turn * 10));
        assert_eq!(credit.join(small, 1_000, 0, now), 1_000);
        chunk(&mut credit, small, 0, 1_000, now + Duration::from_millis(5));
        credit.leave(small);
    }
    assert_eq!(credit.window.size(), 16 * KIB);
}
