import { Link } from "react-router";
import { authContext } from "../session.server";
import type { Route } from "./+types/home";

export function loader({ context }: Route.LoaderArgs) {
  const auth = context.get(authContext);
  return { state: auth.state, user: auth.state === "authenticated" ? auth.user : null };
}

export default function Home({ loaderData: { state, user } }: Route.ComponentProps) {
  if (user) {
    return (
      <section data-state={state}>
        <h1>Hello {user.firstName ?? user.email ?? user.id}</h1>
        <p className="soft">This page is for everybody. The next one is yours alone.</p>
        <p>
          <Link className="button" to="/account">
            Your note
          </Link>
        </p>
      </section>
    );
  }
  if (state === "unavailable") {
    return (
      <section data-state={state}>
        <h1>A moment, please</h1>
        <p className="soft">We cannot tell who you are just now. If you were signed in, you still are.</p>
      </section>
    );
  }
  return (
    <section data-state={state}>
      <h1>Nobody is signed in</h1>
      <p className="soft">Sign in, and leave a note for yourself.</p>
      <p>
        <a className="button" href="/auth/login?returnTo=/account">
          Sign in
        </a>
      </p>
    </section>
  );
}
