// A TCP relay on loopback between tkt and a test server, which can cut, reset, stall or slow the wire after n bytes.

import net from 'node:net';

export interface RelayFault {
  /** `cut`: FIN; `reset`: RST; `stall`: silence for ever, connection open; `trickle`: one byte each 100 ms. */
  kind: 'cut' | 'reset' | 'stall' | 'trickle';
  /** Bytes that pass before it, counted for each connection. */
  afterBytes: number;
  /** Which way they are counted; bytes from the server by default. */
  way?: 'from-server' | 'to-server';
}

export interface Relay {
  port: number;
  /** From the next byte on, open connections included; null for a whole wire. */
  setFault(fault: RelayFault | null): void;
  /** A delay each way in milliseconds, half a round trip. */
  setDelay(ms: number): void;
  /** Bytes a second that pass each way; Infinity for as many as come. */
  setRate(bytesPerSecond: number): void;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Bytes passed so far, over all connections. */
  readonly passed: { fromServer: number; toServer: number };
  /** Ends every open connection now. */
  cutAll(kind?: 'cut' | 'reset'): void;
  stop(): Promise<void>;
}

/** Listens on a port of its own and relays to `targetPort` of 127.0.0.1. */
export async function startRelay(targetPort: number, first: RelayFault | null = null): Promise<Relay> {
  let fault = first;
  let delayMs = 0;
  let bytesPerMs = Number.POSITIVE_INFINITY;
  let connections = 0;
  const passed = { fromServer: 0, toServer: 0 };
  const sockets = new Set<net.Socket>();

  const track = (socket: net.Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };

  const server = net.createServer({ allowHalfOpen: false }, (client) => {
    connections += 1;
    const upstream = net.connect(targetPort, '127.0.0.1');
    track(client);
    track(upstream);
    pipe(upstream, client, 'from-server');
    pipe(client, upstream, 'to-server');
  });

  function pipe(source: net.Socket, target: net.Socket, way: 'from-server' | 'to-server'): void {
    let count = 0;
    let broken = false;
    let freeAt = 0;
    const send = (bytes: Buffer) => {
      count += bytes.length;
      passed[way === 'from-server' ? 'fromServer' : 'toServer'] += bytes.length;
      if (delayMs > 0 || Number.isFinite(bytesPerMs)) {
        const now = performance.now();
        freeAt = Math.max(now, freeAt) + bytes.length / bytesPerMs;
        setTimeout(() => target.writable && target.write(bytes), freeAt - now + delayMs);
      } else if (target.writable && !target.write(bytes)) {
        source.pause();
        target.once('drain', () => source.resume());
      }
    };
    source.on('data', (chunk: Buffer) => {
      if (broken) {
        return;
      }
      if (fault === null || (fault.way ?? 'from-server') !== way || count + chunk.length <= fault.afterBytes) {
        send(chunk);
        return;
      }
      broken = true;
      const passing = Math.max(0, fault.afterBytes - count);
      if (passing > 0) {
        send(chunk.subarray(0, passing));
      }
      breakWire(fault.kind, source, target, chunk.subarray(passing), send);
    });
    source.on('close', () => {
      if (!broken) {
        setTimeout(() => target.end(), Math.max(0, freeAt - performance.now()) + delayMs);
      }
    });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('The relay has no port');
  }
  return {
    port: address.port,
    setFault(next) {
      fault = next;
    },
    setDelay(ms) {
      delayMs = ms;
    },
    setRate(bytesPerSecond) {
      bytesPerMs = bytesPerSecond / 1_000;
    },
    get connections() {
      return connections;
    },
    passed,
    cutAll(kind = 'cut') {
      for (const socket of sockets) {
        kind === 'reset' ? socket.resetAndDestroy() : socket.destroy();
      }
    },
    stop() {
      for (const socket of sockets) {
        socket.destroy();
      }
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function breakWire(
  kind: RelayFault['kind'],
  source: net.Socket,
  target: net.Socket,
  rest: Buffer,
  send: (bytes: Buffer) => void,
): void {
  if (kind === 'trickle') {
    const queue = [rest];
    source.on('data', (chunk: Buffer) => queue.push(chunk));
    const timer = setInterval(() => {
      const head = queue[0];
      if (target.destroyed) {
        clearInterval(timer);
      } else if (head !== undefined) {
        send(head.subarray(0, 1));
        head.length > 1 ? queue.splice(0, 1, head.subarray(1)) : queue.shift();
      }
    }, 100);
  } else if (kind !== 'stall') {
    // What was let through has to arrive first.
    setTimeout(() => {
      for (const socket of [target, source]) {
        kind === 'reset' ? socket.resetAndDestroy() : socket.destroy();
      }
    }, 20);
  }
}
