import type { ReactNode } from "react";
import { isRouteErrorResponse, Links, Meta, Outlet, Scripts, ScrollRestoration } from "react-router";
import type { Route } from "./+types/root";
import stylesheet from "./app.css?url";

export const links: Route.LinksFunction = () => [
  { rel: "stylesheet", href: stylesheet },
  { rel: "icon", href: "data:," },
];

export const meta: Route.MetaFunction = () => [{ title: "edgeseal · React Router" }];

export function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <Meta />
        <Links />
      </head>
      <body>
        <header>
          <p className="brand">
            edge<b>seal</b>
          </p>
          <p>in React Router, on a Worker</p>
        </header>
        <main>{children}</main>
        <ScrollRestoration />
        <Scripts />
      </body>
    </html>
  );
}

export default function App() {
  return <Outlet />;
}

export function ErrorBoundary({ error }: Route.ErrorBoundaryProps) {
  const status = isRouteErrorResponse(error) ? error.status : 500;
  const [title, text] = MESSAGES[status] ?? ["Something went wrong", "It has been written to the log of the Worker."];
  return (
    <section>
      <h1>{title}</h1>
      <p className="soft">{text}</p>
    </section>
  );
}

const MESSAGES: Readonly<Record<number, readonly [string, string]>> = {
  404: ["Nothing here", "No page has this address."],
  503: ["A moment, please", "Sign-in cannot be reached. You are still signed in; try again in a minute."],
};
