//! The setting `ALLOWED_COUNTRIES`: the countries whose phone numbers are served.

use super::origin::Origin;
use super::reader::Reader;
use crate::server::countries::Countries;

pub(super) fn read(reader: &mut Reader<'_>, origin: &Origin) -> Countries {
    let list = reader.set_value("ALLOWED_COUNTRIES");
    if list.is_none() && !origin.is_loopback() {
        reader.finding(
            "ALLOWED_COUNTRIES",
            "is required for an origin that other machines can reach",
            "list the countries to which you send SMS, like IN,US",
        );
    }
    let countries = Countries::parse(list.unwrap_or("*")).unwrap_or_else(|unknown| {
        reader.finding(
            "ALLOWED_COUNTRIES",
            format!("is empty or has unknown countries ({})", unknown.join(", ")),
            "write ISO codes like IN,US",
        );
        Countries::default()
    });
    for (region, main) in countries.without_own_numbers() {
        let problem = format!(
            "has {region}, but all mobile numbers of {region} count as numbers of {main}, which is \
             not served"
        );
        reader.finding("ALLOWED_COUNTRIES", problem, format!("add {main}"));
    }
    countries
}
