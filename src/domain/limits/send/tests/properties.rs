use proptest::prelude::*;

use super::*;

proptest! {
    /// Compares a decision on the counters that the database would return with a decision on all
    /// counts. A debug assertion in [`CounterWindows`] fails if a limit uses a counter that was not
    /// read, or reads it too far back.
    #[test]
    fn every_counter_of_a_decision_is_read_as_far_back_as_its_window(
        counted in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..26 * HOUR, 1_i64..2_000),
            0..20,
        ),
        known in any::<bool>(),
        is_new_challenge in any::<bool>(),
        proof in prop::sample::select(vec![
            PresentedProof::Missing,
            PresentedProof::Solved(18),
            PresentedProof::Solved(22),
            PresentedProof::WaitToken { seconds: HOUR },
        ]),
    ) {
        let (phone, client) = (phone(), client());
        let (all, account) = (every_counter(), known.then_some("account"));
        let counters = SendCounters::new(&phone, phone.as_str(), "IN", &client, account);
        let mut read = CounterWindows::new(&counters.to_read());
        let mut everything = CounterWindows::new(&counters.to_read());
        for (index, age, amount) in counted {
            let delta = CounterDelta::new(index.get(&all).clone(), NOW.plus(-age), amount);
            everything.apply(std::slice::from_ref(&delta));
            if delta.key.bucket_start(delta.at) > delta.key.cutoff(NOW) {
                read.apply(&[delta]);
            }
        }
        let new_challenge = is_new_challenge.then_some(POLICY);
        let request = SendRequest { account, new_challenge, ..request(&phone, &client, proof) };
        let decide = |windows| evaluate(&request, &counters, &windows, &limits(), NOW);
        let decisions = [read, everything].map(decide);
        prop_assert_eq!(&decisions[0], &decisions[1], "counts that are not read are in no window");
    }
}
