#!/usr/bin/env node
// Starts tkt. What `npm run build` puts into chunks/ is loaded here and not by node's own loader, so that V8 can take its
// compiled form from a .bin beside it. Where that is missing or of another node, the same code is compiled as usual.
'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const folder = join(__dirname, 'chunks');
const modules = new Map();
/** By the name of the file that has, or may have, their compiled form. */
const scripts = new Map();
/** V8 takes compiled code only under the settings that it was written with. */
let settings = '';

function load(name) {
  if (!name.startsWith('./')) return require(name);
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  modules.set(name, module);
  const filename = join(folder, name);
  // Nothing but ASCII is in there.
  const compiled = `${filename.slice(0, -'.js'.length)}-${process.version}-${process.arch}${settings}.bin`;
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: readIfThere(compiled) });
  scripts.set(compiled, script);
  script.runInThisContext()(module, load, filename);
  return module.exports;
}

function readIfThere(filename) {
  try {
    return readFileSync(filename);
  } catch {
    return undefined;
  }
}

load.resolve = require.resolve;
/** Says that V8 has settings of that name from now on. */
load.nameSettings = (name) => {
  settings = `-${name}`;
};
if (require.main === module) load('./CORE').tkt().run(process.argv.slice(2));
else module.exports = { load, scripts };
