/**
 * The way from the source of a move to its target: a connection of TLS with a key that both make for this move
 * alone. Their halves (X25519) go as daemons ask each other (docs/decisions/questions.md), so whoever may speak in the
 * cluster may send, nobody else can read, and no secret stands anywhere.
 */
import {
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';

const keyBytes = 32;
const handshakeMs = 5000;
const connectionsMax = 4;
/** Of a peer whose host is gone. */
const aliveMs = 5000;

interface Half {
  readonly publicText: string;
  readonly privateKey: KeyObject;
}

export function newHalf(): Half {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const publicText = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { publicText, privateKey };
}

/** Throws when the other half is none. */
function wholeOf({ privateKey }: Half, other: string, resource: string): Buffer {
  const der = Buffer.from(other.slice(0, 200), 'base64');
  const publicKey = createPublicKey({ key: der, type: 'spki', format: 'der' });
  const shared = diffieHellman({ privateKey, publicKey });
  return Buffer.from(hkdfSync('sha256', shared, '', `holdfast container ${resource}`, keyBytes));
}

const suites = { ciphers: 'TLS_AES_128_GCM_SHA256', minVersion: 'TLSv1.3' } as const;

// --- At the target ---

export interface Listener {
  /** What is told to whoever has this half of the key, and may connect from then on. */
  readonly tell: (otherHalf: string) => string;
  readonly port: number;
  readonly close: () => void;
}

/** Rejects: it cannot listen there. */
export async function listen(
  place: { readonly host: string; readonly port: number },
  resource: string,
  take: (socket: TLSSocket) => void,
): Promise<Listener> {
  const half = newHalf();
  let known: { readonly identity: string; readonly psk: Buffer } | undefined;
  const server: Server = createServer({
    ...suites,
    handshakeTimeout: handshakeMs,
    // None ends the handshake.
    pskCallback: (_socket, identity) => (identity === known?.identity ? known.psk : null),
  });
  server.maxConnections = connectionsMax;
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy());
    socket.setKeepAlive(true, aliveMs);
    take(socket);
  });
  server.listen({ host: place.host, port: place.port });
  await once(server, 'listening');
  server.on('error', () => undefined);
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : place.port,
    tell: (other) => {
      known = { identity: other, psk: wholeOf(half, other, resource) };
      return half.publicText;
    },
    close: () => void server.close(),
  };
}

// --- At the source ---

export async function reach(
  place: { readonly host: string; readonly port: number },
  resource: string,
  own: Half,
  otherHalf: string,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const psk = wholeOf(own, otherHalf, resource);
  const socket = connect({
    ...suites,
    host: place.host,
    port: place.port,
    pskCallback: () => ({ psk, identity: own.publicText }),
    // There is no certificate: who has the key is the other side.
    checkServerIdentity: () => undefined,
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(handshakeMs)]);
  try {
    await once(socket, 'secureConnect', { signal: limit });
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw error;
  }
  socket.on('error', () => socket.destroy());
  socket.setKeepAlive(true, aliveMs);
  return socket;
}
