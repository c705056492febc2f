//! A proxy that adds a fixed time to each round trip, like a network between Ringkey and its
//! database. The kernel has `tc netem` for that, which needs root and a module that many machines
//! lack.
//!
//! Only answers are delayed, by the whole round-trip time. To a client that waits for each answer
//! this is the same as half in each direction, and it needs half as many timers. The server holds
//! locks equally long. Opening the TCP connection is not delayed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::spawn_local;

const BUFFER: usize = 16 * 1024;
/// What the proxy itself adds to a round trip: two more sockets, and the time from a timer's end
/// until the process runs. It was measured with `select 1` by pgbench, and it is taken off the
/// delay.
const OWN_TIME: Duration = Duration::from_micros(110);

/// Bytes that wait for their time, and the connection that gets them.
struct Waiting {
    due: Instant,
    bytes: Vec<u8>,
    connection: UnboundedSender<Vec<u8>>,
}

/// The bytes of all connections that wait. All bytes wait equally long, so the queue is in the
/// order of their due times.
struct Queue {
    delay: Duration,
    waiting: RefCell<VecDeque<Waiting>>,
    arrived: Notify,
}

/// The server behind the proxy.
#[derive(Clone)]
enum Target {
    Socket(PathBuf),
    Address(SocketAddr),
}

impl Target {
    fn of(text: &str) -> Self {
        if text.starts_with('/') {
            return Self::Socket(text.into());
        }
        let address: SocketAddr = text.parse().expect("an address and port, or an absolute path");
        assert!(address.ip().is_loopback(), "the proxy is for loopback only");
        Self::Address(address)
    }
}

/// Proxies connections from `port` to `target` until standard input ends or a signal stops the
/// process. `target` is the path of a socket or a loopback address with its port.
pub async fn run(port: u16, target: &str, milliseconds: f64) {
    end_with_standard_input();
    let target = Target::of(target);
    let queue = Rc::new(Queue {
        delay: Duration::from_secs_f64(milliseconds / 1_000.0).saturating_sub(OWN_TIME),
        waiting: RefCell::default(),
        arrived: Notify::new(),
    });
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.expect("the port of the proxy");
    let delivering = Rc::clone(&queue);
    spawn_local(async move { delivering.deliver().await.expect("a timer") });
    println!("ready");
    loop {
        let (client, _) = listener.accept().await.expect("a connection");
        let (queue, target) = (Rc::clone(&queue), target.clone());
        spawn_local(async move {
            if let Err(error) = proxy(client, target, queue).await {
                eprintln!("delay: {error}");
            }
        });
    }
}

/// Ends the process with its parent, which holds the other end of standard input.
fn end_with_standard_input() {
    std::thread::spawn(|| {
        let mut input = io::stdin().lock();
        while input.read(&mut [0; 64]).is_ok_and(|length| length > 0) {}
        std::process::exit(0);
    });
}

/// Connects the client with the target.
async fn proxy(client: TcpStream, target: Target, queue: Rc<Queue>) -> io::Result<()> {
    client.set_nodelay(true)?;
    match target {
        Target::Socket(path) => {
            let (read, write) = UnixStream::connect(path).await?.into_split();
            join(client, read, write, queue);
        }
        Target::Address(address) => {
            let server = TcpStream::connect(address).await?;
            server.set_nodelay(true)?;
            let (read, write) = server.into_split();
            join(client, read, write, queue);
        }
    }
    Ok(())
}

/// Starts the tasks of a connection. Their errors are ignored, because both ends see that the
/// connection is broken.
fn join<R, W>(client: TcpStream, server_read: R, server_write: W, queue: Rc<Queue>)
where
    R: AsyncRead + Unpin + 'static,
    W: AsyncWrite + Unpin + 'static,
{
    let (client_read, client_write) = client.into_split();
    let (sender, receiver) = unbounded_channel();
    spawn_local(pass(client_read, server_write));
    spawn_local(async move { queue.delay(server_read, sender).await });
    spawn_local(write(receiver, client_write));
}

/// Passes bytes on at once.
async fn pass<R, W>(mut from: R, mut to: W) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer).await? {
            0 => return to.shutdown().await,
            length => to.write_all(&buffer[..length]).await?,
        }
    }
}

/// Writes the bytes whose time has come. No more come once the server has closed and all that
/// waited is delivered.
async fn write<W: AsyncWrite + Unpin>(
    mut due: UnboundedReceiver<Vec<u8>>,
    mut to: W,
) -> io::Result<()> {
    while let Some(bytes) = due.recv().await {
        to.write_all(&bytes).await?;
    }
    to.shutdown().await
}

impl Queue {
    /// Reads bytes and lets them wait.
    async fn delay<R: AsyncRead + Unpin>(
        &self,
        mut from: R,
        connection: UnboundedSender<Vec<u8>>,
    ) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER];
        loop {
            let length = from.read(&mut buffer).await?;
            if length == 0 {
                return Ok(());
            }
            self.waiting.borrow_mut().push_back(Waiting {
                due: Instant::now() + self.delay,
                bytes: buffer[..length].to_vec(),
                connection: connection.clone(),
            });
            self.arrived.notify_one();
        }
    }

    /// Gives bytes to their connections when their time has come. tokio's own timers count whole
    /// milliseconds, so this is a timer of the kernel.
    async fn deliver(&self) -> io::Result<()> {
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK)?;
        // tokio waits for a timer as it waits for a pipe.
        let mut timer = pipe::Receiver::from_owned_fd_unchecked(timer)?;
        loop {
            let next = self.waiting.borrow().front().map(|first| first.due);
            match next {
                None => self.arrived.notified().await,
                Some(due) => sleep_until(&mut timer, due).await?,
            }
            let now = Instant::now();
            let mut waiting = self.waiting.borrow_mut();
            while waiting.front().is_some_and(|first| first.due <= now) {
                let Some(Waiting { bytes, connection, .. }) = waiting.pop_front() else { break };
                // The client of a closed connection needs its bytes no more.
                let _ = connection.send(bytes);
            }
        }
    }
}

async fn sleep_until(timer: &mut pipe::Receiver, due: Instant) -> io::Result<()> {
    let left = due.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Ok(());
    }
    let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
    let once = Itimerspec {
        it_interval: zero,
        it_value: Timespec::try_from(left).map_err(io::Error::other)?,
    };
    timerfd_settime(&*timer, TimerfdTimerFlags::empty(), &once)?;
    timer.read_u64().await.map(drop)
}
