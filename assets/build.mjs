// Builds the page's assets into assets/dist: scripts, style sheets and icons, under
// names that hold a hash of their content, each with a gzip and a brotli variant
// where that is smaller, and manifest.json, which names them. The same sources give
// the same bytes.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

/** license is the notice that a package asks its copies to carry. */
async function license(name) {
  const text = await readFile(join(here, "..", "node_modules", name, "LICENSE"), "utf8");
  return `/*! ${name}\n${text.trim()}\n*/`;
}

const notices = (await Promise.all(["htmx.org", "uplot"].map(license))).join("\n");

/** bundle returns the content of one entry point with all that it imports. */
async function bundle(entry, banner = notices) {
  const result = await build({
    entryPoints: [join(here, entry)],
    absWorkingDir: dirname(here),
    bundle: true,
    minify: true,
    write: false,
    legalComments: "none",
    banner: { js: banner, css: banner },
    format: "iife",
    target: ["chrome123", "firefox128", "safari17.5"],
    logLevel: "warning",
  });
  return Buffer.from(result.outputFiles[0].contents);
}

/** hashed is the name with eight characters of the content's hash in it. */
function hashed(name, content) {
  const hash = createHash("sha256").update(content).digest("base64url").replace(/[-_]/g, "").slice(0, 8);
  return `${basename(name, extname(name))}-${hash}${extname(name)}`;
}

function variants(content) {
  const brotli = brotliCompressSync(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  const gzip = gzipSync(content, { level: constants.Z_BEST_COMPRESSION });
  // The header names the system that compressed: RFC 1952 has 255 for unknown.
  gzip[9] = 255;
  return { "": content, ".br": brotli, ".gz": gzip };
}

/** clear removes the last build, and keeps what git keeps. */
async function clear() {
  await mkdir(dist, { recursive: true });
  const names = await readdir(dist);
  await Promise.all(names.filter((name) => name !== ".gitignore").map((name) => rm(join(dist, name), { recursive: true })));
}

const sources = {
  "app.css": await bundle("css/app.css"),
  "first.css": await bundle("css/first.css", ""),
  "app.js": await bundle("js/app.js"),
  "boot.js": await bundle("js/boot.js", ""),
  "icon.svg": await readFile(join(here, "icon.svg")),
  "icon-warning.svg": await readFile(join(here, "icon-warning.svg")),
  "icon-critical.svg": await readFile(join(here, "icon-critical.svg")),
  "icon-lost.svg": await readFile(join(here, "icon-lost.svg")),
};

await clear();
const manifest = {};
for (const [name, content] of Object.entries(sources)) {
  manifest[name] = hashed(name, content);
  for (const [suffix, body] of Object.entries(variants(content))) {
    if (suffix === "" || body.length < content.length) {
      await writeFile(join(dist, manifest[name] + suffix), body);
    }
  }
}
await writeFile(join(dist, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
