//! How much may wait for one socket.

/// Most bytes of durable frames that may wait for one socket.
const DURABLE_BYTES: usize = 1024 * 1024;
/// Most latest-wins frames that may wait for one socket: as many as an agent's busiest list shows.
const LATEST_KEYS: usize = 4096;
/// Most bytes of them.
const LATEST_BYTES: usize = 1024 * 1024;

/// Most bytes of texts that one socket may have sent and that are not stored yet, give or take one: it alone does not fill
/// the writer's queue with entries, which all organizations share. Receipts and visits are not counted here; the rates of
/// their session bound them.
const UNSTORED_BYTES: usize = 2 * 1024 * 1024;

/// How much may wait for one socket.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Bytes of durable frames, those held behind a replay included.
    pub durable_bytes: usize,
    /// Latest-wins frames.
    pub latest_keys: usize,
    /// Bytes of latest-wins frames.
    pub latest_bytes: usize,
    /// Bytes of texts that it sent and that are not stored yet, give or take one.
    pub unstored_bytes: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            durable_bytes: DURABLE_BYTES,
            latest_keys: LATEST_KEYS,
            latest_bytes: LATEST_BYTES,
            unstored_bytes: UNSTORED_BYTES,
        }
    }
}
