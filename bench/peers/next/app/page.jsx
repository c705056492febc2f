export default function Home() {
  return (
    <>
      <h1>Welcome to Acme</h1>
      <p>Sign in with your phone number: we text you a code, you type it, and you are in.</p>
    </>
  );
}
