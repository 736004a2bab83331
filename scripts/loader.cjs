#!/usr/bin/env node
// Starts tkt. What `npm run build` puts into chunks/ is loaded here and not by node's own loader, so that V8 can take its
// compiled form from code-*.bin beside it. Where that is missing or of another node, the same code is compiled as usual.
'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const folder = join(__dirname, 'chunks');
const scripts = new Map();
const modules = new Map();

function load(name) {
  if (!name.startsWith('./')) return require(name);
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  modules.set(name, module);
  const filename = join(folder, name);
  // Nothing but ASCII is in there.
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: readCompiled(filename) });
  scripts.set(filename, script);
  script.runInThisContext()(module, load, filename);
  return module.exports;
}

function readCompiled(filename) {
  try {
    return readFileSync(compiledName(filename));
  } catch {
    return undefined;
  }
}

function compiledName(filename) {
  return `${filename.slice(0, -'.js'.length)}-${process.version}-${process.arch}.bin`;
}

load.resolve = require.resolve;
if (require.main === module) load('./CORE').tkt().run(process.argv.slice(2));
else module.exports = { load, scripts, compiledName };
