//! Which faults apply to which requests, without a server.

use super::*;

fn faults(options: &[&str]) -> Faults {
    Faults::new(options.iter().map(|option| FaultSpec::parse(option).unwrap()).collect())
}

fn ends(faults: &Faults, many: usize) -> Vec<End> {
    (0..many).map(|_| faults.decide(Some("r"), Instant::now()).end).collect()
}

#[test]
fn without_faults_requests_are_served() {
    assert_eq!(faults(&[]).decide(None, Instant::now()), Decision::default());
}

#[test]
fn a_count_ends_a_fault_and_without_one_it_stays() {
    let counted = faults(&["status=500,count=2"]);
    assert_eq!(ends(&counted, 3), [End::Status(500), End::Status(500), End::Served]);
    assert_eq!(counted.all()[0]["applied"], 2);
    let uncounted = faults(&["disconnect"]);
    assert!(ends(&uncounted, 100).iter().all(|end| *end == End::Disconnected));
}

#[test]
fn a_fault_of_a_room_is_of_no_other() {
    let faults = faults(&["status=503,count=1,room_id=r"]);
    assert_eq!(faults.decide(Some("other"), Instant::now()).end, End::Served);
    assert_eq!(faults.decide(None, Instant::now()).end, End::Served);
    assert_eq!(ends(&faults, 2), [End::Status(503), End::Served]);
}

#[test]
fn the_order_is_that_of_the_kinds_and_then_of_the_ids() {
    let faults = faults(&[
        "lost_answer,count=1",
        "status=500,count=1",
        "status=404,count=1",
        "delay=20,count=2",
        "disconnect,count=1",
        "delay=300,count=1",
    ]);
    let decide = || faults.decide(None, Instant::now());
    let first = decide();
    assert_eq!((first.delay, first.end), (Duration::from_millis(320), End::Disconnected));
    assert_eq!(first.applied, ["delay", "delay", "disconnect"]);
    let second = decide();
    assert_eq!((second.delay, second.end), (Duration::from_millis(20), End::Status(500)));
    assert_eq!(ends(&faults, 3), [End::Status(404), End::AnswerLost, End::Served]);
}

#[test]
fn a_limit_comes_first_and_what_it_refuses_uses_up_no_other_fault() {
    let faults = faults(&["status=500,count=2", "rate_limit=1"]);
    let now = Instant::now();
    let mut ends = (0..3).map(|_| faults.decide(None, now).end);
    assert_eq!(ends.next(), Some(End::Status(500)));
    for end in ends {
        let End::TooMany(wait) = end else { panic!("{end:?}") };
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
    }
    assert_eq!(faults.decide(None, now + Duration::from_secs(2)).end, End::Status(500));
}

#[test]
fn a_probability_has_a_seed_and_repeats_itself() {
    let of = |option: &str| ends(&faults(&[option]), 1000);
    let one = of("status=500,probability=0.2,seed=7");
    let hits = one.iter().filter(|end| **end != End::Served).count();
    assert!((150..250).contains(&hits), "{hits}");
    assert_eq!(one, of("status=500,probability=0.2,seed=7"));
    assert_ne!(one, of("status=500,probability=0.2,seed=8"));
    // By default, the seed is the id.
    assert_eq!(of("status=500,probability=0.2"), of("status=500,probability=0.2,seed=1"));
    assert!(of("status=500,probability=1").iter().all(|end| *end == End::Status(500)));
    let counted = of("status=500,probability=0.2,seed=7,count=3");
    assert_eq!(counted.iter().filter(|end| **end != End::Served).count(), 3);
}

#[test]
fn faults_are_added_listed_removed_and_reset() {
    let faults = faults(&["status=500,count=1"]);
    let added = faults.add(Kind::LostAnswer.into()).unwrap();
    assert_eq!(added, serde_json::json!({"id": 2, "kind": "lost_answer", "applied": 0}));
    assert_eq!(ends(&faults, 2), [End::Status(500), End::AnswerLost]);
    assert!(faults.remove(2) && !faults.remove(2) && !faults.remove(9));
    assert_eq!(ends(&faults, 1), [End::Served]);
    faults.reset();
    assert_eq!(
        faults.all(),
        [serde_json::json!({
            "id": 1, "kind": "status", "status": 500, "count": 1, "applied": 0
        })]
    );
    faults.remove_all();
    assert!(faults.all().is_empty());
}

#[test]
fn there_is_room_for_so_many_that_are_not_used_up() {
    let faults = faults(&["status=500,count=1"]);
    for _ in 1..MAX_FAULTS {
        assert!(faults.add(Kind::LostAnswer.into()).is_some());
    }
    assert!(faults.add(Kind::Disconnect.into()).is_none());
    ends(&faults, 1);
    assert!(faults.add(Kind::Disconnect.into()).is_some());
    assert!(faults.add(Kind::Disconnect.into()).is_none());
}
