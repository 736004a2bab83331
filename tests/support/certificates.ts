// A certificate authority of the test's own, and a server certificate signed by it (openssl's command line).

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Certificates {
  /** What a client must trust: PEM file of the authority. */
  caFile: string;
  certFile: string;
  keyFile: string;
}

/** Writes `ca.pem`, `server.pem` and `server-key.pem` into the folder, valid for a day; names default to the loopback's. */
export function makeCertificates(
  folder: string,
  names: readonly string[] = ['DNS:localhost', 'IP:127.0.0.1'],
): Certificates {
  const file = (name: string) => path.join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(folder, [
    ...['req', '-x509', ...key, '-days', '1', '-subj', '/CN=Test authority'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'],
    ...['-keyout', 'ca-key.pem', '-out', 'ca.pem'],
  ]);
  openssl(folder, [
    'req',
    '-new',
    ...key,
    '-subj',
    '/CN=Test server',
    '-keyout',
    'server-key.pem',
    '-out',
    'server.csr',
  ]);
  writeFileSync(file('server.ext'), `subjectAltName=${names.join(',')}\nbasicConstraints=CA:FALSE\n`);
  openssl(folder, [
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial'],
    ...['-days', '1', '-extfile', 'server.ext', '-out', 'server.pem'],
  ]);
  return { caFile: file('ca.pem'), certFile: file('server.pem'), keyFile: file('server-key.pem') };
}

function openssl(folder: string, args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
}
