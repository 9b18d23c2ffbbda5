/** Who is at what, as times: a mark that nobody took away has no effect after its end. */
export interface Marks {
  /** `false`: somebody is at it. */
  begin(name: string, now: number): boolean;
  end(name: string): void;
}

const MAX_MARKS = 2_000;

export function createMarks(seconds: number): Marks {
  const until = new Map<string, number>();
  return {
    begin(name, now) {
      if (now < (until.get(name) ?? 0)) return false;
      until.delete(name);
      until.set(name, now + seconds);
      const [oldest] = until.keys();
      if (oldest !== undefined && until.size > MAX_MARKS) until.delete(oldest);
      return true;
    },
    end: (name) => void until.delete(name),
  };
}
