import { randomBytes, randomInt } from "node:crypto";
import { COUNTRIES } from "./countries";
import { sendText } from "./sms";
import { codes, tickets, users } from "./store";

const CODE_LIFE = 5 * 60_000;
const TICKET_LIFE = 10 * 60_000;
const RESEND_AFTER = 30_000;
const ATTEMPTS = 5;

// What went wrong by the visitor's doing; its message is shown to them.
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function sendCode(phone) {
  const country = COUNTRIES.find((c) => String(phone).startsWith(`+${c.dial}`));
  if (!country || !/^\+\d{8,15}$/.test(phone)) throw new Refusal(422, "Please check the phone number.");

  const now = Date.now();
  if (codes.get(phone)?.resendAt > now) throw new Refusal(429, "Please wait before asking for another code.");

  const code = String(randomInt(1_000_000)).padStart(6, "0");
  await sendText(country.dial, phone.slice(1 + country.dial.length), code);
  codes.set(phone, { code, expires: now + CODE_LIFE, attempts: 0, resendAt: now + RESEND_AFTER });
  return RESEND_AFTER / 1000;
}

// Trades a right code for a ticket, which signs in once.
export function verifyCode(phone, code) {
  const sent = codes.get(phone);
  if (!sent || sent.expires < Date.now()) throw new Refusal(410, "The code has expired. Please ask for another.");
  if (++sent.attempts > ATTEMPTS) throw new Refusal(429, "Too many tries. Please ask for another code.");
  if (sent.code !== code) throw new Refusal(401, "That code is not right.");

  codes.delete(phone);
  const ticket = randomBytes(32).toString("base64url");
  tickets.set(ticket, { phone, expires: Date.now() + TICKET_LIFE });
  return { ticket, registered: users.has(phone) };
}

export function takeTicket(ticket) {
  const found = tickets.get(ticket);
  tickets.delete(ticket);
  return found && found.expires > Date.now() ? found.phone : null;
}
