//! The load of `make bench`: people sign up, sign in, read their session and sign out. A fake SMS
//! gateway runs beside them. The result is one line of JSON. The load uses loopback only and ends
//! by itself.
//!
//! ```text
//! ringkey-load journeys --server ringkey|better-auth --port N --gateway N --kind sign-up|sign-in
//!                       --first N --people N --concurrency N --seconds S [--rate N]
//!                       [--session-checks N] [--numbers india|prefix|countries]
//! ringkey-load requests --server ringkey|better-auth --port N --gateway N --path /…
//!                       [--signed-in] --concurrency N --seconds S
//! ringkey-load delay --listen PORT --to SOCKET|ADDRESS:PORT --milliseconds MS
//! ```
//!
//! `journeys` makes whole sign-ins: send, the message at the gateway, verify, the details of a new
//! account, the session, sign-out. With `--rate` people start at that rate, even if the server is
//! slow. Without it each starts when one before has finished. `sign-in` needs the accounts of an
//! earlier `sign-up` with the same `--first`. With `--session-checks` so many more people, who come
//! after `--people` and are signed in before the run, read their session all the while. Their step
//! is `session-check`.
//!
//! `delay` is a proxy that adds the time to each round trip.

mod browser;
mod connection;
mod delay;
mod gateway;
mod journey;
mod numbers;
mod stats;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use browser::{Browser, Response};
use gateway::Codes;
use journey::{JourneyKind, Person, Server};
use numbers::Numbers;
use stats::Stats;
use tokio::task::{JoinSet, LocalSet};

/// The time between two session checks of one person. It keeps them few beside the journeys.
const SESSION_CHECK_EVERY: Duration = Duration::from_millis(10);

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
    numbers: Numbers,
    stats: RefCell<Stats>,
    first: u64,
    next: Cell<u64>,
    people: u64,
    began: Cell<Instant>,
    seconds: Duration,
}

fn main() {
    let mut words = std::env::args().skip(1).peekable();
    let command = words.next().expect("journeys, requests or delay");
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
        match command.as_str() {
            "delay" => {
                let (port, to) = (arguments.number("listen"), arguments.text("to"));
                delay::run(port, to, arguments.number("milliseconds")).await;
            }
            "journeys" | "requests" => {
                let run = Rc::new(Run::new(&arguments).await);
                match command.as_str() {
                    "journeys" => journeys(&run, &arguments).await,
                    _ => requests(&run, &arguments).await,
                }
                println!("{}", run.stats.borrow().to_json(run.began.get().elapsed()));
            }
            other => panic!("no command {other}"),
        }
    });
}

impl Run {
    async fn new(arguments: &Arguments) -> Self {
        let optional =
            |name, default| if arguments.has(name) { arguments.number(name) } else { default };
        let first = optional("first", 0);
        Self {
            server: Server::of(arguments.text("server")),
            address: SocketAddr::from(([127, 0, 0, 1], arguments.number("port"))),
            codes: gateway::start(arguments.number("gateway")).await,
            numbers: Numbers::of(if arguments.has("numbers") {
                arguments.text("numbers")
            } else {
                "india"
            }),
            stats: RefCell::default(),
            first,
            next: Cell::new(first),
            people: optional("people", u64::MAX),
            began: Cell::new(Instant::now()),
            seconds: Duration::from_secs_f64(arguments.number("seconds")),
        }
    }

    /// Begins the measured part.
    fn begin(&self) {
        self.began.set(Instant::now());
    }

    fn is_over(&self) -> bool {
        self.began.get().elapsed() >= self.seconds
    }

    fn person(&self, n: u64) -> Person {
        Person { n, phone: self.numbers.phone(n) }
    }

    /// Returns the next person, while there is one and time is left.
    fn next_person(&self) -> Option<Person> {
        let n = self.next.get();
        if self.is_over() || n - self.first >= self.people {
            return None;
        }
        self.next.set(n + 1);
        Some(self.person(n))
    }

    /// Returns the browser of a person who has signed in, which is not measured.
    async fn signed_in(&self, n: u64) -> Browser {
        let mut browser = Browser::new(self.address);
        let ignored = RefCell::default();
        self.server
            .sign_in(&mut browser, JourneyKind::SignUp, self.person(n), &self.codes, &ignored)
            .await
            .expect("signed in");
        browser
    }
}

async fn journeys(run: &Rc<Run>, arguments: &Arguments) {
    let kind = JourneyKind::of(arguments.text("kind"));
    let mut checking = Vec::new();
    if arguments.has("session-checks") {
        for i in 0..arguments.number("session-checks") {
            checking.push(run.signed_in(run.first + run.people + i).await);
        }
    }
    run.begin();
    let mut checks = JoinSet::new();
    for browser in checking {
        checks.spawn_local(check_session(Rc::clone(run), browser));
    }
    let mut people = JoinSet::new();
    if arguments.has("rate") {
        let mut ticks =
            tokio::time::interval(Duration::from_secs_f64(1.0 / arguments.number::<f64>("rate")));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        // Connections are kept, as by a reverse proxy.
        let idle: Rc<RefCell<Vec<Browser>>> = Rc::default();
        while let Some(person) = run.next_person() {
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
                while let Some(person) = run.next_person() {
                    run.server.journey(&mut browser, kind, person, &run.codes, &run.stats).await;
                }
            });
        }
    }
    while people.join_next().await.is_some() {}
    checks.abort_all();
}

/// Reads the session of this browser again and again.
async fn check_session(run: Rc<Run>, mut browser: Browser) {
    loop {
        measured(&run, "session-check", browser.get("/api/auth/session")).await;
        tokio::time::sleep(SESSION_CHECK_EVERY).await;
    }
}

/// Makes a request and records its duration.
async fn measured(
    run: &Run,
    name: &'static str,
    request: impl Future<Output = Result<Response, String>>,
) {
    let started = Instant::now();
    let worked = request.await.is_ok_and(|response| response.status == 200);
    run.stats.borrow_mut().record_step(name, started.elapsed(), worked);
}

async fn requests(run: &Rc<Run>, arguments: &Arguments) {
    // There are as many accounts as connections, so that no row is unusually busy.
    let mut browsers = Vec::new();
    for i in 0..arguments.number::<u64>("concurrency") {
        browsers.push(if arguments.has("signed-in") {
            run.signed_in(run.first + i).await
        } else {
            Browser::new(run.address)
        });
    }
    run.begin();
    let mut tasks = JoinSet::new();
    for mut browser in browsers {
        let (run, path) = (Rc::clone(run), arguments.text("path").to_owned());
        tasks.spawn_local(async move {
            while !run.is_over() {
                measured(&run, "request", browser.get(&path)).await;
            }
        });
    }
    while tasks.join_next().await.is_some() {}
}
