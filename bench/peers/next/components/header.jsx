"use client";

import { signOut, useSession } from "next-auth/react";
import { useState } from "react";
import { AuthDialog } from "./auth-dialog";

export function Header() {
  const { data: session } = useSession();
  const [mode, setMode] = useState(null); // "Sign in", "Sign up", or null while the dialog is closed

  return (
    <header>
      <a className="brand" href="/">Acme</a>
      {session ? (
        <ProfileMenu user={session.user} />
      ) : (
        <nav>
          <button onClick={() => setMode("Sign in")}>Sign in</button>
          <button className="primary" onClick={() => setMode("Sign up")}>Sign up</button>
        </nav>
      )}
      {mode && <AuthDialog title={mode} onClose={() => setMode(null)} />}
    </header>
  );
}

function ProfileMenu({ user }) {
  return (
    <details>
      <summary>{user.name}</summary>
      <div className="menu">
        <p>{user.email}</p>
        <button onClick={() => signOut({ redirect: false })}>Log out</button>
      </div>
    </details>
  );
}
