//! The load of `make bench`: people sign up, sign in, read their session and sign out. A fake SMS
//! gateway runs beside them. The result is one line of JSON. The load uses loopback only and ends
//! by itself.
//!
//! ```text
//! ringkey-load journeys --server ringkey|better-auth --port N --gateway N --kind sign-up|sign-in
//!                       --first N --people N --concurrency N --seconds S [--rate N]
//! ringkey-load requests --server ringkey|better-auth --port N --gateway N --path /…
//!                       [--signed-in] --concurrency N --seconds S
//! ```
//!
//! `journeys` makes whole sign-ins: send, the message at the gateway, verify, the details of a new
//! account, the session, sign-out. With `--rate` people start at that rate, even if the server is
//! slow. Without it each starts when one before has finished. `sign-in` needs the accounts of an
//! earlier `sign-up` with the same `--first`.

mod browser;
mod connection;
mod gateway;
mod journey;
mod stats;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use browser::Browser;
use gateway::Codes;
use journey::{JourneyKind, Server};
use stats::Stats;
use tokio::task::{JoinSet, LocalSet};

/// The options of the command line by name.
struct Arguments(HashMap<String, String>);

impl Arguments {
    fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or_else(|| panic!("--{name} is missing"), String::as_str)
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> T {
        self.text(name).parse().unwrap_or_else(|_| panic!("--{name} must be a number"))
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// The state that all people of a run share.
struct Run {
    server: Server,
    address: SocketAddr,
    codes: Codes,
    stats: RefCell<Stats>,
    next: Cell<u64>,
    people: u64,
    deadline: Instant,
}

fn main() {
    let mut words = std::env::args().skip(1).peekable();
    let command = words.next().expect("journeys or requests");
    let mut arguments = HashMap::new();
    while let Some(name) = words.next() {
        let value = words.next_if(|next| !next.starts_with("--")).unwrap_or_default();
        arguments.insert(name.trim_start_matches("--").to_owned(), value);
    }
    let arguments = Arguments(arguments);
    // The load uses one thread, to leave the machine's cores to the server.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, async {
        let codes = gateway::start(arguments.number("gateway")).await;
        let run = Rc::new(Run {
            server: Server::of(arguments.text("server")),
            address: SocketAddr::from(([127, 0, 0, 1], arguments.number("port"))),
            codes,
            stats: RefCell::default(),
            next: Cell::new(if arguments.has("first") { arguments.number("first") } else { 0 }),
            people: if arguments.has("people") { arguments.number("people") } else { u64::MAX },
            deadline: Instant::now() + Duration::from_secs_f64(arguments.number("seconds")),
        });
        let began = Instant::now();
        match command.as_str() {
            "journeys" => journeys(&run, &arguments).await,
            "requests" => requests(&run, &arguments).await,
            other => panic!("no command {other}"),
        }
        println!("{}", run.stats.borrow().to_json(began.elapsed()));
    });
}

impl Run {
    /// Returns the next person, while there is one and time is left.
    fn person(&self, first: u64) -> Option<u64> {
        let person = self.next.get();
        if Instant::now() >= self.deadline || person - first >= self.people {
            return None;
        }
        self.next.set(person + 1);
        Some(person)
    }
}

async fn journeys(run: &Rc<Run>, arguments: &Arguments) {
    let kind = JourneyKind::of(arguments.text("kind"));
    let first = run.next.get();
    let mut people = JoinSet::new();
    if arguments.has("rate") {
        let mut ticks =
            tokio::time::interval(Duration::from_secs_f64(1.0 / arguments.number::<f64>("rate")));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        // Connections are kept, as by a reverse proxy.
        let idle: Rc<RefCell<Vec<Browser>>> = Rc::default();
        while let Some(person) = run.person(first) {
            ticks.tick().await;
            let (run, idle) = (Rc::clone(run), Rc::clone(&idle));
            people.spawn_local(async move {
                let kept = idle.borrow_mut().pop();
                let mut browser = kept.unwrap_or_else(|| Browser::new(run.address));
                run.server.journey(&mut browser, kind, person, &run.codes, &run.stats).await;
                idle.borrow_mut().push(browser);
            });
        }
    } else {
        for _ in 0..arguments.number::<usize>("concurrency") {
            let run = Rc::clone(run);
            people.spawn_local(async move {
                let mut browser = Browser::new(run.address);
                while let Some(person) = run.person(first) {
                    run.server.journey(&mut browser, kind, person, &run.codes, &run.stats).await;
                }
            });
        }
    }
    while people.join_next().await.is_some() {}
}

async fn requests(run: &Rc<Run>, arguments: &Arguments) {
    let signed_in = arguments.has("signed-in");
    // There are as many accounts as connections, so that no row is unusually busy.
    let concurrency = arguments.number::<u64>("concurrency");
    let mut browsers = Vec::new();
    let ignored = RefCell::default();
    for person in 0..concurrency {
        let mut browser = Browser::new(run.address);
        if signed_in {
            let person = run.next.get() + person;
            run.server
                .sign_in(&mut browser, JourneyKind::SignUp, person, &run.codes, &ignored)
                .await
                .expect("signed in");
        }
        browsers.push(browser);
    }
    let deadline = Instant::now() + Duration::from_secs_f64(arguments.number("seconds"));
    let path = arguments.text("path").to_owned();
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for mut browser in browsers {
        let (run, path) = (Rc::clone(run), path.clone());
        tasks.spawn_local(async move {
            while Instant::now() < deadline {
                let started = Instant::now();
                let answer = browser.get(&path).await;
                run.stats.borrow_mut().record_step(
                    "request",
                    started.elapsed(),
                    answer.is_ok_and(|answer| answer.status == 200),
                );
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    run.stats.borrow_mut().set_duration(began.elapsed());
}
