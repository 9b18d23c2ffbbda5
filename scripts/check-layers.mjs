// Which file may import which. Imports of types count: a type that must look up lives in the wrong room.
import { importsOf, readPackages, resolveImport } from "./workspace.mjs";

const ROOMS = "base seal cookie token provider audit policy identity session bearer flow native sso auth testing".split(
  " ",
);
const WORKERS_ONLY = "cloudflare:workers";

export function checkLayers(packages = readPackages()) {
  return packages.flatMap(({ manifest, sources }) => {
    const graph = new Map([...sources].map(([path, text]) => [path, importsOf(text)]));
    const problems = [...checkPackageNames(graph, manifest), ...checkDoorsStayOutside(graph), ...checkCycles(graph)];
    if (manifest.name === "@edgeseal/core") problems.push(...checkRooms(graph));
    else problems.push(...checkWorkersOnly(graph));
    return problems.map((problem) => `${manifest.name}: ${problem}`);
  });
}

/** Core: base → seal → … → auth → testing. A room imports itself and the rooms to its left. */
function checkRooms(graph) {
  const problems = [];
  for (const [path, specifiers] of graph) {
    if (!path.startsWith("lib/")) continue;
    const room = ROOMS.indexOf(path.split("/")[1]);
    if (room === -1) problems.push(`${path} lies in no room of ${ROOMS.join(" → ")}`);
    for (const specifier of specifiers) {
      const target = resolveImport(path, specifier);
      if (target?.startsWith("lib/") && ROOMS.indexOf(target.split("/")[1]) > room) {
        problems.push(`${path} imports ${target}, against the arrow ${ROOMS.join(" → ")}`);
      }
    }
  }
  return problems;
}

/** Only named dependencies, nothing of Node, and the Workers module in the adapter alone. */
function checkPackageNames(graph, manifest) {
  const allowed = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})];
  if (manifest.name === "@edgeseal/workers-adapter") allowed.push(WORKERS_ONLY);
  const problems = [];
  for (const [path, specifiers] of graph) {
    for (const specifier of specifiers) {
      if (specifier.startsWith(".")) continue;
      if (!allowed.some((name) => specifier === name || specifier.startsWith(`${name}/`))) {
        problems.push(`${path} imports ${specifier}, which is no dependency of this package`);
      }
    }
  }
  return problems;
}

/** What no door names is private; a file that imports a door would tie the inside to the outside. */
function checkDoorsStayOutside(graph) {
  const problems = [];
  for (const [path, specifiers] of graph) {
    for (const specifier of specifiers) {
      const target = resolveImport(path, specifier);
      if (target === null) continue;
      if (!graph.has(target)) problems.push(`${path} imports ${specifier}, which is not there`);
      else if (!target.startsWith("lib/")) problems.push(`${path} imports the door ${target}`);
    }
  }
  return problems;
}

/** Whoever imports the door `.` of the adapter must not need `cloudflare:workers`: only `./durable-objects` may. */
function checkWorkersOnly(graph) {
  const doors = [...graph.keys()].filter((path) => !path.startsWith("lib/") && path !== "durable-objects.ts");
  return doors.flatMap((door) => {
    const reached = new Set([door]);
    for (const path of reached) {
      for (const specifier of graph.get(path) ?? []) {
        if (specifier === WORKERS_ONLY) return [`the door ${door} reaches ${WORKERS_ONLY} through ${path}`];
        const target = resolveImport(path, specifier);
        if (target !== null) reached.add(target);
      }
    }
    return [];
  });
}

function checkCycles(graph) {
  const finished = new Set();
  const problems = [];
  function visit(path, trail) {
    if (trail.includes(path)) {
      problems.push(`a circle of imports: ${[...trail.slice(trail.indexOf(path)), path].join(" → ")}`);
      return;
    }
    if (finished.has(path)) return;
    for (const specifier of graph.get(path) ?? []) {
      const target = resolveImport(path, specifier);
      if (target !== null) visit(target, [...trail, path]);
    }
    finished.add(path);
  }
  for (const path of graph.keys()) visit(path, []);
  return problems;
}
