"use client";

import { signIn } from "next-auth/react";
import { useEffect, useRef, useState } from "react";
import { COUNTRIES } from "../lib/countries";
import { OtpBoxes } from "./otp-boxes";

async function post(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.error);
  return data;
}

export function AuthDialog({ title, onClose }) {
  const dialog = useRef(null);
  const [step, setStep] = useState("phone");
  const [country, setCountry] = useState(COUNTRIES[0].code);
  const [national, setNational] = useState("");
  const [code, setCode] = useState("");
  const [ticket, setTicket] = useState(null);
  const [details, setDetails] = useState({ firstName: "", lastName: "", email: "" });
  const [wait, setWait] = useState(0); // seconds until a code may be sent again
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");

  useEffect(() => {
    // Strict mode runs effects twice, and an open dialog must not be opened again.
    if (!dialog.current.open) dialog.current.showModal();
    // React's autoFocus came while the dialog was still hidden.
    dialog.current.querySelector("input").focus();
  }, []);

  useEffect(() => {
    if (wait === 0) return;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);

  const phone = `+${COUNTRIES.find((c) => c.code === country).dial}${national.replace(/\D/g, "")}`;

  // Every button goes through here: one request at a time, and its error is shown.
  async function run(work) {
    setBusy(true);
    setError("");
    try {
      await work();
    } catch (problem) {
      setError(problem.message);
    }
    setBusy(false);
  }

  const submit = (work) => (event) => {
    event.preventDefault();
    if (!busy) run(work);
  };

  async function sendCode() {
    const { resendIn } = await post("/api/send-otp", { phone });
    setCode("");
    setWait(resendIn);
    setStep("code");
  }

  async function verify() {
    const { ticket, registered } = await post("/api/verify-otp", { phone, code });
    if (registered) return enter({ ticket });
    setTicket(ticket);
    setStep("details");
  }

  async function enter(credentials) {
    const answer = await signIn("credentials", { ...credentials, redirect: false });
    if (answer?.error) throw new Error("That did not work. Please start again.");
    dialog.current.close();
  }

  const detail = (name, label, type, autoComplete) => (
    <label>
      {label}
      <input
        name={name}
        type={type}
        autoComplete={autoComplete}
        required
        value={details[name]}
        onChange={(event) => setDetails({ ...details, [name]: event.target.value })}
      />
    </label>
  );

  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={onClose}>
      <h2 id="dialog-title">{title}</h2>
      <button className="plain close" aria-label="Close" onClick={() => dialog.current.close()}>✕</button>

      {step === "phone" && (
        <form onSubmit={submit(sendCode)}>
          <label>
            Country
            <select name="country" value={country} onChange={(event) => setCountry(event.target.value)}>
              {COUNTRIES.map((c) => (
                <option key={c.code} value={c.code}>{`${c.name} (+${c.dial})`}</option>
              ))}
            </select>
          </label>
          <label>
            Phone number
            <input
              name="phone"
              type="tel"
              autoComplete="tel-national"
              autoFocus
              required
              value={national}
              onChange={(event) => setNational(event.target.value)}
            />
          </label>
          <button className="primary" disabled={busy}>Send code</button>
        </form>
      )}

      {step === "code" && (
        <form onSubmit={submit(verify)}>
          <p>We sent a code to {phone}.</p>
          <OtpBoxes value={code} onChange={setCode} />
          <button className="primary" disabled={busy || code.length < 6}>Verify</button>
          <p className="row">
            <button type="button" className="plain" onClick={() => setStep("phone")}>Change number</button>
            <button type="button" className="plain" disabled={busy || wait > 0} onClick={() => run(sendCode)}>
              {wait > 0 ? `Resend code in ${wait} s` : "Resend code"}
            </button>
          </p>
        </form>
      )}

      {step === "details" && (
        <form onSubmit={submit(() => enter({ ticket, ...details }))}>
          {detail("firstName", "First name", "text", "given-name")}
          {detail("lastName", "Last name", "text", "family-name")}
          {detail("email", "Email", "email", "email")}
          <button className="primary" disabled={busy}>Create account</button>
        </form>
      )}

      {error && <p className="error" role="alert">{error}</p>}
    </dialog>
  );
}
