//! PostgreSQL with several instances: round trips, shared limits, and connections that are lost.

use std::process::{Child, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use ringkey::server::error::Error;
use ringkey::server::store::Store;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::support::instance::{ChildGuard, Instance};
use crate::support::postgres;
use crate::support::postgres_proxy::PostgresProxy;
use crate::support::{Engine, Person, TestApp, new_phone, soak_size};

/// Starts three instances of one site on PostgreSQL; `None` where it is not installed.
async fn three_instances() -> Option<[TestApp; 3]> {
    let first = TestApp::start(Engine::Postgres).await?;
    let origin = first.origin.clone();
    let second = first.restarted_with(&[("PUBLIC_ORIGIN", &origin)]).await;
    let third = first.restarted_with(&[("PUBLIC_ORIGIN", &origin)]).await;
    Some([first, second, third])
}

/// Returns this person's browser at one of the instances, in turns.
fn at(instances: &[TestApp], turn: usize, person: &Person) -> Person {
    let address = instances[turn % instances.len()].address;
    person.at_instance(address, &instances[0].origin)
}

async fn execute(app: &TestApp, sql: String) {
    let mut connection = AnyConnection::connect(app.state.config.database_url()).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
}

/// Requests codes for new numbers from new client addresses, all at once, and returns how many
/// were sent.
async fn send_at_once(instances: &[TestApp], count: usize) -> i64 {
    let people: Vec<Person> =
        (0..count).map(|i| at(instances, i, &instances[0].stranger())).collect();
    let phones: Vec<String> = people.iter().map(|_| new_phone()).collect();
    let requests = people.iter().zip(&phones).map(|(person, phone)| person.send_otp(phone));
    let answers = join_all(requests).await;
    assert!(answers.iter().all(|answer| [200, 429].contains(&answer.status)), "{answers:?}");
    i64::try_from(answers.iter().filter(|answer| answer.status == 200).count()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_takes_at_most_ten_round_trips() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let proxy = PostgresProxy::start(app.state.config.database_url());
    // A connection prepares a statement when it runs it for the first time. So there is only one
    // for writes, which has prepared all of them after the first sign-ins.
    let app =
        app.restarted_with(&[("DATABASE_URL", &proxy.url), ("DATABASE_CONNECTIONS", "2")]).await;
    let (member, phone) = app.member().await;
    member.sign_out().await;
    // After a day the device is a known one.
    app.advance(86_400);
    for _ in 0..3 {
        app.person().prove(&app.gateway, &phone).await;
        member.prove(&app.gateway, &phone).await;
        member.sign_out().await;
    }
    for (who, person, expected) in
        [("a stranger", &app.person(), 6), ("a known device", &member, 8)]
    {
        // The pool checks a connection that comes back after the answer has left.
        let settled = async || {
            tokio::time::sleep(Duration::from_millis(200)).await;
            proxy.round_trips()
        };
        let before = settled().await;
        person.prove(&app.gateway, &phone).await;
        let round_trips = settled().await - before;
        assert_eq!(round_trips, expected, "{who}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_opens_one_session_on_three_instances() {
    let Some(instances) = three_instances().await else { return };
    let (_, phone) = instances[0].member().await;
    for round in 0..soak_size(200, 20) {
        let person = instances[round % 3].person();
        person.send_otp(&phone).await;
        let code = instances[0].gateway.code_for(&phone);
        let tabs: Vec<Person> = (0..64).map(|i| at(&instances, i, &person)).collect();
        let answers = join_all(tabs.iter().map(|tab| tab.verify(&code))).await;
        let opened = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(opened, 1, "round {round}");
        assert!(answers.iter().all(|answer| [200, 410].contains(&answer.status)), "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_for_one_number_at_three_instances_stay_within_its_attempts() {
    let Some(instances) = three_instances().await else { return };
    for round in 0..soak_size(200, 20) {
        let phone = new_phone();
        let people: Vec<Person> =
            (0..64).map(|i| at(&instances, i, &instances[0].stranger())).collect();
        let answers = join_all(people.iter().map(|person| person.send_otp(&phone))).await;
        let sent = answers.iter().filter(|answer| answer.status == 200).count();
        // Seven attempts a day at six digits: one challenge with five and one with two.
        assert_eq!(sent, 2, "round {round}");
        assert!(answers.iter().all(|answer| [200, 428].contains(&answer.status)), "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_that_is_nearly_spent_is_never_exceeded_and_nearly_used_up() {
    let Some(instances) = three_instances().await else { return };
    let (app, config) = (&instances[0], &instances[0].state.config);
    let price = config.prices.text_price("IN");
    // A quarter of the day for an hour, without the fifth that is reserved for known devices.
    let hour = config.limits.budget.day / 4 / 5 * 4;
    for round in 0..soak_size(50, 6) {
        // What earlier rounds have spent has left all windows.
        app.advance(90_000);
        let now = app.state.clock.now().0;
        let (bucket, left) = (now - now % 900, (20 + 7 * (round % 25)) * price);
        // What is spent is in one stripe, or in the merged one.
        let stripe = round % 17;
        let rows = format!(
            "('spent', {bucket}, {stripe}, {}), ('spent-verified', {bucket}, 0, {hour})",
            hour - left
        );
        execute(
            app,
            format!("INSERT INTO counters (name, bucket_start, stripe, count) VALUES {rows}"),
        )
        .await;
        let (accepted, purged) = tokio::join!(
            send_at_once(&instances, 200),
            ringkey::server::background_jobs::purge(&instances[2].state)
        );
        purged.unwrap();
        let sum = format!(
            "SELECT CAST(SUM(count) AS BIGINT) FROM counters \
             WHERE name = 'spent' AND bucket_start >= {bucket}"
        );
        let mut connection = AnyConnection::connect(config.database_url()).await.unwrap();
        let spent: i64 =
            sqlx::query_scalar(AssertSqlSafe(sum)).fetch_one(&mut connection).await.unwrap();
        let unused = (hour - spent) / price;
        println!("room for {}: {accepted} sent, room for {unused} unused", left / price);
        assert_eq!(spent, hour - left + accepted * price, "each SMS is counted once");
        assert!(spent <= hour, "the budget is exceeded");
        assert!(unused < 16, "room for {unused} SMS was not used");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stripes_of_closed_buckets_are_merged_and_their_sums_stay() {
    let Some(instances) = three_instances().await else { return };
    let app = &instances[0];
    for _ in 0..6 {
        assert_eq!(send_at_once(&instances, 20).await, 20);
        app.advance(900);
    }
    let sums = async || {
        let sql = "SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name IN \
                   ('spent', 'IN/sent/country')";
        app.count(sql).await
    };
    let striped = async || {
        app.count("SELECT COUNT(*) FROM counters WHERE stripe > 0 AND name = 'spent'").await
    };
    let (before, rows) = (sums().await, striped().await);
    ringkey::server::background_jobs::purge(&app.state).await.unwrap();
    assert_eq!(sums().await, before);
    assert!(striped().await < rows / 2, "{rows} rows before, {} afterwards", striped().await);
    assert_eq!(send_at_once(&instances, 20).await, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_cut_off_refuses_in_words_and_comes_back_by_itself() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let proxy = PostgresProxy::start(app.state.config.database_url());
    let app = app.restarted_with(&[("DATABASE_URL", &proxy.url)]).await;
    let (member, _) = app.member().await;
    proxy.cut();
    let until = Instant::now() + Duration::from_secs(soak_size(10, 2));
    while Instant::now() < until {
        app.person().send_otp(&new_phone()).await.is(503, "unavailable");
    }
    proxy.restore();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(member.user().await["first_name"], "Ada");
    assert_eq!(app.person().send_otp(&new_phone()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_hangs_up_before_its_transaction_begins_leaves_no_transaction_open() {
    let Some(direct) = TestApp::start(Engine::Postgres).await else { return };
    let proxy = PostgresProxy::start(direct.state.config.database_url());
    // There is one connection for writes.
    let settings = [("DATABASE_URL", proxy.url.as_str()), ("DATABASE_CONNECTIONS", "2")];
    let app = direct.restarted_with(&settings).await;
    let (person, phone) = (app.person(), new_phone());
    person.prove(&app.gateway, &phone).await.is(200, "");
    let details = "first_name=Ada&last_name=Lovelace&email=ada%40example.com";
    for _ in 0..5 {
        proxy.hold();
        person.call_and_hang_up("create-account", details, Duration::from_millis(60)).await;
        tokio::time::sleep(Duration::from_millis(60)).await;
        proxy.release();
        let before = direct.count("SELECT COUNT(*) FROM challenges").await;
        assert_eq!(app.stranger().send_otp(&new_phone()).await.status, 200);
        // Another connection sees the challenge, so it is committed.
        assert_eq!(direct.count("SELECT COUNT(*) FROM challenges").await, before + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_a_free_connection_refuses_in_words_and_comes_back_by_itself() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let url = app.state.config.database_url();
    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let (role, limit) = (format!("role_{name}"), 3);
    execute(&app, format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT {limit}")).await;
    for sql in ["TABLES", "SEQUENCES"] {
        execute(&app, format!("GRANT ALL ON ALL {sql} IN SCHEMA public TO {role}")).await;
    }
    execute(&app, format!("GRANT ALL ON SCHEMA public TO {role}")).await;
    let limited = url.replace("postgres@", &format!("{role}@"));
    let site =
        app.restarted_with(&[("DATABASE_URL", &limited), ("DATABASE_CONNECTIONS", "20")]).await;
    let people: Vec<(Person, String)> = (0..64).map(|_| (site.stranger(), new_phone())).collect();
    let answers = join_all(people.iter().map(|(person, phone)| person.send_otp(phone))).await;
    let refused = answers.iter().filter(|answer| answer.status != 200);
    let refused: Vec<String> = refused.map(|answer| answer.is(503, "unavailable").code()).collect();
    println!("{} of 64 were refused", refused.len());
    assert!(refused.len() < answers.len());
    assert_eq!(site.stranger().send_otp(&new_phone()).await.status, 200);
}

/// A pooler in front of a database, which is stopped with the test.
struct Pooler {
    url: String,
    _folder: TempDir,
    _shell: Child,
}

/// Starts `PgBouncer` in this mode; `None` where it is not installed.
async fn pooler(url: &str, mode: &str) -> Option<Pooler> {
    let (path, server) = url.split_once("?host=").unwrap();
    let folder = TempDir::new().unwrap();
    let shown = folder.path().display();
    let settings = format!(
        "[databases]\n* = host={server} user=postgres\n[pgbouncer]\nlisten_addr =\n\
         unix_socket_dir = {shown}\nlisten_port = 5432\nauth_type = any\npool_mode = {mode}\n\
         ignore_startup_parameters = extra_float_digits\nlogfile = {shown}/log\n"
    );
    std::fs::write(folder.path().join("pgbouncer.ini"), settings).unwrap();
    // The user of the server needs the folder.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777))
        .unwrap();
    // The shell stops the pooler when its standard input closes, so at the end of the test.
    let script = "pgbouncer -q \"$1\" & pooler=$!; cat >/dev/null; kill $pooler";
    let mut command = postgres::as_server_user();
    command.args(["-c", script, "pooler"]).arg(folder.path().join("pgbouncer.ini"));
    let shell = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let url = format!("{path}?host={shown}");
    let socket = folder.path().join(".s.PGSQL.5432");
    let pooler = Pooler { url, _folder: folder, _shell: shell };
    for _ in 0..100 {
        if socket.exists() {
            return Some(pooler);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    eprintln!("\n*** PgBouncer is NOT installed: its test does not run. ***\n");
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_shares_connections_is_refused_in_words_and_another_works() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let url = app.state.config.database_url();
    let Some(shared) = pooler(url, "transaction").await else { return };
    let refused = Store::connect(&shared.url, 4).await.unwrap_err();
    assert!(matches!(refused, Error::SharedConnections), "{refused}");
    assert!(refused.to_string().contains("pool_mode = session"), "{refused}");
    let kept = pooler(url, "session").await.unwrap();
    let app =
        app.restarted_with(&[("DATABASE_URL", &kept.url), ("DATABASE_CONNECTIONS", "8")]).await;
    let (member, phone) = app.member().await;
    assert_eq!(member.user().await["first_name"], "Ada");
    let sent = send_at_once(std::slice::from_ref(&app), 64).await;
    assert_eq!(sent, 64);
    assert_eq!(app.person().send_otp(&phone).await.status, 200);
}

/// Signs people up at one instance after the other until the deadline. Returns the number of
/// sign-ups that failed, and the people whose sign-up was acknowledged.
async fn sign_up_everywhere(instances: &[Instance], until: Instant) -> (usize, Vec<Person>) {
    let (mut failed, mut people) = (0, Vec::new());
    while Instant::now() < until {
        let instance = &instances[(failed + people.len()) % instances.len()];
        if let Some(person) = instance.sign_up().await {
            people.push(person);
        } else {
            failed += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    (failed, people)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_sign_up_is_lost_while_instances_are_killed() {
    let Some(url) = postgres::new_database().await else { return };
    let first = Instance::new().await;
    let instances = [first.sibling(), first.sibling(), first];
    let start = |instance: &Instance| {
        let mut command = instance.command();
        ChildGuard(command.env("DATABASE_URL", &url).spawn().unwrap())
    };
    let mut servers: Vec<ChildGuard> = instances.iter().map(start).collect();
    for instance in &instances {
        instance.ready().await;
    }
    let (kills, pause) = soak_size((12, 5), (3, 1));
    let until = Instant::now() + Duration::from_secs(kills * pause + 1);
    let people = join_all((0..8).map(|_| sign_up_everywhere(&instances, until)));
    let killing = async {
        for round in 0..kills {
            tokio::time::sleep(Duration::from_secs(pause)).await;
            let killed = usize::try_from(round).unwrap() % instances.len();
            servers[killed].0.kill().unwrap();
            servers[killed].0.wait().unwrap();
            servers[killed] = start(&instances[killed]);
        }
    };
    let (signed_up, ()) = tokio::join!(people, killing);
    for instance in &instances {
        instance.ready().await;
    }
    let failed: usize = signed_up.iter().map(|(failed, _)| failed).sum();
    let people: Vec<&Person> = signed_up.iter().flat_map(|(_, people)| people).collect();
    println!("{} sign-ups were acknowledged and {failed} failed", people.len());
    assert!(people.len() > 20);
    for (i, person) in people.into_iter().enumerate() {
        let instance = &instances[i % instances.len()];
        let person = person.at_instance(instance.address, &instance.origin);
        assert_eq!(person.user().await["first_name"], "Ada", "an acknowledged sign-up is gone");
    }
}
