import { type Bytes, concatBytes } from "../base/bytes.js";

/** RFC 1951 alone: a checksum would prove nothing that the seal's tag does not prove better. */
const FORMAT = "deflate-raw";

/** `null` when it would come out longer than `maxLength`. */
export function deflate(bytes: Bytes, maxLength: number): Promise<Bytes | null> {
  return pass(bytes, new CompressionStream(FORMAT), maxLength);
}

/** `null` when these bytes are no deflated ones, or stand for more than `maxLength`: it is not read any further then. */
export async function inflate(bytes: Bytes, maxLength: number): Promise<Bytes | null> {
  try {
    return await pass(bytes, new DecompressionStream(FORMAT), maxLength);
  } catch {
    return null; // TypeError (Compression §6); on Node some errors of zlib: broken, cut off, or followed by more
  }
}

async function pass(
  bytes: Bytes,
  stream: { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<BufferSource> },
  maxLength: number,
): Promise<Bytes | null> {
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // Not awaited before reading: a stream with a full queue would wait for its reader. What fails here fails below.
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => undefined);
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxLength) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
  }
  await written;
  return concatBytes(...parts);
}
