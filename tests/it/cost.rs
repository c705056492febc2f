//! What a journey costs the database: the design's bound, counted.

use crate::support::new_phone;

on_both_engines! {
    async fn a_whole_sign_in_takes_at_most_twelve_statements_and_four_commits(app: TestApp) {
        let (_, known) = app.member().await;
        for (journey, phone, sign_up) in [("sign in", known, false), ("sign up", new_phone(), true)] {
            let person = app.person();
            let (statements, commits) = app.state.store.cost();
            person.prove(&app.gateway, &phone).await;
            if sign_up {
                person.create_account().await;
            }
            let (after, commits_after) = app.state.store.cost();
            let (statements, commits) = (after - statements, commits_after - commits);
            println!("{journey}: {statements} statements, {commits} commits");
            assert!(statements <= 12 && commits <= 4, "{journey}: {statements} statements, {commits} commits");
            assert!(statements >= 5 && commits >= 3, "{journey}: the count counts");
        }
    }

    async fn a_page_asks_the_database_once_at_most(app: TestApp) {
        let (person, _) = app.member().await;
        for (who, reads) in [(&person, 1), (&app.person(), 0)] {
            let (statements, commits) = app.state.store.cost();
            who.get("/").await;
            assert_eq!(app.state.store.cost(), (statements + reads, commits));
        }
    }
}
