/**
 * The list of what a release is made of, in CycloneDX: the npm packages that are in the program, as
 * deno.lock pins them, and the runtimes that it is put together with.
 *
 * @module
 */
import { Enums, Models, Serialize, Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../compile/stamp.ts";

interface Locked {
  readonly integrity: string;
  readonly dependencies?: readonly string[];
}

/** A runtime that files of the release hold. */
export interface Runtime {
  readonly name: "deno" | "bun";
  readonly version: string;
}

/**
 * The list as JSON.
 *
 * @param date of the release
 * @throws {Error} if it is not what the schema wants
 */
export async function sbom(runtimes: readonly Runtime[], date: Date): Promise<string> {
  const own = readJson("package.json");
  const locked = lockedPackages();
  const root = new Models.Component(Enums.ComponentType.Application, "raet", {
    version: own.version,
    bomRef: `pkg:npm/raet@${own.version}`,
    description: own.description,
    licenses: licenses(own.license),
  });
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: root, timestamp: date }),
    serialNumber: undefined, // the same release has the same list
  });
  const components = new Map<string, Models.Component>();
  const add = (name: string): Models.Component => {
    const known = components.get(name);
    if (known) return known;
    const [id, { integrity, dependencies = [] }] = locked(name);
    const component = componentOf(name, id.slice(name.length + 1).split("_")[0], integrity);
    components.set(name, component);
    for (const needed of dependencies) component.dependencies.add(add(bare(needed)).bomRef);
    bom.components.add(component);
    return component;
  };
  // Without the optional ones, which the build leaves out: the program holds no native code of npm.
  for (const name of Object.keys(own.dependencies)) root.dependencies.add(add(name).bomRef);
  for (const { name, version } of runtimes) {
    const component = new Models.Component(Enums.ComponentType.Platform, name, {
      version,
      bomRef: `pkg:npm/${name}@${version}`,
      purl: `pkg:npm/${name}@${version}`,
      licenses: licenses("MIT"),
    });
    root.dependencies.add(component.bomRef);
    bom.components.add(component);
  }
  const serializer = new Serialize.JsonSerializer(
    new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6),
  );
  const text = serializer.serialize(bom, { sortLists: true, space: 2 });
  const fault = await sbomFault(text);
  if (fault !== null) throw new Error(`the list of dependencies is not CycloneDX: ${fault}`);
  return `${text}\n`;
}

/** What CycloneDX's schema has against a list; null if nothing. */
export async function sbomFault(text: string): Promise<string | null> {
  const fault = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
  return fault === null ? null : JSON.stringify(fault);
}

/** Finds what the lock says about a package. */
function lockedPackages(): (name: string) => [string, Locked] {
  const { npm } = readJson("deno.lock") as { npm: Record<string, Locked> };
  const entries = Object.entries(npm);
  return (name) => {
    const found = entries.find(([id]) => bare(id) === name);
    if (!found) throw new Error(`"${name}" is not in deno.lock: expected each dependency`);
    return found;
  };
}

function componentOf(name: string, version: string, integrity: string): Models.Component {
  const slash = name.indexOf("/");
  const [group, short] = slash < 0
    ? [undefined, name]
    : [name.slice(0, slash), name.slice(slash + 1)];
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const [algorithm, sum] = integrity.split("-");
  if (algorithm !== "sha512") {
    throw new Error(`"${name}" has a sum of ${algorithm}: expected sha512`);
  }
  const hex = [...Uint8Array.from(atob(sum), (c) => c.charCodeAt(0))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const { license } = readJson(join("node_modules", name, "package.json"), null) ??
    readJson(join("node_modules/.deno/node_modules", name, "package.json"));
  return new Models.Component(Enums.ComponentType.Library, short, {
    group,
    version,
    purl,
    bomRef: purl,
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm["SHA-512"], hex]]),
    licenses: licenses(license),
    scope: Enums.ComponentScope.Required,
  });
}

function licenses(text: string): Models.LicenseRepository {
  return new Models.LicenseRepository([new Models.LicenseExpression(text)]);
}

/** `@scope/name@1.2.3_peer@4` without what comes after the name. */
function bare(id: string): string {
  const at = id.indexOf("@", 1);
  return at < 0 ? id : id.slice(0, at);
}

// deno-lint-ignore no-explicit-any
function readJson(path: string, missing?: null): any {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), "utf8"));
  } catch (error) {
    if (missing === undefined) throw error;
    return missing;
  }
}
