/** How large an image may become, and how much of it is there (stat(2); QEMU, docs/interop/qcow2). */
import { open, stat } from 'node:fs/promises';

export interface ImageSpace {
  /** What it takes on its file system. */
  readonly allocated: number;
  /** What its machine sees. */
  readonly virtual: number;
}

/** "QFI\xfb", the version, and 24 bytes in the size, all big-endian. */
const MAGIC = 0x51_46_49_fb;
const SIZE_AT = 24;
const HEADER_BYTES = 32;
const BLOCK_BYTES = 512;

/** Undefined: there is no file at this path, or it cannot be read. */
export async function imageSpace(path: string): Promise<ImageSpace | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() !== true) return undefined;
  const allocated = stats.blocks * BLOCK_BYTES;
  const virtual = (await qcow2Size(path)) ?? stats.size;
  return { allocated, virtual };
}

/** Of its backing files nothing grows. */
async function qcow2Size(path: string): Promise<number | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    if (bytesRead < HEADER_BYTES || buffer.readUInt32BE(0) !== MAGIC) return undefined;
    const size = buffer.readBigUInt64BE(SIZE_AT);
    return size > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(size);
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
