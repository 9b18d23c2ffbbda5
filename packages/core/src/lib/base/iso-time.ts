const FORM = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Epoch seconds of an ISO 8601 time with its offset; a local time would mean another moment on every machine. */
export function readIsoTime(value: unknown): number | null {
  const [, year, month, day] = (typeof value === "string" && FORM.exec(value)) || [];
  const milliseconds = typeof value === "string" ? Date.parse(value) : Number.NaN;
  // `Date.parse` takes February 30th for March 2nd.
  const exists = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  return year !== undefined && exists && !Number.isNaN(milliseconds) ? Math.floor(milliseconds / 1000) : null;
}
