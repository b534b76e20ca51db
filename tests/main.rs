//! All tests of the system.
