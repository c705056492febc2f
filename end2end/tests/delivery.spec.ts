// The report of a provider about a text, in the dialog and on the page.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { checkAxe } from "./checks";
import { expect, openSignIn, sendCode, test, verify } from "./support";
import { ownServer } from "./server";

const ports = { scripts: 3510, "no-scripts": 3511, phone: 3512 };
const secret = Buffer.alloc(32, 7);
const providerPort = (port: number) => port + 1000;

test.describe("a provider that reports", () => {
  test.use({
    baseURL: ownServer(ports, (port) => ({
      SMS_PROVIDERS: "webhook",
      SMS_RECEIPTS: "on",
      WEBHOOK_BASE_URL: `http://127.0.0.1:${providerPort(port)}/`,
      WEBHOOK_SECRETS: `whsec_${secret.toString("base64")}`,
      RESEND_COOLDOWNS: "1",
    })),
  });

  test("the person learns what became of the text", async ({ page, scripts, phone, baseURL }) => {
    const texts: { id: string; code: string }[] = [];
    const provider = createServer((request, response) => {
      const id = String(request.headers["webhook-id"]);
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        texts.push({ id, code: JSON.parse(body).data.code });
        response.end();
      });
    });
    provider.listen(providerPort(Number(new URL(baseURL!).port)), "127.0.0.1");

    /** Posts the signed receipt of the last text, and loads the page anew without scripts. */
    async function report(status: string): Promise<void> {
      const body = JSON.stringify({ id: texts.at(-1)!.id, status });
      const time = Math.floor(Date.now() / 1000);
      const mac = createHmac("sha256", secret).update(`receipt.${time}.${body}`).digest("base64");
      const headers = {
        "webhook-id": "receipt",
        "webhook-timestamp": String(time),
        "webhook-signature": `v1,${mac}`,
      };
      const url = `${baseURL}/receipts/webhook`;
      const answer = await fetch(url, { method: "POST", headers, body });
      expect(answer.status).toBe(204);
      if (!scripts) await page.goto("/sign-in/code");
    }

    const place = await openSignIn(page, scripts);
    await sendCode(place, phone);
    await report("failed");
    const note = place.locator("#delivery");
    await expect(note).toHaveText(/^The network did not deliver this text/, { timeout: 15_000 });
    if (scripts) await checkAxe(page, "the code step with a text that failed");
    await page.waitForTimeout(2_000);
    await place.getByRole("button", { name: "Resend code" }).click();
    await expect(place.getByText("Another text is on its way.")).toBeVisible();
    expect(texts).toHaveLength(2);
    await report("delivered");
    await expect(note).toHaveText("The text is on your phone.", { timeout: 15_000 });
    await verify(place, texts[1].code);
    await expect(place.getByLabel("First name")).toBeVisible();
    provider.close();
  });
});
