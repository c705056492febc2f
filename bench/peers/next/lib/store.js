// In memory, as in the prototype: a restart forgets everybody.
// On globalThis, because each route is bundled by itself and would otherwise get a store of its own.
const store = (globalThis.acmeStore ??= {
  codes: new Map(), // phone -> { code, expires, attempts, resendAt }
  tickets: new Map(), // ticket -> { phone, expires }
  users: new Map(), // phone -> { id, name, email, phone }
});

export const { codes, tickets, users } = store;
