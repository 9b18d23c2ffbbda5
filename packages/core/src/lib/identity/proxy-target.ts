import type { ProxyRoute } from "./proxy-options.js";

/** A route, and where it leads. */
export interface ResolvedRoute {
  readonly route: ProxyRoute;
  /** Empty for `/`. */
  readonly prefix: string;
  readonly origin: string;
  /** The upstream's path, without a slash at its end. */
  readonly base: string;
  readonly methods: readonly string[];
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** The longest prefix first. */
export function resolveRoutes(routes: readonly ProxyRoute[]): readonly ResolvedRoute[] {
  const resolved = routes.map((route) => {
    const { origin, pathname } = new URL(route.to);
    const methods = route.methods ?? METHODS;
    return {
      route,
      prefix: route.prefix === "/" ? "" : route.prefix,
      origin,
      base: pathname.replace(/\/+$/, ""),
      methods: methods.includes("GET") && !methods.includes("HEAD") ? [...methods, "HEAD"] : methods,
    };
  });
  return resolved.toSorted((a, b) => b.prefix.length - a.prefix.length);
}

/** The route a canonical path belongs to. */
export function routeOf(routes: readonly ResolvedRoute[], path: string): ResolvedRoute | undefined {
  return routes.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
}

/** The route that one reading of an ambiguous path belongs to: parsed, or as its text begins. */
export function ambiguousRoute(routes: readonly ResolvedRoute[], url: string): ResolvedRoute | undefined {
  const [, text = "/"] = /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(url) ?? [];
  return routeOf(routes, new URL(url).pathname) ?? routeOf(routes, text);
}

/**
 * Where a request goes: the canonical path, encoded anew, behind a constant origin and base. What a client writes can
 * neither become a host (`//evil.example`) nor leave the base (`..`). `null` when a parser would still make something
 * else of it.
 */
export function targetOf(
  { prefix, origin, base }: Pick<ResolvedRoute, "prefix" | "origin" | "base">,
  path: string,
  requested: URL,
): URL | null {
  const rest = path.slice(prefix.length);
  const slash = requested.pathname.endsWith("/") && !rest.endsWith("/") ? "/" : "";
  const wanted = `${base}${rest.split("/").map(encodeSegment).join("/")}${slash}` || "/";
  const target = URL.parse(`${origin}${wanted}${requested.search}`);
  return target?.origin === origin && target.pathname === wanted ? target : null;
}

/**
 * Where a redirect of the upstream leads our visitor: within its base to the path that leads there, elsewhere as it is.
 * `null` for a place of the upstream that no visitor reaches, and for what is no web address.
 */
export function locationFor({ prefix, origin, base }: ResolvedRoute, location: string, target: URL): string | null {
  const url = URL.parse(location, target);
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  if (url.origin !== origin) return url.href;
  if (url.pathname !== base && !url.pathname.startsWith(`${base}/`)) return null;
  const path = `${prefix}${url.pathname.slice(base.length)}` || "/";
  // `//` at the beginning would be another host.
  return path.startsWith("//") ? null : `${path}${url.search}${url.hash}`;
}

/** Everything but what stands for itself in a path (RFC 3986 §3.3). */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/%(?:24|26|2B|2C|3A|3D|40)/g, decodeURIComponent);
}
