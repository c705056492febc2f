// A session outlives the server that opened it.
import { expect, profile, signUp, test } from "./support";
import { Server } from "./server";

const ports = { scripts: 3211, "no-scripts": 3212, phone: 3213 };

test.describe("a server of its own", () => {
  const servers = new Map<string, Server>();

  test.use({ baseURL: async ({}, use, info) => {
    const server = new Server(ports[info.project.name as keyof typeof ports]);
    servers.set(info.project.name, server);
    await server.start();
    await use(server.origin);
    await server.remove();
  } });

  test("somebody who is signed in stays so when the server restarts", async ({ page, scripts, phone }, info) => {
    await signUp(page, scripts, phone);
    const server = servers.get(info.project.name)!;
    await server.stop();
    await server.start();
    await page.goto("/");
    await expect(profile(page)).toBeVisible();
    await page.goto("/account");
    await expect(page.getByText("ada@example.com")).toBeVisible();
  });
});
