import { answer } from "../../../lib/answer";
import { verifyCode } from "../../../lib/otp";

export const POST = (request) => answer(request, ({ phone, code }) => verifyCode(phone, code));
