//! The doctor's look at files and folders.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use rustix::fs::statvfs;

use crate::domain::time::Timestamp;
use crate::server::config::{Config, Finding, KEY_FILE, SqliteMode};
use crate::server::private_files::is_private;
use crate::server::{backup, log};

/// The least free space of a disk with the database or the backups, in bytes: our own choice, room
/// for days of sign-ins after the warning.
const MIN_FREE_BYTES: u64 = 512 * 1024 * 1024;
/// The types of network file systems (`statfs`, `f_type`): NFS, SMB, CIFS and SMB2. The write-ahead
/// log of `SQLite` needs shared memory, which they do not have.
const NETWORK_FILE_SYSTEMS: [u32; 4] = [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42];
/// The age in seconds from which the newest backup is too old: the daily one was missed.
const MAX_BACKUP_AGE: i64 = 2 * 86_400;

pub(super) fn examine(config: &Config, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(examine_site(config));
    findings.extend(examine_log(config));
    for file in [".env", KEY_FILE] {
        if !is_private(Path::new(file)) {
            let fix = format!("let its owner alone read it: chmod 600 {file}");
            findings.push(Finding::warning(file, "can be read by other users", fix));
        }
    }
    if let Some(file) = config.sqlite_file() {
        findings.extend(examine_sqlite(&file.path, file.mode));
    }
    findings.extend(examine_backups(config, now));
    findings
}

fn examine_site(config: &Config) -> Option<Finding> {
    if config.has_embedded_site {
        return None;
    }
    let site = &config.site;
    let folder = Path::new(&*site.site_root).join(&*site.site_pkg_dir);
    let mut files = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let has_styles = files.any(|file| file.extension().is_some_and(|end| end == "css"));
    (!has_styles).then(|| {
        Finding::warning(
            "LEPTOS_SITE_ROOT",
            format!("is {}, which is not a built site, so pages have no styles", site.site_root),
            "name the folder target/site of `make build`",
        )
    })
}

fn examine_log(config: &Config) -> Option<Finding> {
    (!log::is_valid_filter(&config.log_filter)).then(|| {
        Finding::warning(
            "RUST_LOG",
            "is not a log filter, so the level is info",
            "write a level, or levels by target, like info,ringkey::sql=debug",
        )
    })
}

fn examine_sqlite(path: &Path, mode: SqliteMode) -> Vec<Finding> {
    let mut findings = Vec::new();
    if mode == SqliteMode::ReadOnly {
        findings.push(Finding::error(
            "DATABASE_URL",
            "opens the database without writing, so nobody can sign in",
            "remove mode=ro",
        ));
    }
    if !is_private(path) {
        let fix = format!("let its owner alone read it: chmod 600 {}", path.display());
        findings.push(Finding::warning("DATABASE_URL", "names a file that others can read", fix));
    }
    let Some(folder) = nearest_folder(path) else { return findings };
    if is_on_network(folder) {
        findings.push(Finding::error(
            "DATABASE_URL",
            "names a file on a network file system, on which SQLite loses data",
            "keep the file on a disk of this machine, or use PostgreSQL",
        ));
    }
    findings.extend(examine_space("DATABASE_URL", folder));
    findings
}

#[cfg(target_os = "linux")]
fn is_on_network(folder: &Path) -> bool {
    rustix::fs::statfs(folder).is_ok_and(|system| is_network(system.f_type))
}

/// The types of file systems have other names on other systems.
#[cfg(not(target_os = "linux"))]
fn is_on_network(_: &Path) -> bool {
    false
}

/// Returns `true` for the type of a network file system.
fn is_network(kind: i64) -> bool {
    NETWORK_FILE_SYSTEMS.into_iter().any(|network| i64::from(network) == kind & 0xFFFF_FFFF)
}

fn examine_space(setting: &str, folder: &Path) -> Option<Finding> {
    let disk = statvfs(folder).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    (free < MIN_FREE_BYTES).then(|| {
        Finding::warning(
            setting,
            format!("is on a disk with {} MB left", free / 1_000_000),
            "make room, or move it to a larger disk",
        )
    })
}

fn examine_backups(config: &Config, now: Timestamp) -> Vec<Finding> {
    let Some(folder) = &config.backup.folder else {
        let problem = "is not set, so there are no backups, and a restore brings back what was \
                       deleted";
        let fix = "name a folder on another disk";
        let is_local = config.origin.is_loopback();
        return Vec::from_iter((!is_local).then(|| Finding::warning("BACKUP_DIR", problem, fix)));
    };
    let mut findings = Vec::new();
    if folder.exists() && !is_private(folder) {
        let fix = format!("let its owner alone read it: chmod 700 {}", folder.display());
        findings.push(Finding::warning("BACKUP_DIR", "names a folder that others can read", fix));
    }
    findings.extend(nearest_folder(folder).and_then(|folder| examine_space("BACKUP_DIR", folder)));
    let Some(database) = config.sqlite_path() else { return findings };
    let disk = |path: &Path| fs::metadata(nearest_folder(path)?).ok().map(|folder| folder.dev());
    if disk(folder).is_some() && disk(folder) == disk(&database) {
        findings.push(Finding::warning(
            "BACKUP_DIR",
            "is on the disk of the database, so both are lost with it",
            "name a folder on another disk",
        ));
    }
    // Before the first backup, the file of the database tells how long there has been none.
    let newest = backup::newest(folder, now).map(|(taken_at, _)| taken_at);
    let since = newest.or_else(|| created_at(&database));
    let age = since.map(|since| now.seconds_since(since));
    if let Some(age) = age.filter(|age| *age > MAX_BACKUP_AGE) {
        findings.push(Finding::warning(
            "BACKUP_DIR",
            format!("has no backup of the last {} days", age / 86_400),
            "start the server, which makes one a day, and look for `backup` in its log",
        ));
    }
    findings
}

/// Returns the time at which a file was created; `None` where the system does not know.
fn created_at(path: &Path) -> Option<Timestamp> {
    let created = fs::metadata(path).ok()?.created().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(created.as_secs()).ok().map(Timestamp)
}

/// Returns the folder in which a path is, or would be created.
fn nearest_folder(path: &Path) -> Option<&Path> {
    let beside = path.ancestors().find(|folder| folder.is_dir());
    beside.or_else(|| path.is_relative().then_some(Path::new(".")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn network_file_systems_are_told_by_their_type() {
        for (kind, expected) in
            [(0x6969, true), (0xFF53_4D42, true), (0xEF53, false), (0x0102_1994, false)]
        {
            assert_eq!(is_network(kind), expected, "{kind:x}");
        }
    }

    #[test]
    fn a_file_that_is_missing_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        assert!(is_private(&file));
        fs::write(&file, "").unwrap();
        for (mode, expected) in [(0o600, true), (0o640, false), (0o604, false), (0o700, true)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_private(&file), expected, "{mode:o}");
        }
    }
}
