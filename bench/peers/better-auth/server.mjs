// better-auth as a production deployment would run it, for the load that Ringkey is measured with.
// Settings come from the environment: PORT, DATABASE (an SQLite file), GATEWAY (the fake SMS provider's origin).
import { randomBytes } from "node:crypto";
import http from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { phoneNumber } from "better-auth/plugins";
import Database from "better-sqlite3";

const { PORT, DATABASE, GATEWAY, COUNTRY_CODE = "91" } = process.env;
if (!PORT || !DATABASE || !GATEWAY) throw new Error("PORT, DATABASE and GATEWAY must be set");
if (process.env.NODE_ENV !== "production") throw new Error("NODE_ENV must be production, else the figures mean nothing");

// The same promise as Ringkey's: what was answered for survives a power cut. The driver's own default is weaker in WAL mode.
const database = new Database(DATABASE);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
const journal = database.pragma("journal_mode", { simple: true });
const synchronous = database.pragma("synchronous", { simple: true });
if (journal !== "wal" || synchronous !== 2) throw new Error(`journal ${journal}, synchronous ${synchronous}`);

// A connection a text would measure the handshake, not the server.
const agent = new http.Agent({ keepAlive: true });

function sendText(phone, code) {
  const query = new URLSearchParams({
    mobile: phone.slice(1 + COUNTRY_CODE.length),
    country_code: COUNTRY_CODE,
    otp: code,
  });
  return new Promise((resolve, reject) => {
    const request = http.get(`${GATEWAY}/request?${query}`, { agent }, (answer) => {
      answer.resume(); // the socket goes back to the agent only once the body is read
      answer.on("error", reject);
      answer.on("end", () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`gateway answered ${answer.statusCode}`)),
      );
    });
    request.on("error", reject);
  });
}

const options = {
  baseURL: `http://127.0.0.1:${PORT}`,
  secret: randomBytes(32).toString("base64"), // new at each start: no session outlives a run
  database,
  logger: { disabled: true },
  telemetry: { enabled: false },
  // Off, to this peer's advantage: one machine is the whole load, so it would refuse nearly all of it.
  // Ringkey runs the same load with every limit on, only set higher.
  rateLimit: { enabled: false },
  advanced: { useSecureCookies: false }, // the load speaks plain http on loopback
  plugins: [
    phoneNumber({
      otpLength: 6,
      phoneNumberValidator: (phone) => /^\+[1-9]\d{6,14}$/.test(phone),
      sendOTP: ({ phoneNumber, code }) => sendText(phoneNumber, code),
      signUpOnVerification: {
        getTempEmail: (phone) => `${phone.slice(1)}@phone.invalid`,
        getTempName: (phone) => phone,
      },
    }),
  ],
};

const { runMigrations } = await getMigrations(options);
await runMigrations();

const server = http.createServer(toNodeHandler(betterAuth(options)));
server.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on ${options.baseURL}; ${journal}, synchronous ${synchronous}`));
