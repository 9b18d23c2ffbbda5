import { beforeEach, expect, it } from "vitest";
import { all, statuses, useApp } from "./app.js";
import type { Answer } from "./four-workers.js";
import { cookieOf } from "./visitors.js";

const app = useApp();

beforeEach(() => app.restart({ entry: "sessions-worker.ts", sessions: true }));

/** Cookie of somebody whose session has moved into the store. */
async function device(userId: string): Promise<string> {
  const { cookies } = await app.visit(await app.signIn({ userId }));
  const cookie = cookieOf(cookies) ?? "";
  expect(cookie).toMatch(/^__Host-session=eo1\.[\w-]{43}\.[\w-]{43}$/);
  return cookie;
}

/** From each of the four isolates, every one of which has met this session before. */
const everywhere = async (cookie: string): Promise<number[]> =>
  statuses(
    await Promise.all([0, 1, 2, 3].map((at) => app.workers.fetchFrom(at, "/", { headers: { Cookie: cookie } }))),
  );

const end = (cookie: string, path: string): Promise<Answer> =>
  app.workers.fetch(path, { method: "DELETE", headers: { Cookie: cookie, "Sec-Fetch-Site": "same-origin" } });

it("MB-06 one device ends another: its very next request is refused by every isolate, and no other session", async () => {
  const [phone, laptop, stranger] = [await device("ada"), await device("ada"), await device("bob")];
  for (const cookie of [phone, laptop, stranger]) expect(await everywhere(cookie)).toEqual(all(4, 200));
  const { sessions } = JSON.parse((await app.visit(laptop, "/auth/sessions")).body);
  expect(sessions).toHaveLength(2);
  const other = sessions.find(({ current }: { current: boolean }) => !current);
  expect((await end(laptop, `/auth/sessions/${other.id}`)).status).toBe(204);
  expect(await everywhere(phone)).toEqual(all(4, 401));
  for (const cookie of [laptop, stranger]) expect(await everywhere(cookie)).toEqual(all(4, 200));
});

it("MB-06 all devices are ended: 401 for the next request of each, everywhere", async () => {
  const cookies = await Promise.all(Array.from({ length: 5 }, () => device("ada")));
  for (const cookie of cookies) expect(await everywhere(cookie)).toEqual(all(4, 200));
  const ended = await end(cookies[0] ?? "", "/auth/sessions?all=true");
  expect([ended.status, JSON.parse(ended.body)]).toEqual([200, { ended: 5 }]);
  for (const cookie of cookies) expect(await everywhere(cookie)).toEqual(all(4, 401));
});

it("RF-01 100 requests over four isolates with one stored session whose token has ended: 1 call, no new cookie", async () => {
  const cookie = await device("ada");
  await app.passTime(400);
  const answers = await app.visits(100, cookie);
  expect(statuses(answers)).toEqual(all(100, 200));
  expect(answers.flatMap(({ cookies }) => cookies)).toEqual([]);
  expect(app.provider.calls.refresh).toBe(1);
});

it("RF-01 100 requests over four isolates with one sealed cookie whose token ended before the store came: 1 call, 100 times 200", async () => {
  const sealed = await app.signIn({ userId: "ada" });
  await app.passTime(400);
  const answers = await app.visits(100, sealed);
  expect(statuses(answers)).toEqual(all(100, 200));
  expect(app.provider.calls.refresh).toBe(1);
  const moved = new Set(answers.map(({ cookies }) => cookieOf(cookies)));
  expect(moved.size).toBe(1);
  expect(await everywhere([...moved][0] ?? "")).toEqual(all(4, 200));
});
