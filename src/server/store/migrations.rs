//! The migrations of both databases, embedded from `migrations/` at compile time. They are ordered
//! by the numbers in their file names.

use include_dir::{Dir, include_dir};

static SQLITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/sqlite");
static POSTGRES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/postgres");

/// A migration, from one file of `migrations/`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Migration {
    /// The file name without its number and extension.
    pub name: &'static str,
    /// The SQL text of the file.
    pub sql: &'static str,
}

/// Returns the migrations of `SQLite` in order.
pub(super) fn sqlite() -> Vec<Migration> {
    ordered(&SQLITE)
}

/// Returns the migrations of `PostgreSQL` in order.
pub(super) fn postgres() -> Vec<Migration> {
    ordered(&POSTGRES)
}

fn ordered(folder: &'static Dir<'static>) -> Vec<Migration> {
    let mut files: Vec<(&str, &str)> = folder
        .files()
        .filter_map(|file| {
            Some((file.path().to_str()?.strip_suffix(".sql")?, file.contents_utf8()?))
        })
        .collect();
    files.sort_unstable();
    files
        .into_iter()
        .map(|(file, sql)| Migration {
            name: file.split_once('_').map_or(file, |(_, name)| name),
            sql,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_have_the_same_migrations_numbered_from_one() {
        let names = |folder: &'static Dir<'static>| {
            let mut names: Vec<&str> =
                folder.files().map(|file| file.path().to_str().unwrap()).collect();
            names.sort_unstable();
            names
        };
        assert_eq!(names(&SQLITE), names(&POSTGRES));
        for (number, name) in (1..).zip(names(&SQLITE)) {
            assert!(name.starts_with(&format!("{number:04}_")), "{name}");
        }
        assert_eq!(sqlite().len(), names(&SQLITE).len());
        assert!(sqlite()[0].name == "sign_in" && sqlite()[0].sql.contains("CREATE TABLE users"));
    }
}
