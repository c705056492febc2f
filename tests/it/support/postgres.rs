//! A PostgreSQL server for this test run: in a temporary folder, on a socket, and stopped with the
//! process.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

struct Server {
    folder: String,
    // The shell below reads its standard input. When this process ends in any way, the input closes
    // and the shell stops the server.
    _shell: Child,
}

const SCRIPT: &str = r#"
folder=$(mktemp -d /tmp/ringkey-postgres.XXXXXX) || exit 1
"$1/initdb" --auth=trust --username=postgres --no-sync -D "$folder/data" >"$folder/log" 2>&1 ||
  { cat "$folder/log" >&2; exit 1; }
"$1/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \
  -c max_connections=300 >>"$folder/log" 2>&1 &
server=$!
echo "$folder"
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$folder"
"#;

/// Creates a new, empty database. Prints a warning and returns `None` where PostgreSQL is not
/// installed.
pub async fn new_database() -> Option<String> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let server = SERVER.get_or_init(start).as_ref()?;
    sqlx::any::install_default_drivers();
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::SeqCst));
    let mut connection = connect(&server.folder).await;
    // Every second database is created by the site itself.
    if name.ends_with(['0', '2', '4', '6', '8']) {
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    }
    Some(url(&server.folder, &name))
}

fn url(folder: &str, name: &str) -> String {
    format!("postgres://postgres@localhost/{name}?host={folder}")
}

async fn connect(folder: &str) -> AnyConnection {
    for _ in 0..200 {
        if let Ok(connection) = AnyConnection::connect(&url(folder, "postgres")).await {
            return connection;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("PostgreSQL did not start; see {folder}/log");
}

fn start() -> Option<Server> {
    let Some(bin) = bin() else {
        assert!(
            std::env::var_os("REQUIRE_POSTGRES").is_none(),
            "PostgreSQL is required here and not installed"
        );
        eprintln!(
            "\n*** PostgreSQL is NOT installed: none of its tests runs. Install its server to run \
             them. ***\n"
        );
        return None;
    };
    let mut command = as_server_user();
    command
        .args(["-c", SCRIPT, "postgres"])
        .arg(bin)
        .current_dir("/tmp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut shell = command.spawn().unwrap();
    let mut folder = String::new();
    BufReader::new(shell.stdout.take().unwrap()).read_line(&mut folder).unwrap();
    assert!(!folder.is_empty(), "initdb failed");
    Some(Server { folder: folder.trim().to_owned(), _shell: shell })
}

/// Returns a shell of a user as whom the server runs. It refuses to run as root.
pub fn as_server_user() -> Command {
    let is_root =
        Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
    if !is_root {
        return Command::new("sh");
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--", "sh"]);
    command
}

/// Returns the folder of the server's programs: the newest of Debian's, else the one on the path.
fn bin() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all: Vec<PathBuf> = versions.collect();
    all.sort();
    all.reverse();
    all.extend(std::env::split_paths(&path));
    all.into_iter()
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}
