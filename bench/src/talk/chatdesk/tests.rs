use protocol::server::ServerFrame;

use super::*;

#[test]
fn the_ops_are_those_of_the_protocol() {
    let ops = [(READ_BY, "read_by"), (TYPING_BY, "typing_by")];
    for (op, name) in ops {
        assert!(ServerFrame::OPS.contains(&(op, name)), "{name}");
    }
}

#[test]
fn a_place_is_read_from_the_client_id_that_it_was_written_to() {
    assert_eq!(place_of(&client_id(0)), Some(0));
    assert_eq!(place_of(&client_id(u64::MAX)), Some(u64::MAX));
    for other in ["", "bench-", "bench-start", "7", "bench-7x"] {
        assert_eq!(place_of(other), None, "{other}");
    }
}

#[test]
fn places_are_the_same_in_any_order_and_others_are_not() {
    let places = |pairs: &[(u64, u64)]| {
        let mut places = Places::default();
        pairs.iter().for_each(|(place, seq)| places.add(*place, *seq));
        places
    };
    assert_eq!(places(&[(0, 1), (1, 2), (2, 5)]), places(&[(2, 5), (0, 1), (1, 2)]));
    for other in
        [&[(0, 2), (1, 1), (2, 5)][..], &[(0, 1), (1, 2)], &[(0, 1), (1, 2), (2, 4)], &[(0, 1), (1, 2), (1, 5)]]
    {
        assert_ne!(places(&[(0, 1), (1, 2), (2, 5)]), places(other));
    }
}
