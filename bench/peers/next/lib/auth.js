import { randomUUID } from "node:crypto";
import CredentialsProvider from "next-auth/providers/credentials";
import { takeTicket } from "./otp";
import { users } from "./store";

export const authOptions = {
  secret: process.env.NEXTAUTH_SECRET,
  session: { strategy: "jwt" }, // the only one that credentials can have
  providers: [
    CredentialsProvider({
      credentials: { ticket: {}, firstName: {}, lastName: {}, email: {} },
      authorize({ ticket, firstName, lastName, email }) {
        const phone = takeTicket(ticket);
        if (!phone) return null;
        if (users.has(phone)) return users.get(phone);
        if (!firstName?.trim() || !lastName?.trim() || !/^\S+@\S+\.\S+$/.test(email ?? "")) return null;

        const user = { id: randomUUID(), name: `${firstName.trim()} ${lastName.trim()}`, email, phone };
        users.set(phone, user);
        return user;
      },
    }),
  ],
};
