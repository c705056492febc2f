// A short list on purpose: every country of the world would be more script, and count against this app.
export const COUNTRIES = [
  { code: "IN", name: "India", dial: "91" },
  { code: "AU", name: "Australia", dial: "61" },
  { code: "BD", name: "Bangladesh", dial: "880" },
  { code: "BR", name: "Brazil", dial: "55" },
  { code: "DE", name: "Germany", dial: "49" },
  { code: "FR", name: "France", dial: "33" },
  { code: "GB", name: "United Kingdom", dial: "44" },
  { code: "ID", name: "Indonesia", dial: "62" },
  { code: "NP", name: "Nepal", dial: "977" },
  { code: "SG", name: "Singapore", dial: "65" },
  { code: "AE", name: "United Arab Emirates", dial: "971" },
  { code: "US", name: "United States", dial: "1" },
];
