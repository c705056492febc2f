//! The database cost of a sign-in and of a sign-up, counted against the bound in the docs.

use crate::support::new_phone;

on_both_engines! {
    async fn a_whole_sign_in_takes_at_most_eleven_statements_and_four_commits(app: TestApp) {
        let (member, known) = app.member().await;
        member.sign_out().await;
        // After a day the device is a known one.
        app.advance(86_400);
        let journeys = [
            ("sign in", app.person(), known.clone(), false),
            ("sign in again", member, known, false),
            ("sign up", app.person(), new_phone(), true),
        ];
        for (journey, person, phone, sign_up) in journeys {
            let (statements, commits) = app.state.store.query_counts();
            person.prove(&app.gateway, &phone).await;
            if sign_up {
                person.create_account().await;
            }
            let (after, commits_after) = app.state.store.query_counts();
            let (statements, commits) = (after - statements, commits_after - commits);
            println!("{journey}: {statements} statements, {commits} commits");
            assert!(
                statements <= 11 && commits <= 4,
                "{journey}: {statements} statements, {commits} commits"
            );
            assert!(statements >= 4 && commits >= 3, "{journey}: the count counts");
        }
    }

    async fn a_page_asks_the_database_once_at_most(app: TestApp) {
        let (person, _) = app.member().await;
        for (who, reads) in [(&person, 1), (&app.person(), 0)] {
            let (statements, commits) = app.state.store.query_counts();
            who.get("/").await;
            assert_eq!(app.state.store.query_counts(), (statements + reads, commits));
        }
    }
}
