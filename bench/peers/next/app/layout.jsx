import { getServerSession } from "next-auth";
import { Header } from "../components/header";
import { Providers } from "../components/providers";
import { authOptions } from "../lib/auth";
import "./globals.css";

export const metadata = { title: "Acme", description: "Sign in with your phone number." };

export default async function RootLayout({ children }) {
  // Read on the server, so that the header is right at first paint and the browser asks nothing more.
  const session = await getServerSession(authOptions);
  return (
    <html lang="en">
      <body>
        <Providers session={session}>
          <Header />
          <main>{children}</main>
        </Providers>
      </body>
    </html>
  );
}
