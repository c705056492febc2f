import { answer } from "../../../lib/answer";
import { sendCode } from "../../../lib/otp";

export const POST = (request) => answer(request, async ({ phone }) => ({ resendIn: await sendCode(phone) }));
