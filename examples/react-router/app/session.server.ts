import type { Authenticated, RequestAuth } from "@edgeseal/core";
import { createContext, type MiddlewareFunction, redirectDocument } from "react-router";

export const authContext = createContext<RequestAuth>();
export const personContext = createContext<Authenticated>();

export const requireSession: MiddlewareFunction<Response> = ({ context, url }) => {
  const auth = context.get(authContext);
  if (auth.state === "unavailable") throw auth.deny();
  if (auth.state === "anonymous") {
    const returnTo = url.pathname + url.search;
    throw redirectDocument(`/auth/login?${new URLSearchParams({ returnTo })}`);
  }
  context.set(personContext, auth);
};
