// How a connection to a mail server is protected: certificates always verified, in the clear on loopback alone.

import { readFileSync } from 'node:fs';
import net from 'node:net';
import { type ConnectionOptions, rootCertificates } from 'node:tls';
import type { ServerConfig } from '../config/config.ts';
import { ConfigError, systemReason } from '../errors.ts';
import { forTerminalLine } from '../text/terminal.ts';

/** Which of the two servers of a mailbox is meant; the key that a message tells people to look at. */
export type ServerKey = 'imap' | 'smtp';

/**
 * Options for tls.connect. `caFile` is added to the well-known roots, not put in their place; there is no way to turn
 * verification off, not even by NODE_TLS_REJECT_UNAUTHORIZED. Throws ConfigError when `caFile` cannot be used.
 */
export function tlsOptions(server: ServerConfig, key: ServerKey): ConnectionOptions {
  const base: ConnectionOptions = { rejectUnauthorized: true, minVersion: 'TLSv1.2' };
  if (server.caFile === null) {
    return base;
  }
  const shown = forTerminalLine(server.caFile);
  let pem: string;
  try {
    pem = readFileSync(server.caFile, 'utf8');
  } catch (error) {
    throw new ConfigError(
      [`${key}.caFile: expected a PEM file that can be read, got ${shown}: ${systemReason(error)}`],
      { cause: error },
    );
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new ConfigError([`${key}.caFile: expected a PEM file with certificates: ${shown}`]);
  }
  return { ...base, ca: [...rootCertificates, pem] };
}

/** Throws ConfigError for a plain connection to anywhere but this machine: a password would travel in the clear. */
export function refusePlainText(server: ServerConfig, key: ServerKey): void {
  if (server.security === 'none' && !isLoopback(server.host)) {
    throw new ConfigError([`${key}.host: without TLS only a loopback address is allowed, not ${server.host}`]);
  }
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (net.isIPv4(bare) && bare.startsWith('127.'));
}
