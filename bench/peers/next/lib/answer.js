import { Refusal } from "./otp";

// Runs the work of a route on its JSON body, and makes a refusal an answer.
export async function answer(request, work) {
  try {
    return Response.json(await work(await request.json()));
  } catch (problem) {
    if (problem instanceof Refusal) return Response.json({ error: problem.message }, { status: problem.status });
    console.error(problem);
    return Response.json({ error: "Something went wrong. Please try again." }, { status: 500 });
  }
}
