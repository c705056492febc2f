// The fake provider of the benchmark; Node's fetch keeps the connection.
export async function sendText(countryCode, mobile, otp) {
  const query = new URLSearchParams({ mobile, country_code: countryCode, otp });
  const answer = await fetch(`${process.env.GATEWAY}/request?${query}`, { cache: "no-store" });
  await answer.text();
  if (!answer.ok) throw new Error(`gateway answered ${answer.status}`);
}
