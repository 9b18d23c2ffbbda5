import { env } from "cloudflare:workers";
import { Form, Link } from "react-router";
import { personContext, requireSession } from "../session.server";
import type { Route } from "./+types/account";

export const middleware: Route.MiddlewareFunction[] = [requireSession];

export async function loader({ context }: Route.LoaderArgs) {
  const { user } = context.get(personContext);
  return { user, note: (await env.NOTES.get(user.id)) ?? "" };
}

export async function action({ context, request }: Route.ActionArgs) {
  const { user } = context.get(personContext);
  const note = String((await request.formData()).get("note") ?? "").slice(0, 280);
  await env.NOTES.put(user.id, note);
  return { note };
}

export default function Account({ loaderData: { user, note }, actionData }: Route.ComponentProps) {
  return (
    <>
      <section className="who">
        <div>
          <h1>{[user.firstName, user.lastName].filter(Boolean).join(" ") || user.id}</h1>
          <p className="soft">{user.email}</p>
        </div>
        <form method="post" action="/auth/logout">
          <input type="hidden" name="returnTo" value="/" />
          <button type="submit" className="quiet">
            Sign out
          </button>
        </form>
      </section>
      <section>
        <Form method="post">
          <label htmlFor="note">Your note</label>
          {/* KV may show an old value for a minute after a write; the action knows better. */}
          <textarea id="note" name="note" rows={4} maxLength={280} defaultValue={actionData?.note ?? note} />
          <button type="submit">Keep it</button> <span role="status">{actionData && "Kept."}</span>
        </Form>
      </section>
      <p>
        <Link to="/">Back to the first page</Link>
      </p>
    </>
  );
}
