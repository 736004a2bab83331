// For esbuild: the modules of node that take a millisecond or more to load, each loaded when something of it is first used.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const names =
  'child_process crypto dns http https module net os perf_hooks readline stream stream/promises timers/promises tls tty url util worker_threads zlib';
const heavy = new Set(names.split(' '));

export const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => {
      const name = path.slice('node:'.length);
      return heavy.has(name) ? { path: name, namespace: 'lazy-builtin' } : undefined;
    });
    onLoad({ filter: /./, namespace: 'lazy-builtin' }, ({ path }) => {
      // Deprecated members (`module._debug`) only warn when they are touched; those with odd names nobody imports.
      const members = Object.keys(require(`node:${path}`)).filter((key) => /^[A-Za-z]\w*$/.test(key));
      const getters = members.map((key) => `get ${key}(){return __tktRequire("node:${path}").${key}}`);
      return { contents: `module.exports={${getters.join()}}` };
    });
  },
};
