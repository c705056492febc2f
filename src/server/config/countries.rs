//! `ALLOWED_COUNTRIES`: the countries whose numbers are served.

use super::origin::Origin;
use super::reader::Reader;
use crate::server::countries::Countries;

pub(super) fn read(reader: &mut Reader<'_>, origin: &Origin) -> Countries {
    let list = reader.set_value("ALLOWED_COUNTRIES");
    if list.is_none() && !origin.is_loopback() {
        reader
            .finding("ALLOWED_COUNTRIES", "is required for an origin that others reach; list the countries you text, like IN,US");
    }
    let countries = Countries::parse(list.unwrap_or("*")).unwrap_or_else(|unknown| {
        reader.finding(
            "ALLOWED_COUNTRIES",
            &format!("has no country or unknown ones ({}); write ISO codes like IN,US", unknown.join(", ")),
        );
        Countries::default()
    });
    for (region, main) in countries.without_own_numbers() {
        let what =
            format!("has {region}, whose mobile numbers are all taken as those of {main}, so that none gets a text; add {main}");
        reader.finding("ALLOWED_COUNTRIES", &what);
    }
    countries
}
