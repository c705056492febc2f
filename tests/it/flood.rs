//! A flood of refused requests: honest people still sign in, and the database does not grow with
//! the flood.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::instance::Instance;
use crate::support::{new_phone, soak_size};

const CONNECTIONS: u64 = 32;

/// Asks for messages from addresses of one /48 on one connection, until `stop` is set.
async fn flood(
    instance: Arc<Instance>,
    number: u64,
    stop: Arc<AtomicBool>,
    refused: Arc<AtomicU64>,
) {
    let mut stream = TcpStream::connect(instance.address).await.unwrap();
    let mut answer = vec![0; 64 * 1024];
    let mut request = number;
    while !stop.load(Ordering::Relaxed) {
        request += CONNECTIONS;
        let body = format!("phone=%2B9198{:08}", 20_000_000 + request % 1_000_000);
        let head = format!(
            "POST /api/auth/send-otp HTTP/1.1\r\nhost: {}\r\norigin: {}\r\nx-forwarded-for: \
             2001:db9:1:{:x}::1\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            &instance.origin[7..],
            instance.origin,
            request % 65_536,
            body.len(),
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut read = 0;
        // An answer is short and ends with the brace of its JSON.
        while read < 12 || answer[read - 1] != b'}' {
            read += stream.read(&mut answer[read..]).await.unwrap();
        }
        refused.fetch_add(
            u64::from(answer[9..12] == *b"429" || answer[9..12] == *b"428"),
            Ordering::Relaxed,
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn honest_people_sign_in_through_a_flood_of_refusals() {
    let seconds = soak_size(30, 3);
    let instance = Arc::new(Instance::new().await);
    // There are more honest people than the defaults allow to be unverified at once in one prefix
    // and country.
    let server = instance.start_limited(&[
        ("PREFIX_UNVERIFIED_PER_DAY", "100000"),
        ("COUNTRY_UNVERIFIED_PER_HOUR", "100000"),
    ]);
    instance.ready().await;
    let (stop, refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let attackers: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            tokio::spawn(flood(
                Arc::clone(&instance),
                number,
                Arc::clone(&stop),
                Arc::clone(&refused),
            ))
        })
        .collect();
    #[expect(clippy::disallowed_methods, reason = "how long the flood lasts is the test's own")]
    let began = Instant::now();
    let mut honest = 0;
    while began.elapsed() < Duration::from_secs(seconds) {
        let person =
            instance.person().with_address(&format!("90.{}.{}.1", honest / 250, honest % 250));
        person.sign_up(&instance.gateway, &new_phone()).await;
        honest += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.store(true, Ordering::Relaxed);
    for attacker in attackers {
        attacker.await.unwrap();
    }
    let per_second = refused.load(Ordering::Relaxed) / seconds;
    drop(server);
    let challenges = instance.count("SELECT COUNT(*) FROM challenges").await;
    let (rows, proofs) = (
        instance.count("SELECT COUNT(*) FROM counters").await,
        instance.count("SELECT COUNT(*) FROM used_tokens").await,
    );
    println!(
        "{per_second} refusals a second for {seconds} s, {honest} sign-ups meanwhile, \
         {challenges} challenges, {rows} rows of counters"
    );
    // Each message has at most ten counters of two or three rows. Refusals have none.
    assert!(proofs == 0 && rows <= 30 * (40 + i64::from(honest)), "{rows} rows, {proofs} proofs");
    assert!(honest >= 3 && per_second > 100, "{honest} sign-ups, {per_second} refusals a second");
    // A /48 has forty messages without a puzzle, and the honest people have their own.
    assert!(challenges <= 40 + i64::from(honest), "{challenges} challenges for {honest} people");
}
