import type { ToolImage } from '../../protocol/conversation.ts';

export interface ImageShape {
  readonly mediaType: ToolImage['mediaType'];
  /** Null: the file is damaged. */
  readonly size: { readonly width: number; readonly height: number } | null;
}

/** Base64 of so many bytes has 5 MB, which every service takes. */
export const MAX_IMAGE_BYTES = 3_932_160;
const MAX_PIXELS = 8000;

/** What picture these bytes are, by themselves and not by their name; null: none that a model can be shown. */
export function imageShape(bytes: Buffer): ImageShape | null {
  const mediaType = imageType(bytes);
  return mediaType === null ? null : { mediaType, size: sizeOf(mediaType, bytes) };
}

/** By the first bytes of a file. */
export function imageType(head: Buffer): ToolImage['mediaType'] | null {
  const begins = (text: string, at = 0): boolean => head.toString('latin1', at, at + text.length) === text;
  if (begins('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (begins('\xff\xd8\xff')) return 'image/jpeg';
  if (begins('GIF87a') || begins('GIF89a')) return 'image/gif';
  return begins('RIFF') && begins('WEBP', 8) ? 'image/webp' : null;
}

/** Null when a model can be shown the picture, else what is wrong with it: `is damaged`. */
export function imageProblem({ size }: ImageShape, bytes: number): string | null {
  if (size === null || size.width === 0 || size.height === 0) return 'is damaged';
  if (bytes > MAX_IMAGE_BYTES) return `has ${(bytes / 1024 / 1024).toFixed(1)} MB, and at most 3.75 MB can be shown`;
  if (Math.max(size.width, size.height) <= MAX_PIXELS) return null;
  return `has ${size.width} × ${size.height} pixels, and at most ${MAX_PIXELS} a side can be shown`;
}

function sizeOf(mediaType: ToolImage['mediaType'], bytes: Buffer): ImageShape['size'] {
  try {
    switch (mediaType) {
      case 'image/png':
        // Its last chunk: without it the file was cut off.
        return bytes.includes('IEND') ? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) } : null;
      case 'image/gif':
        return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
      case 'image/webp':
        return bytes.readUInt32LE(4) + 8 <= bytes.length ? webpSize(bytes) : null;
      case 'image/jpeg':
        return bytes.includes(Buffer.from([0xff, 0xd9])) ? jpegSize(bytes) : null;
    }
  } catch {
    // It ends before its size is said.
    return null;
  }
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(bytes: Buffer): ImageShape['size'] {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    default:
      return null;
  }
}

/** From marker to marker up to the frame's header, of which there are thirteen kinds. */
function jpegSize(bytes: Buffer): ImageShape['size'] {
  for (let at = 2; ;) {
    if (bytes.readUInt8(at) !== 0xff) return null;
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
}
