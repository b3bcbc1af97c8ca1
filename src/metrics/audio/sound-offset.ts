import { audioKind, latin1, markedKind } from './kinds.ts'
import { id3Length, mpegFrame } from './mpeg-frame.ts'
import { nextPage } from './sections.ts'
import { wavSoundOffset } from './wav-file.ts'

const FLAC_MARK = 4
const OGG_POSITION = 6
const WEBM_CLUSTER = Buffer.from([0x1f, 0x43, 0xb6, 0x75])

/**
 * Where the first byte of sound stands in audio of which the beginning is there: behind the header of a WAV file, the
 * tag and the frame that tells of an MP3 file, the first pages of an Ogg file. Null where it has not come yet, and of what is not known.
 *
 * @param isRaw - whether samples without a header were asked for
 */
export function soundOffset(bytes: Uint8Array, isRaw = false): number | null {
  const kind = isRaw ? markedKind(bytes) : audioKind(bytes)
  const tag = id3Length(bytes)
  switch (kind) {
    case 'wav':
      return wavSoundOffset(bytes)
    case 'mp3':
      return mp3Offset(bytes, tag)
    case 'aac':
      return tag
    case 'flac':
      return flacOffset(bytes, tag)
    case 'ogg':
      return oggOffset(bytes)
    case 'webm':
      return found(Buffer.from(bytes).indexOf(WEBM_CLUSTER), WEBM_CLUSTER.length)
    case 'mp4':
      return found(Buffer.from(bytes).indexOf('mdat', 0, 'latin1'), 4)
    case null:
      return isRaw && bytes.length > 0 ? 0 : null
  }
}

function mp3Offset(bytes: Uint8Array, start: number): number | null {
  const frame = mpegFrame(bytes, start)
  if (frame === null) return null
  return frame.isInfo ? start + frame.length : start
}

/** Behind the last block of metadata (RFC 9639). */
function flacOffset(bytes: Uint8Array, start: number): number | null {
  let at = start + FLAC_MARK
  while (at + 4 <= bytes.length) {
    const [first = 0, a = 0, b = 0, c = 0] = bytes.subarray(at)
    at += 4 + (a << 16) + (b << 8) + c
    if (first >= 128) return at
  }
  return null
}

/** In the first page with a position that is not 0 (RFC 7845, Vorbis I specification A.2). */
function oggOffset(bytes: Uint8Array): number | null {
  for (let at = 0; latin1(bytes, at, 4) === 'OggS' && at + 27 <= bytes.length;) {
    const position = bytes.subarray(at + OGG_POSITION, at + OGG_POSITION + 8)
    if (position.some((byte) => byte !== 0)) return at + 27 + (bytes[at + 26] ?? 0)
    at = nextPage(bytes, at)
  }
  return null
}

function found(at: number, length: number): number | null {
  return at === -1 ? null : at + length
}
