import { afterEach, beforeEach } from "vitest";
import { type Answer, type FourWorkers, type FourWorkersOptions, startFourWorkers } from "./four-workers.js";
import { serveProvider } from "./provider-server.js";
import type { IssueOptions, ScriptedProvider } from "./scripted-provider.js";
import { type SignedIn, signIn, type Variables, variablesFor } from "./visitors.js";

export type Who = SignedIn | string;

/** Four isolates and a provider, fresh for each test of a file. */
export interface App {
  readonly provider: ScriptedProvider;
  readonly variables: Variables;
  readonly workers: FourWorkers;
  /** Four others instead, at the same time of day: a deployment. What ledger and KV held is gone. */
  restart(options: Partial<FourWorkersOptions>): Promise<void>;
  signIn(options?: IssueOptions): Promise<SignedIn>;
  visit(who: Who, path?: string): Promise<Answer>;
  /** At once, spread over the four. */
  visits(count: number, who: Who): Promise<Answer[]>;
  /** A page of the app calls one of our own routes. */
  post(who: Who, path: string, body?: object): Promise<Answer>;
  /** Hours go by, for the Workers and for the provider. */
  passTime(seconds: number): Promise<void>;
}

export const EXPIRED: IssueOptions = { expiresIn: -30 };
export const DUE: IssueOptions = { expiresIn: 20 };

export const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status);
export const all = (count: number, status: number): number[] => Array<number>(count).fill(status);

/** Call once per test file: the app it returns is another one in each test. */
export function useApp(): App {
  let stop = async (): Promise<void> => undefined;
  let ahead = 0;
  const app = {} as { -readonly [Part in keyof App]: App[Part] };

  beforeEach(async () => {
    ahead = 0;
    const server = await serveProvider({ now: () => Math.floor(Date.now() / 1000) + ahead });
    const { provider } = server;
    const variables = variablesFor(provider);
    let workers = await startFourWorkers({ variables: () => ({ ...variables }) });
    stop = async () => {
      await workers.dispose();
      await server.close();
    };
    Object.assign(app, partsOf());

    function partsOf(): App {
      return {
        provider,
        variables,
        workers,
        async restart(options) {
          await workers.dispose();
          workers = await startFourWorkers({ variables: () => ({ ...variables }), ...options });
          await workers.setClock(ahead);
          app.workers = workers;
        },
        signIn: (options) => signIn(provider, variables, options),
        visit: (who, path = "/") => workers.fetch(path, { headers: { Cookie: cookieHeader(who) } }),
        visits: (count, who) => Promise.all(Array.from({ length: count }, () => app.visit(who))),
        post(who, path, body = {}) {
          const headers = {
            Cookie: cookieHeader(who),
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/json",
          };
          return workers.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
        },
        async passTime(seconds) {
          ahead += seconds;
          await workers.setClock(ahead);
        },
      };
    }
  });
  afterEach(() => stop());
  return app;
}

function cookieHeader(who: Who): string {
  return typeof who === "string" ? who : who.cookie;
}
