import { adtsFrameLength, id3Length, mpegFrame } from './mpeg-frame.ts'

/** What a body of audio is by its first bytes, whatever its name or type says. */
export type AudioKind = 'wav' | 'flac' | 'ogg' | 'mp3' | 'aac' | 'mp4' | 'webm'

const TYPES: Record<AudioKind, string> = {
  wav: 'audio/wav',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  mp3: 'audio/mpeg',
  aac: 'audio/aac',
  mp4: 'audio/mp4',
  webm: 'audio/webm',
}

/** Containers of sound that nothing here decodes: what they are is told all the same. */
const STRANGE: [at: number, mark: string, name: string][] = [
  [8, 'AIFF', 'AIFF'],
  [8, 'AIFC', 'AIFF'],
  [0, 'RIFX', 'a big-endian WAV'],
  [0, 'caff', 'CAF'],
  [0, '#!AMR', 'AMR'],
  [0, '.snd', 'AU'],
  [0, '\u0030\u0026\u00B2\u0075', 'WMA'],
]

/** What the first bytes are; null where they are of no kind that is decoded. */
export function audioKind(bytes: Uint8Array): AudioKind | null {
  return markedKind(bytes) ?? syncedKind(bytes)
}

/** As {@link audioKind}, by a mark of several letters alone: raw samples may look like the start of a frame. */
export function markedKind(bytes: Uint8Array): AudioKind | null {
  const mark = latin1(bytes, 0, 4)
  const isWave = mark === 'RIFF' || mark === 'RF64' || mark === 'BW64'
  if (isWave && latin1(bytes, 8, 4) === 'WAVE') return 'wav'
  if (mark === 'fLaC') return 'flac'
  if (mark === 'OggS') return 'ogg'
  if (mark === '\u001A\u0045\u00DF\u00A3') return 'webm'
  if (latin1(bytes, 4, 4) === 'ftyp') return 'mp4'
  if (!mark.startsWith('ID3')) return null
  const rest = bytes.subarray(id3Length(bytes))
  return rest.length < 4 ? 'mp3' : (markedKind(rest) ?? syncedKind(rest) ?? 'mp3')
}

/** The media type of a kind. */
export function audioType(kind: AudioKind): string {
  return TYPES[kind]
}

/** The name of a container that is known and not decoded. */
export function strangeKind(bytes: Uint8Array): string | null {
  return STRANGE.find(([at, mark]) => latin1(bytes, at, mark.length) === mark)?.[2] ?? null
}

/** Letters of the bytes, as Latin-1 has them. */
export function latin1(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length))
}

function syncedKind(bytes: Uint8Array): AudioKind | null {
  if (adtsFrameLength(bytes, 0) !== null) return 'aac'
  return mpegFrame(bytes, 0) === null ? null : 'mp3'
}
